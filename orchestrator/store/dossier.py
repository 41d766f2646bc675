"""All that is held about one member: a few numbers to tell, or every row to hand over."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.orm import Session

from orchestrator.rules.days import EPOCH_ORDINAL
from orchestrator.store import deliveries, erasure, inbound
from orchestrator.store.tables import (
    Answer,
    Badge,
    Base,
    Connection,
    Delivery,
    Handle,
    Idea,
    Inbox,
    MemberTotal,
    Place,
    PlaybookRow,
    Ritual,
    Run,
)


class Account(NamedTuple):
    """A handle as its person knows it."""

    platform: str
    connection: str
    ref: str
    name: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a member is told in a message."""

    accounts: Sequence[Account]
    contributions: int
    first_at: datetime | None
    answers: int
    ideas: int
    badges: Sequence[str]


def brief(session: Session, member_id: int) -> Brief:
    """The numbers of a member over all their handles."""
    total = session.get(MemberTotal, member_id)
    badges = select(Badge.name).where(Badge.member_id == member_id).order_by(Badge.earned_at, Badge.id)
    return Brief(
        accounts=accounts(session, member_id),
        contributions=total.n if total else 0,
        first_at=total.first_at if total else None,
        answers=_count(session, Answer, member_id),
        ideas=_count(session, Idea, member_id),
        badges=list(session.scalars(badges)),
    )


def accounts(session: Session, member_id: int) -> list[Account]:
    """A member's handles, oldest first."""
    query = (
        select(Connection.platform, Connection.name, Handle.ref, Handle.name)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Handle.member_id == member_id)
        .order_by(Handle.id)
    )
    return [Account(*row) for row in session.execute(query)]


# --- every row ------------------------------------------------------------------------------------


def file(session: Session, handles: Sequence[Handle], posts: Sequence[tuple[Delivery, str]]) -> bytes:
    """Everything held about the person with these handles, as JSON that people can read; posts: ours that name them.

    Every table that names a member or a handle is in it, so that a new one cannot be left out.
    """
    member_ids = erasure.members_of(handles)
    names = _Names(session)
    told: dict[str, Any] = {"made_for": [handle.name or handle.ref for handle in handles]}
    for table in Base.metadata.sorted_tables:
        mine = _mine(table, member_ids, [handle.id for handle in handles])
        if mine is not None:
            rows = session.execute(select(table).where(mine)).mappings()
            told[table.name] = [{name: names.tell(name, value) for name, value in row.items()} for row in rows]
    told["waiting"] = _waiting(session, {(one.connection_id, one.ref) for one in handles})
    shown = ("run_id", "stage", "place_id", "sent_at")
    told["named_in"] = [
        {**{name: names.tell(name, getattr(post, name)) for name in shown}, "text": text} for post, text in posts
    ]
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _mine(table: Table, member_ids: Sequence[int], handle_ids: Sequence[int]) -> ColumnElement[bool] | None:
    columns = {"member_id": member_ids, "home_id": member_ids, "handle_id": handle_ids}
    if table.name == "member":
        columns = {"id": member_ids}
    named = [table.c[name].in_(ids) for name, ids in columns.items() if name in table.c]
    return or_(*named) if named else None


def _waiting(session: Session, people: Collection[tuple[int, str]]) -> list[dict[str, Any]]:
    """What they did that is not applied yet."""
    rows = select(Inbox.connection_id, Inbox.body).where(Inbox.connection_id.in_({one for one, _ in people}))
    found = [(connection_id, inbound.decode(body)) for connection_id, body in session.execute(rows)]
    return [msgspec.to_builtins(one) for connection_id, one in found if (connection_id, one.member_ref) in people]


class _Names:
    """Turns a row's values into what people can read: moments, names of places and rituals, texts."""

    def __init__(self, session: Session) -> None:
        self.places: dict[int, str] = {one.id: one.title or one.ref for one in session.scalars(select(Place))}
        self.connections: dict[int, str] = {one.id: one.name for one in session.scalars(select(Connection))}
        runs = select(Run.id, PlaybookRow.name, Ritual.name, Run.key)
        runs = runs.join(Ritual, Ritual.id == Run.ritual_id).join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        self.runs = {run_id: f"{above}/{ritual} {key}" for run_id, above, ritual, key in session.execute(runs)}

    def tell(self, column: str, value: Any) -> Any:
        named = {"place_id": self.places, "connection_id": self.connections, "run_id": self.runs}.get(column)
        if named is not None and value in named:
            return named[value]
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        if isinstance(value, bytes):  # of a delivery
            return msgspec.to_builtins(deliveries.decode(value))
        if column == "day" and isinstance(value, int):
            return date.fromordinal(value + EPOCH_ORDINAL).isoformat()
        return value


def _count(session: Session, table: type[Any], member_id: int) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.member_id == member_id)) or 0
