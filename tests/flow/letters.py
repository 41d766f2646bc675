"""Direct messages of a run, planned as its stages plan them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.ports import Post
from orchestrator.store import planned, rituals
from orchestrator.store.tables import Connection, Delivery, Handle, Member, Run
from tests.flow.theatre import Theatre


def write(there: Theatre, run: Run, ref: str = "U7", stage: str = "nudge", **more: Any) -> int:
    """Plan a message to the member with that handle, unasked unless said otherwise; gives the delivery's id."""
    now = there.clock.now()
    known: dict[str, Any] = {"not_before": now, "late_until": now + timedelta(hours=2), "unasked": True}
    with there.store.write() as session:
        handle = session.scalars(select(Handle).where(Handle.ref == ref)).one()
        path = rituals.of_runs(session, [run])[run.id].path
        row = planned.row(path, run, stage, handle, Post(f"{stage} for {ref}"), **{**_REST, **known, **more})
        planned.keep(session, [row])
        return session.scalars(select(Delivery.id).where(Delivery.key == row["key"])).one()


_REST: dict[str, Any] = {"under_id": None, "if_unsure": "send again", "state": "due"}


def also_on_telegram(there: Theatre, member_id: int, ref: str) -> None:
    """Give a member a second handle."""
    with there.store.write() as session:
        telegram = session.scalars(select(Connection.id).where(Connection.name == "telegram")).one()
        community_id = session.get_one(Member, member_id).community_id
        session.add(Handle(community_id=community_id, connection_id=telegram, ref=ref, member_id=member_id))


def change(there: Theatre, member_id: int, **values: Any) -> None:
    """Change a member's row."""
    with there.store.write() as session:
        member = session.get_one(Member, member_id)
        for name, value in values.items():
            setattr(member, name, value)


def fate(there: Theatre, delivery_id: int) -> tuple[str, str | None]:
    """A delivery's state and reason."""
    with there.store.read() as session:
        row = session.get_one(Delivery, delivery_id)
        return row.state, row.reason


def leaves_at(there: Theatre, delivery_id: int) -> datetime:
    """The moment from which a delivery may leave."""
    with there.store.read() as session:
        return session.get_one(Delivery, delivery_id).not_before
