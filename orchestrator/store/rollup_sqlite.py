"""Facts and roll-ups on SQLite: a few prepared statements a batch, the sums made in Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.rules.days import month_of, week_of
from orchestrator.store import follow_ups

COLUMNS = "(place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)"
INSERT = f"INSERT INTO activity {COLUMNS} VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
REACT = f"""INSERT INTO activity AS o {COLUMNS} VALUES (?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (place_id, ref, kind, mark) DO UPDATE SET at = excluded.at, flags = excluded.flags
WHERE (excluded.at, excluded.flags) > (o.at, o.flags)"""
TOTAL = """INSERT INTO member_total AS o (member_id, n, first_at, last_at) VALUES (?,?,?,?)
ON CONFLICT (member_id) DO UPDATE SET n = o.n + excluded.n,
first_at = min(o.first_at, excluded.first_at), last_at = max(o.last_at, excluded.last_at)"""
DAY = """INSERT INTO member_day AS o (space_id, member_id, day, n) VALUES (?,?,?,?)
ON CONFLICT (space_id, member_id, day) DO UPDATE SET n = o.n + excluded.n"""
WEEK = """INSERT INTO member_week AS o (member_id, week, n, days) VALUES (?,?,?,?)
ON CONFLICT (member_id, week) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days"""
MONTH = """INSERT INTO member_month AS o (member_id, month, n, days) VALUES (?,?,?,?)
ON CONFLICT (member_id, month) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days"""
FOLLOW_UP = "INSERT INTO follow_up (body) VALUES (?)"

ASKED = """INSERT INTO question (place_id, ref, message_ref, member_id, at, text, topics) VALUES (?,?,?,?,?,?,?)
ON CONFLICT DO NOTHING"""

REACTED = 5
LAST_CONTRIBUTION = 4


def keep(
    session: Session, rows: Sequence[tuple[Any, ...]], spaces: Mapping[int, int], asked: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Keep sorted facts with their roll-ups and the questions among them; of one key the last."""
    raw: sqlite3.Connection = session.connection().connection.driver_connection  # type: ignore[assignment]
    raw.execute(FOLLOW_UP, (follow_ups.of_facts(rows),))
    if asked:
        raw.executemany(ASKED, asked)
    reactions = [row for row in rows if row[2] == REACTED]
    if reactions:
        raw.executemany(REACT, reactions)
        rows = [row for row in rows if row[2] != REACTED]
    _roll_up(raw, (row for row in _new(raw, rows) if row[2] <= LAST_CONTRIBUTION), spaces)


def _new(raw: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Insert facts, of one key the last; give those that were not there. Nearly always that is all of them, at once."""
    before = raw.total_changes
    raw.execute("SAVEPOINT facts")
    raw.executemany(INSERT, rows)
    if raw.total_changes - before == len(rows):
        raw.execute("RELEASE facts")
        return rows
    raw.execute("ROLLBACK TO facts")
    raw.execute("RELEASE facts")
    last = {row[:4]: row for row in rows}
    return [row for row in last.values() if raw.execute(INSERT, row).rowcount == 1]


def _roll_up(raw: sqlite3.Connection, rows: Iterable[tuple[Any, ...]], spaces: Mapping[int, int]) -> None:
    daily: dict[tuple[int, int, int], int] = {}
    spans: dict[int, list[int]] = {}
    for row in rows:
        member_id, at = row[4], row[6]
        key = (spaces[row[0]], member_id, row[5])
        daily[key] = daily.get(key, 0) + 1
        span = spans.get(member_id)
        if span is None:
            spans[member_id] = [1, at, at]
        else:
            span[0] += 1
            if at < span[1]:
                span[1] = at
            elif at > span[2]:
                span[2] = at
    if not daily:
        return
    raw.executemany(TOTAL, sorted((member_id, *span) for member_id, span in spans.items()))
    raw.executemany(DAY, sorted((*key, n) for key, n in daily.items()))
    raw.executemany(WEEK, _summed(daily, week_of))
    raw.executemany(MONTH, _summed(daily, month_of))


def _summed(daily: Mapping[tuple[int, int, int], int], period_of: Any) -> list[tuple[int, int, int, int]]:
    """Sums of (member_id, period): contributions and the bits of their days."""
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for (_, member_id, day), n in daily.items():
        period, bit = period_of(day)
        count, bits = sums.get((member_id, period), (0, 0))
        sums[member_id, period] = (count + n, bits | bit)
    return sorted((*key, *value) for key, value in sums.items())
