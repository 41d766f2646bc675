"""Who a handle belongs to, agreed on by all processes: writers share it, whoever links or erases has it alone.

A process remembers members (store/known.py). A transaction that writes what members did therefore begins with
`enter`: what it remembers from another generation is forgotten, and until it ends nobody is linked or erased.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from orchestrator.store.tables import House
from orchestrator.store.upsert import insert

#: The advisory lock of this agreement (PostgreSQL). SQLite's writers queue as they are.
LOCK = 7_317_001

# Three statements in one round trip. The last must be a statement of its own: it sees what was committed
# while the lock was waited for.
SHARE = f"BEGIN; SELECT pg_advisory_xact_lock_shared({LOCK}); SELECT generation, key FROM house".encode()

THE = 1  # the id of the only row


class Agreed(NamedTuple):
    """generation: grows with each link, undoing and erasure. key: of tombstones, None while there are none."""

    generation: int
    key: bytes | None


NEW = Agreed(0, None)


def enter(session: Session) -> Agreed:
    """Share the agreement until this transaction ends; to be the first statement of it."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return _share(connection)
    row = connection.exec_driver_sql("SELECT generation, key FROM house").first()
    return NEW if row is None else Agreed(row[0], None if row[1] is None else bytes(row[1]))


def _share(connection: Connection) -> Agreed:
    """By libpq itself: the driver's own way took a twentieth of a publish, and a round trip more for its BEGIN."""
    from psycopg.pq import ExecStatus

    driver: Any = connection.connection.driver_connection
    told = driver.pgconn.exec_(SHARE)
    if told.status != ExecStatus.TUPLES_OK:
        connection.exec_driver_sql("SELECT 1")  # what is wrong with the connection is raised here, as ever
        raise RuntimeError("the agreement could not be shared")
    if not told.ntuples:
        return NEW
    generation, key = told.get_value(0, 0), told.get_value(0, 1)
    return Agreed(int(generation), None if key is None else bytes.fromhex(key[2:].decode()))


def alone(session: Session) -> Agreed:
    """Have it alone until this transaction ends, with a new generation; to be the first statement of it."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    session.execute(insert(session, House).values(id=THE, generation=0).on_conflict_do_nothing())
    session.execute(update(House).values(generation=House.generation + 1))
    generation, key = session.execute(select(House.generation, House.key)).one()
    return Agreed(generation, key)


def key_of_tombstones(session: Session) -> bytes:
    """The key of tombstones, made with the first of them. The caller has the agreement alone."""
    key = session.scalars(select(House.key)).one()
    if key is None:
        key = secrets.token_bytes(32)
        session.execute(update(House).values(key=key))
    return key
