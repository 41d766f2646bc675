"""Facts and roll-ups on SQLite: a few prepared statements a batch, the sums made in Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.rules.days import month_of, week_of
from orchestrator.store import follow_ups

#: Rows that one statement writes where there are many: half of writing one was the way to SQLite and back.
TOGETHER = 32


@dataclass(frozen=True, slots=True)
class Rows:
    """A statement that writes rows of a table, `conflict` with those that are there."""

    table: str
    columns: tuple[str, ...]
    conflict: str

    def put(self, raw: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write these, many at a time."""
        whole = len(rows) // TOGETHER * TOGETHER
        flat, width = list(chain.from_iterable(rows[:whole])), TOGETHER * len(self.columns)
        many = self.sql(TOGETHER)
        for start in range(0, len(flat), width):
            raw.execute(many, flat[start : start + width])
        if whole < len(rows):
            raw.executemany(self.sql(1), rows[whole:])

    def sql(self, n: int) -> str:
        """The statement that writes n rows."""
        values = ",".join([f"({','.join('?' * len(self.columns))})"] * n)
        return f"INSERT INTO {self.table} AS o ({', '.join(self.columns)}) VALUES {values} ON CONFLICT {self.conflict}"


FACT = ("place_id", "ref", "kind", "mark", "member_id", "day", "at", "thread_ref", "reply_to_ref", "length", "flags")
NEW = Rows("activity", FACT, "DO NOTHING")
REACTIONS = Rows(
    "activity",
    FACT,
    """(place_id, ref, kind, mark) DO UPDATE SET at = excluded.at, flags = excluded.flags
WHERE (excluded.at, excluded.flags) > (o.at, o.flags)""",
)
TOTAL = Rows(
    "member_total",
    ("member_id", "n", "first_at", "last_at"),
    """(member_id) DO UPDATE SET n = o.n + excluded.n,
first_at = min(o.first_at, excluded.first_at), last_at = max(o.last_at, excluded.last_at)""",
)
DAY = Rows(
    "member_day",
    ("space_id", "member_id", "day", "n"),
    "(space_id, member_id, day) DO UPDATE SET n = o.n + excluded.n",
)
WEEK = Rows(
    "member_week",
    ("member_id", "week", "n", "days"),
    "(member_id, week) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days",
)
MONTH = Rows(
    "member_month",
    ("member_id", "month", "n", "days"),
    "(member_id, month) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days",
)
ASKED = Rows("question", ("place_id", "ref", "message_ref", "member_id", "at", "text", "topics"), "DO NOTHING")
FOLLOW_UP = "INSERT INTO follow_up (body) VALUES (?)"

REACTED = 5
LAST_CONTRIBUTION = 4


def keep(
    session: Session, rows: Sequence[tuple[Any, ...]], spaces: Mapping[int, int], asked: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Keep sorted facts with their roll-ups and the questions among them; of one key the last."""
    raw: sqlite3.Connection = session.connection().connection.driver_connection  # type: ignore[assignment]
    raw.execute(FOLLOW_UP, (follow_ups.of_facts(rows),))
    if asked:
        ASKED.put(raw, asked)
    reactions = [row for row in rows if row[2] == REACTED]
    if reactions:
        REACTIONS.put(raw, reactions)
        rows = [row for row in rows if row[2] != REACTED]
    _roll_up(raw, (row for row in _new(raw, rows) if row[2] <= LAST_CONTRIBUTION), spaces)


def _new(raw: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Insert facts, of one key the last; give those that were not there. Nearly always that is all of them, at once."""
    before = raw.total_changes
    raw.execute("SAVEPOINT facts")
    NEW.put(raw, rows)
    if raw.total_changes - before == len(rows):
        raw.execute("RELEASE facts")
        return rows
    raw.execute("ROLLBACK TO facts")
    raw.execute("RELEASE facts")
    last, one = {row[:4]: row for row in rows}, NEW.sql(1)
    return [row for row in last.values() if raw.execute(one, row).rowcount == 1]


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
    TOTAL.put(raw, sorted((member_id, *span) for member_id, span in spans.items()))
    DAY.put(raw, sorted((*key, n) for key, n in daily.items()))
    WEEK.put(raw, _summed(daily, week_of))
    MONTH.put(raw, _summed(daily, month_of))


def _summed(daily: Mapping[tuple[int, int, int], int], period_of: Any) -> list[tuple[int, int, int, int]]:
    """Sums of (member_id, period): contributions and the bits of their days."""
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for (_, member_id, day), n in daily.items():
        period, bit = period_of(day)
        count, bits = sums.get((member_id, period), (0, 0))
        sums[member_id, period] = (count + n, bits | bit)
    return sorted((*key, *value) for key, value in sums.items())
