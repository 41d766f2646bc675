"""Named queries over what members asked for that is done in a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orchestrator.store.tables import Errand
from orchestrator.store.upsert import insert


def keep(session: Session, what: str, handle_id: int, event_key: str, at: datetime, other_id: int | None) -> None:
    """Keep an errand; the same act, told again, is the same errand."""
    values = {"what": what, "handle_id": handle_id, "event_key": event_key, "at": at, "other_id": other_id}
    session.execute(insert(session, Errand).values(**values).on_conflict_do_nothing())


def waiting(session: Session) -> list[int]:
    """The ids of what is to be done, oldest first."""
    return list(session.scalars(select(Errand.id).order_by(Errand.id)))


def what(session: Session, errand_id: int) -> str | None:
    """What is to be done; None when it is done."""
    return session.scalar(select(Errand.what).where(Errand.id == errand_id))


def take(session: Session, errand_id: int) -> Errand | None:
    """The errand, which is done when this transaction commits; None when somebody else did it."""
    errand = session.get(Errand, errand_id)
    if errand is not None:
        session.expunge(errand)
        session.execute(delete(Errand).where(Errand.id == errand_id))
    return errand


def tell(session: Session, errand_id: int, now: datetime) -> Errand | None:
    """The errand, if its person has not been told yet: they are now, by whoever gets it."""
    untold = update(Errand).where(Errand.id == errand_id, Errand.told_at.is_(None)).values(told_at=now)
    told = session.execute(untold.execution_options(synchronize_session=False))
    return session.get(Errand, errand_id) if told.rowcount == 1 else None  # type: ignore[attr-defined]


def told_at(session: Session, errand_id: int) -> datetime | None:
    """When its person was told; None: not yet, or it is done."""
    return session.scalar(select(Errand.told_at).where(Errand.id == errand_id))


def is_left(session: Session, handle_ids: Collection[int], event_key: str) -> bool:
    """Does this act of one of these handles wait as an errand?"""
    same = select(Errand.id).where(Errand.handle_id.in_(handle_ids), Errand.event_key == event_key)
    return session.scalars(same.limit(1)).first() is not None
