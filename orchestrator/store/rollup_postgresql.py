"""Facts and roll-ups on PostgreSQL: one statement a batch, fed by arrays."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from orchestrator.store import follow_ups

#: Columns of a fact that may be empty: sent as 0, which is no message's number.
THREAD_REF, REPLY_TO_REF = 7, 8

# Kinds 1 to 4 contribute; kind 5 is a reaction, of which the latest word wins (see activity.py).
# Every INSERT … SELECT is sorted, and all writers use this one statement: two of them meeting in
# another order would deadlock. A row that was there already is not returned, so it is not counted.
KEEP = """
WITH noted AS (INSERT INTO follow_up (body) VALUES (%b::bytea)),
spaces AS (SELECT * FROM unnest(%b::bigint[], %b::bigint[]) AS s(place_id, space_id)),
new AS (
    INSERT INTO activity AS o (place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)
    SELECT place_id, ref, kind, mark, member_id, day, at, nullif(thread_ref, 0), nullif(reply_to_ref, 0), length, flags
    FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
                %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
        AS f(place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)
    ON CONFLICT (place_id, ref, kind, mark) DO UPDATE SET at = excluded.at, flags = excluded.flags
        WHERE o.kind = 5 AND (excluded.at, excluded.flags) > (o.at, o.flags)
    RETURNING place_id, kind, member_id, day, at),
per AS MATERIALIZED (
    SELECT space_id, member_id, day, count(*)::int AS n, min(at) AS first_at, max(at) AS last_at
    FROM new JOIN spaces USING (place_id) WHERE kind <= 4 GROUP BY 1, 2, 3),
days AS (
    SELECT day, (day + 3) / 7 AS week, 1 << ((day + 3) %% 7) AS weekday,
           (extract(year FROM d) * 12 + extract(month FROM d) - 1)::int AS month,
           1 << (extract(day FROM d)::int - 1) AS monthday
    FROM (SELECT day, DATE '1970-01-01' + day AS d FROM (SELECT DISTINCT day FROM per) AS met) AS dated),
total AS (
    INSERT INTO member_total AS o (member_id, n, first_at, last_at)
    SELECT member_id, sum(n), min(first_at), max(last_at) FROM per GROUP BY 1 ORDER BY 1
    ON CONFLICT (member_id) DO UPDATE SET n = o.n + excluded.n,
        first_at = least(o.first_at, excluded.first_at), last_at = greatest(o.last_at, excluded.last_at)),
daily AS (
    INSERT INTO member_day AS o (space_id, member_id, day, n)
    SELECT space_id, member_id, day, n FROM per ORDER BY 1, 2, 3
    ON CONFLICT (space_id, member_id, day) DO UPDATE SET n = o.n + excluded.n),
weekly AS (
    INSERT INTO member_week AS o (member_id, week, n, days)
    SELECT member_id, week, sum(n), bit_or(weekday) FROM per JOIN days USING (day) GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (member_id, week) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days)
INSERT INTO member_month AS o (member_id, month, n, days)
SELECT member_id, month, sum(n), bit_or(monthday) FROM per JOIN days USING (day) GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (member_id, month) DO UPDATE SET n = o.n + excluded.n, days = o.days | excluded.days
"""


class Packed(bytes):
    """A bigint[] in PostgreSQL's binary form. psycopg's own packing of lists took a fifth of a publish."""


#: One dimension, no NULL flag, element type int8 (oid 20); then the length and the lower bound.
HEADER = struct.Struct("!iiIii")


def packed(column: Sequence[int]) -> Packed:
    """The array of these numbers. Raises struct.error where one is wider than 64 bits."""
    n = len(column)
    words = [8] * (2 * n)  # each element: its length in bytes, then itself
    words[1::2] = column
    return Packed(HEADER.pack(1, 0, 20, n, 1) + struct.pack("!" + "iq" * n, *words))


def keep(session: Session, rows: Sequence[tuple[Any, ...]], spaces: Mapping[int, int]) -> None:
    """Keep sorted facts, one a key, with their roll-ups."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for nullable in (THREAD_REF, REPLY_TO_REF):
        columns[nullable] = [ref or 0 for ref in columns[nullable]]
    places = sorted(set(columns[0]))
    connection = session.connection()
    if not connection.info.get("takes_packed"):
        _teach(connection)
    arrays = [packed(column) for column in (places, [spaces[place_id] for place_id in places], *columns)]
    connection.exec_driver_sql(KEEP, (follow_ups.of_facts(rows), *arrays))


def _teach(connection: Connection) -> None:
    """Let a driver connection take packed arrays; it remembers that as long as it lives."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class PackedDumper(Dumper):
        oid = 1016  # int8[]
        format = Format.BINARY

        def dump(self, obj: Packed) -> bytes:
            return obj

    driver: Any = connection.connection.driver_connection
    driver.adapters.register_dumper(Packed, PackedDumper)
    connection.info["takes_packed"] = True
