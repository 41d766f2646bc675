"""Facts and roll-ups on PostgreSQL: one statement a batch, fed by arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.store import follow_ups
from orchestrator.store.arrays import Ints, Longs, Packed, Shorts, packed

#: Columns of a fact that may be empty: sent as 0, which is no message's number, or not at all.
THREAD_REF, REPLY_TO_REF = 7, 8

# Kinds 1 to 4 contribute; kind 5 is a reaction, of which the latest word wins (see activity.py).
# Every INSERT … SELECT is sorted, and all writers use this one statement: two of them meeting in
# another order would deadlock. `per` is sorted too, for what is sorted already is sorted again for next to nothing.
# A row that was there already is not returned, so it is not counted.
KEEP = """
WITH noted AS (INSERT INTO follow_up (body) VALUES (%b::bytea)),
asked AS (
    INSERT INTO question (place_id, ref, message_ref, member_id, at, text, topics)
    SELECT place_id, ref, message_ref, member_id, at, text, topics::json
    FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::int[], %s::bigint[], %s::text[], %s::text[])
        AS q(place_id, ref, message_ref, member_id, at, text, topics)
    ON CONFLICT DO NOTHING),
spaces AS (SELECT * FROM unnest(%b::int[], %b::int[]) AS s(place_id, space_id)),
new AS (
    INSERT INTO activity AS o (place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)
    SELECT place_id, ref, kind, mark, member_id, day, at, nullif(thread_ref, 0), nullif(reply_to_ref, 0), length, flags
    FROM unnest(%b::int[], %b::bigint[], %b::smallint[], %b::bigint[], %b::int[], %b::int[], %b::bigint[],
                %b::bigint[], %b::bigint[], %b::int[], %b::smallint[])
        AS f(place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)
    ON CONFLICT (place_id, ref, kind, mark) DO UPDATE SET at = excluded.at, flags = excluded.flags
        WHERE o.kind = 5 AND (excluded.at, excluded.flags) > (o.at, o.flags)
    RETURNING place_id, kind, member_id, day, at),
per AS MATERIALIZED (
    SELECT space_id, member_id, day, count(*)::int AS n, min(at) AS first_at, max(at) AS last_at
    FROM new JOIN spaces USING (place_id) WHERE kind <= 4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3),
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


#: Columns of a question.
ASKED = 7

#: The numbers of KEEP in their order, as wide as the columns they go to: nothing is cast for every row.
PLACES: tuple[type[Packed], ...] = (Ints, Ints)
FACTS: tuple[type[Packed], ...] = (Ints, Longs, Shorts, Longs, Ints, Ints, Longs, Longs, Longs, Ints, Shorts)


def keep(
    session: Session, rows: Sequence[tuple[Any, ...]], spaces: Mapping[int, int], asked: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Keep sorted facts with their roll-ups and the questions among them; of one key the last."""
    last = {row[:4]: row for row in rows}  # the statement takes a key once
    rows = rows if len(last) == len(rows) else list(last.values())
    columns: list[Sequence[int]] = [*zip(*rows, strict=True)]
    for nullable in (THREAD_REF, REPLY_TO_REF):
        refs = columns[nullable]
        columns[nullable] = [ref or 0 for ref in refs] if any(refs) else []  # unnest fills up a shorter array
    places = sorted(set(columns[0]))
    sent = (
        follow_ups.of_facts(rows),
        *([list(column) for column in zip(*asked, strict=True)] or [[]] * ASKED),
        *map(packed, PLACES, (places, [spaces[place_id] for place_id in places])),
        *map(packed, FACTS, columns),
    )
    session.connection().exec_driver_sql(KEEP, sent)
