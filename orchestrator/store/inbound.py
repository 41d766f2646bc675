"""Named queries over the inbox: what arrived and waits for its effects."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import Inbound
from orchestrator.store.among import among
from orchestrator.store.tables import Inbox, to_us

#: A row that failed this often is parked, with what went wrong.
MAX_TRIES = 5

#: Seconds before a failed row is tried again: doubled each time.
FIRST_PAUSE_SECONDS = 2

MAX_KEY = 200

# Written out, for they run with nearly every publish: built by SQLAlchemy they took a third of its time.
PUT_SQLITE = """INSERT INTO inbox (connection_id, event_key, body, received_at, tries, error)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
PUT_POSTGRESQL = """INSERT INTO inbox (connection_id, event_key, body, received_at, tries, error)
SELECT connection_id, event_key, body, %s::bigint, %s::smallint, %s::text
FROM unnest(%s::int[], %s::text[], %b::bytea[]) AS came(connection_id, event_key, body) ON CONFLICT DO NOTHING"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Inbound).decode


def event_key(inbound: Inbound) -> str:
    """What two deliveries of one fact share, within a connection.

    For a message that is the message itself, so that two subscriptions reporting it make one row.
    """
    if inbound.kind in ("said", "deleted") and inbound.message_ref is not None:
        key = f"{inbound.kind}:{inbound.place_ref}:{inbound.message_ref}"
    else:
        key = f"{inbound.kind}:{inbound.event_ref}:{inbound.member_ref or ''}"
    key = key.replace("\x00", "").encode("utf-8", "replace").decode()
    if len(key) <= MAX_KEY:
        return key
    return f"{inbound.kind}:{hashlib.blake2b(key.encode(), digest_size=32).hexdigest()}"


def encode(inbound: Inbound) -> bytes:
    """The bytes kept for an inbound; broken characters in its text are replaced."""
    try:
        return _encode(inbound)
    except UnicodeEncodeError:
        return _encode(_mended(inbound))


def decode(body: bytes) -> Inbound:
    """The inbound kept in these bytes."""
    return _decode(body)


def put(session: Session, inbounds: Sequence[tuple[int, Inbound]], now: datetime, error: str | None = None) -> None:
    """Keep inbounds of (connection_id, inbound), each once, in the order they came.

    With `error` they are parked at once. Two publishers of the same inbounds in different orders may
    meet in a deadlock, which the database ends: try again.
    """
    arrived = {(connection_id, event_key(inbound)): encode(inbound) for connection_id, inbound in reversed(inbounds)}
    rows = [(connection_id, key, body) for (connection_id, key), body in reversed(arrived.items())]
    shared = (to_us(now), 0 if error is None else MAX_TRIES, error)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(PUT_SQLITE, [(*row, *shared) for row in rows])
    else:
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(PUT_POSTGRESQL, (*shared, *columns))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed row: an inbound and how long it has waited."""

    id: int
    connection_id: int
    body: bytes
    received_at: datetime
    tries: int


def claim(session: Session, now: datetime, limit: int, ids: Sequence[int] | None = None) -> list[Waiting]:
    """Take waiting rows, oldest first, so that no other process applies them until this transaction ends."""
    query = (
        select(Inbox.id, Inbox.connection_id, Inbox.body, Inbox.received_at, Inbox.tries)
        .where(Inbox.tries < MAX_TRIES, or_(Inbox.not_before.is_(None), Inbox.not_before <= now))
        .order_by(Inbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if ids is not None:
        query = query.where(Inbox.id.in_(ids))
    return [Waiting(*row) for row in session.execute(query)]


def forget(session: Session, ids: Sequence[int]) -> None:
    """Delete rows whose effects are in this transaction."""
    if ids:
        session.execute(delete(Inbox).where(among(session, Inbox.id, ids)).execution_options(synchronize_session=False))


def put_off(session: Session, ids: Sequence[int], until: datetime) -> None:
    """Let rows wait without holding that against them."""
    if ids:
        session.execute(update(Inbox).where(Inbox.id.in_(ids)).values(not_before=until))


def failed(session: Session, row: Waiting, error: str, now: datetime) -> None:
    """Note a failed try: later again, or parked after MAX_TRIES. `error` never holds a message's text."""
    pause = timedelta(seconds=FIRST_PAUSE_SECONDS * 2**row.tries)
    values = {"tries": row.tries + 1, "error": error, "not_before": now + pause}
    session.execute(update(Inbox).where(Inbox.id == row.id).values(**values))


def waiting(session: Session, older_than: datetime) -> int:
    """How many rows have waited since before that moment and could be applied."""
    query = select(func.count()).where(Inbox.tries < MAX_TRIES, Inbox.received_at < older_than)
    return session.scalar(query) or 0


def parked(session: Session) -> int:
    """How many rows are parked."""
    return session.scalar(select(func.count()).where(Inbox.tries >= MAX_TRIES)) or 0


def forget_parked(session: Session, older_than: datetime) -> None:
    """Delete parked rows that arrived before that moment: their text is not kept longer."""
    session.execute(delete(Inbox).where(Inbox.tries >= MAX_TRIES, Inbox.received_at < older_than))


def _mended(inbound: Inbound) -> Inbound:
    """The same with half characters replaced (Python reads them from JSON, UTF-8 cannot hold them)."""
    raw = msgspec.structs.asdict(inbound)
    return msgspec.convert({name: _whole(value) for name, value in raw.items() if value is not UNSET}, Inbound)


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(item) for item in value]
    return value
