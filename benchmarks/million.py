"""A large community with a year of activity, made inside PostgreSQL: the same one each time.

A tenth of its members contribute about weekly, three tenths monthly, the others three times a year, on any day. Of
twenty messages one is a question and the next two reply to it; the asker reacts to every other first reply. Each week a
thousandth of the members answer a ritual; a hundredth have a badge; one in twenty has left.
Facts that are derived (roll-ups, replies, deeds) are made here by plain SQL over the raw rows.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from orchestrator.store import communities
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Place

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

#: The local day of NOW, and of a year before it.
TODAY = 20_780
FIRST = TODAY - 364

PLACES, RUNS = 5, 52
RITUAL, BADGE = "question", "ambassadeur"

#: Nothing here outlives the run, so nothing is written to the log twice.
UNLOGGED = ("activity", "member_day", "member_total", "reply", "deed", "presence", "standing")

SEED = [
    """CREATE UNLOGGED TABLE came AS
       SELECT i, :now - (random() * 730 * 86400e6)::bigint AS at FROM generate_series(1, :people) AS i""",
    """INSERT INTO member (id, community_id, name, is_host, joined_at, left_at)
       SELECT i, 1, 'Membre ' || i, i <= 5, CASE WHEN i % 3 <> 0 THEN at END, CASE WHEN i % 20 = 0 THEN at + 1000000 END
       FROM came""",
    """INSERT INTO handle (id, community_id, connection_id, ref, member_id, name)
       SELECT i, 1, 1, 'U' || i, i, '' FROM generate_series(1, :people) AS i""",
    """INSERT INTO presence (place_id, member_id, joined_at, left_at, at_start)
       SELECT 1 + i % 5, i, at, CASE WHEN i % 20 = 0 THEN at + 1000000 END, i % 3 = 0
       FROM came ORDER BY 1, 2""",
    """CREATE UNLOGGED TABLE said AS
       SELECT row_number() OVER (ORDER BY day) AS number, member_id, day
       FROM (SELECT i AS member_id, :first + floor(random() * 365)::int AS day FROM generate_series(1, :people) AS i,
             generate_series(1, CASE WHEN i % 10 = 0 THEN 52 WHEN i % 10 < 4 THEN 12 ELSE 3 END)) AS made""",
    "ANALYZE said",
    """INSERT INTO activity (place_id, ref, kind, mark, member_id, day, at, thread_ref, length, flags)
       SELECT 1 + (number / 20) % 5, 1700000000000000 + number, 1, 0, member_id, day, day * 86400000000 + 43200000000,
              CASE WHEN number % 20 IN (1, 2) THEN 1700000000000000 + number - number % 20 END, 40,
              CASE WHEN number % 20 = 0 THEN 1 ELSE 0 END FROM said ORDER BY 1, 2""",
    """INSERT INTO activity (place_id, ref, kind, mark, member_id, day, at, length, flags)
       SELECT 1 + (reply.number / 20) % 5, 1700000000000000 + reply.number, 5, asker.member_id, asker.member_id,
              reply.day, reply.day * 86400000000 + 50000000000, 0, 0
       FROM said AS reply JOIN said AS asker ON asker.number = reply.number - 1
       WHERE reply.number % 40 = 1 ORDER BY 1, 2""",
    """INSERT INTO member_day (space_id, member_id, day, n)
       SELECT 1, member_id, day, count(*) FROM said GROUP BY 2, 3 ORDER BY 2, 3""",
    """INSERT INTO member_total (member_id, n, first_at, last_at)
       SELECT member_id, count(*), min(day) * 86400000000, max(day) * 86400000000 FROM said GROUP BY 1 ORDER BY 1""",
    """INSERT INTO reply (place_id, ref, root_ref, member_id, day)
       SELECT place_id, ref, thread_ref, member_id, day FROM activity WHERE thread_ref IS NOT NULL ORDER BY 1, 2""",
    """INSERT INTO deed (place_id, root_ref, member_id, kind, day)
       SELECT DISTINCT root.place_id, root.ref, root.member_id, 'started', root.day
       FROM activity AS root JOIN reply ON reply.place_id = root.place_id AND reply.root_ref = root.ref
       WHERE root.kind = 1 AND reply.member_id <> root.member_id""",
    """INSERT INTO deed (place_id, root_ref, member_id, kind, day)
       SELECT DISTINCT reply.place_id, reply.root_ref, reply.member_id, 'helped', reply.day
       FROM reply JOIN activity AS liked ON liked.place_id = reply.place_id AND liked.ref = reply.ref AND liked.kind = 5
       WHERE reply.member_id <> liked.member_id""",
    """INSERT INTO badge (member_id, name, earned_at)
       SELECT i, :badge, 0 FROM generate_series(1, :people, 100) AS i""",
    """INSERT INTO playbook (id, community_id, name) VALUES (1, 1, 'cercle')""",
    """INSERT INTO playbook_version (id, playbook_id, digest, body, created_at) VALUES (1, 1, 'd', '{}', 0)""",
    """INSERT INTO ritual (id, playbook_id, version_id, name, kind) VALUES (1, 1, 1, :ritual, 'prompt')""",
    """INSERT INTO run (id, ritual_id, version_id, key, code, due_at, made_at, state, facts, held_by_hand)
       SELECT i, 1, 1, 'k' || i, 'c' || i, 0, 0, 'done', '{}', false FROM generate_series(1, 52) AS i""",
    """INSERT INTO answer (run_id, stage, member_id, handle_id, said_at, text, late, counted, named)
       SELECT DISTINCT run, 'post', member_id, member_id, 0, '', false, true, true
       FROM (SELECT run, 1 + floor(random() * :people)::int AS member_id
             FROM generate_series(1, 52) AS run, generate_series(1, :people / 1000)) AS gave ORDER BY 1, 3""",
    "DROP TABLE said",
    "DROP TABLE came",
    "ANALYZE",
]


def make(store: Store, people: int) -> int:
    """Fill an empty database; give the community's id."""
    Base.metadata.create_all(store.engine)
    with store.write() as session:
        community = communities.keep(session, "cercle", "Europe/Paris", "fr")
        connection_id = communities.keep_connection(session, "slack", "slack")
        space_id = communities.keep_space(session, community.id, "salon")
        for number in range(PLACES):
            session.add(Place(space_id=space_id, connection_id=connection_id, ref=f"C{number}"))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _seed(connection, people)
    return community.id


def _seed(connection: Connection, people: int) -> None:
    values = {
        "people": people,
        "now": int(NOW.timestamp()) * 1_000_000,
        "first": FIRST,
        "ritual": RITUAL,
        "badge": BADGE,
    }
    connection.execute(text("SET session_replication_role = replica"))  # every row is sound: check none again
    connection.execute(text("SET work_mem = '256MB'"))
    connection.execute(text("SELECT setseed(0.5)"))
    for table in UNLOGGED:
        connection.execute(text(f"ALTER TABLE {table} SET UNLOGGED"))
    for statement in SEED:
        connection.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
    connection.execute(text("VACUUM (ANALYZE, FREEZE)"))  # as in a database that has lived a day
