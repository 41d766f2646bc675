"""Named queries over polls of the platforms' own, found by the reference that their votes name."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import Poll
from orchestrator.store.deliveries import arrived, decode, unsure
from orchestrator.store.tables import Delivery

#: Longer than Telegram lets a poll stand open by itself (2,628,000 seconds).
LONGEST = timedelta(days=32)


def by_ref(session: Session, connection_id: int, poll_ref: str) -> Delivery | None:
    """The delivery that became this poll."""
    known = (Delivery.poll_ref == poll_ref, Delivery.connection_id == connection_id)
    return session.scalars(select(Delivery).where(*known).order_by(Delivery.id)).first()


def on_its_way(session: Session, connection_id: int) -> bool:
    """Is a post under way on the connection, whose receipt may yet name a poll?"""
    sending = (Delivery.connection_id == connection_id, Delivery.state == "sending", Delivery.counts)
    return session.scalar(select(Delivery.id).where(*sending).limit(1)) is not None


def perhaps(session: Session, connection_id: int, options: int, now: datetime) -> list[Delivery]:
    """Polls with at least so many options that may stand without our knowing: once, or twice after a repeat."""
    repeated = and_(Delivery.state == "sent", Delivery.tries > 1, Delivery.poll_ref.is_not(None))
    lately = (Delivery.connection_id == connection_id, Delivery.counts, Delivery.sending_at >= now - LONGEST)
    rows = session.scalars(select(Delivery).where(*lately, or_(unsure(), repeated)).order_by(Delivery.id))
    found = [(row, decode(row.body)) for row in rows]
    return [row for row, act in found if isinstance(act, Poll) and len(act.options) >= options]


def stands(session: Session, row: Delivery, poll_ref: str, now: datetime) -> bool:
    """A vote proves it: an unsure poll is sent. Which message it is nobody tells. False: it was settled before."""
    if not arrived(session, row.id, None, now):
        return False
    told = update(Delivery).where(Delivery.id == row.id).values(poll_ref=poll_ref)
    session.execute(told.execution_options(synchronize_session=False))
    session.refresh(row)
    return True
