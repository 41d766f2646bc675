"""Who belongs to a segment, of a million members with a year of activity: the first hundred and how many there are.

Ours: `store/segment.py` over roll-ups and standings, on PostgreSQL with its defaults, from a session that asks afresh.
Theirs: the same question in SQL asked of raw activity, as one would without roll-ups (both give the same number of
members, or there is nothing to compare). Joining, badges and answers are no activity: they have nothing beside them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.million import BADGE, NOW, RITUAL, TODAY, make
from orchestrator.rules.segment import All, AnyOf, AtLeast, Expression, Has, Joined, Not, Quiet, since
from orchestrator.store import segment, standing
from orchestrator.store.session import Store
from tests import servers

FULL, SHORT = 1_000_000, 100_000

#: How often ours is asked after one warming up; the median counts. Theirs takes long: once.
TIMES = 5

#: Members whose standings are built in one transaction, as flow/deeds.py does.
PIECE = 10_000

#: Who may belong at all: what every raw question below is narrowed by.
OURS = "member_id IN (SELECT id FROM member WHERE community_id = 1 AND NOT is_host AND left_at IS NULL)"
SPOKE = "FROM activity WHERE kind <= 4 AND day >= {since} GROUP BY member_id HAVING"

CASES: dict[str, tuple[Expression, str | None]] = {
    "quiet for 14 days, active in the 30 before": (
        Quiet(14, 30),
        f"SELECT member_id {SPOKE.format(since=since(44, TODAY))} max(day) < {since(14, TODAY)}",
    ),
    "quiet for 90 days": (
        Quiet(90),
        f"""SELECT id AS member_id FROM member WHERE community_id = 1 AND NOT EXISTS (
            SELECT 1 FROM activity WHERE member_id = member.id AND kind <= 4 AND day >= {since(90, TODAY)})""",
    ),
    "8 contributions in 30 days": (
        AtLeast("contributed", 8, 30),
        f"SELECT member_id {SPOKE.format(since=since(30, TODAY))} count(*) >= 8",
    ),
    "4 active days in 30 days": (
        AtLeast("active_days", 4, 30),
        f"SELECT member_id {SPOKE.format(since=since(30, TODAY))} count(DISTINCT day) >= 4",
    ),
    "helped 2 in 90 days": (
        AtLeast("helped", 2, 90),
        f"""SELECT member_id FROM (
            SELECT reply.member_id, reply.place_id, reply.thread_ref, min(reply.day) AS day
            FROM activity AS reply
            JOIN activity AS root ON root.place_id = reply.place_id AND root.ref = reply.thread_ref AND root.kind = 1
            JOIN activity AS liked ON liked.place_id = reply.place_id AND liked.ref = reply.ref AND liked.kind = 5
            WHERE reply.kind = 1 AND reply.thread_ref IS NOT NULL AND root.flags & 1 = 1
              AND liked.member_id = root.member_id AND reply.member_id <> root.member_id GROUP BY 1, 2, 3) AS helped
            WHERE day >= {since(90, TODAY)} GROUP BY 1 HAVING count(*) >= 2""",
    ),
    "started 1 in 90 days": (
        AtLeast("started", 1, 90),
        f"""SELECT DISTINCT root.member_id FROM activity AS root
            JOIN activity AS reply ON reply.place_id = root.place_id AND reply.thread_ref = root.ref AND reply.kind = 1
            WHERE root.kind = 1 AND root.day >= {since(90, TODAY)} AND reply.member_id <> root.member_id""",
    ),
    "joined in 30 days": (Joined(30), None),
    "has a badge": (Has("badge", BADGE), None),
    "answered a weekly ritual": (Has("answered", RITUAL), None),
    "pillars: both counts together": (
        All((AtLeast("contributed", 8, 90), AtLeast("active_days", 4, 30))),
        f"""SELECT member_id {SPOKE.format(since=since(90, TODAY))} count(*) >= 8
            INTERSECT SELECT member_id {SPOKE.format(since=since(30, TODAY))} count(DISTINCT day) >= 4""",
    ),
    "any of a badge or 8 contributions in 30 days": (
        AnyOf((Has("badge", BADGE), AtLeast("contributed", 8, 30))),
        f"""SELECT member_id FROM badge WHERE name = '{BADGE}'
            UNION SELECT member_id {SPOKE.format(since=since(30, TODAY))} count(*) >= 8""",
    ),
    "4 active days in 30 days, never answered": (
        All((AtLeast("active_days", 4, 30), Not(Has("answered", RITUAL)))),
        f"""SELECT member_id {SPOKE.format(since=since(30, TODAY))} count(DISTINCT day) >= 4
            EXCEPT SELECT member_id FROM answer""",
    ),
}


def measure(short: bool) -> list[dict[str, Any]]:
    """Seconds on PostgreSQL, and how long the standings of everybody took to build."""
    people = SHORT if short else FULL
    with servers.postgres() as url:
        store = Store(url)
        community_id = make(store, people)
        rows = [_build(store, community_id, people)]
        for name, (asked, raw) in CASES.items():
            rows.append(_compare(store, community_id, f"segment, {people:,} members: {name}", asked, raw))
        store.close()
    return rows


def _build(store: Store, community_id: int, people: int) -> dict[str, Any]:
    """What a playbook that asks for new numbers costs once, in pieces between other work."""
    with store.write() as session:
        standing.want(session, community_id, [asked for asked, _ in CASES.values()])
    started, more = time.perf_counter(), True
    while more:
        with store.write() as session:
            more = standing.build(session, community_id, PIECE, NOW)
    took = time.perf_counter() - started
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE, FREEZE) standing"))
    return _row(f"segment, {people:,} members: standings built once", took, None, "s in all")


def _compare(store: Store, community_id: int, figure: str, asked: Expression, raw: str | None) -> dict[str, Any]:
    def ours(session: Session) -> int:
        return segment.page(session, community_id, asked, NOW).total

    found, mine = _timed(store, ours, TIMES)
    if raw is None:
        return _row(figure, mine, None, "s, first 100 and count")
    same, other = _timed(store, lambda session: _raw(session, raw), 1)
    if found != same:
        raise AssertionError(f"{figure}: ours finds {found} members, raw activity {same}")
    return _row(figure, mine, other, "s, first 100 and count")


def _timed(store: Store, ask: Callable[[Session], int], times: int) -> tuple[int, float]:
    took = []
    for _ in range(times + 1 if times > 1 else 1):
        with store.read() as session:
            started = time.perf_counter()
            found = ask(session)
            took.append(time.perf_counter() - started)
    return found, statistics.median(took[1:] or took)


def _raw(session: Session, question: str) -> int:
    """The first hundred, and how many: in one statement, so that activity is read once."""
    matched = f"WITH matched AS MATERIALIZED (SELECT member_id FROM ({question}) AS asked WHERE {OURS})"
    rows = session.execute(
        text(f"{matched} SELECT member_id, (SELECT count(*) FROM matched) FROM matched ORDER BY 1 LIMIT 100")
    ).all()
    return rows[0][1] if rows else 0


def _row(figure: str, ours: float, theirs: float | None, unit: str) -> dict[str, Any]:
    ratio = None if theirs is None else round(theirs / ours, 1)
    return {
        "figure": figure,
        "ours": round(ours, 4),
        "theirs": None if theirs is None else round(theirs, 4),
        "ratio": ratio,
        "unit": unit,
    }
