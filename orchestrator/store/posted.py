"""Queries about what members saw of us lately: the posts of a run, and the run that spoke last."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.store.among import among
from orchestrator.store.tables import Delivery, Run


def of_run(session: Session, run_id: int) -> list[Delivery]:
    """The posts of a run that members saw, oldest first."""
    sent = (Delivery.run_id == run_id, Delivery.counts, Delivery.state == "sent", Delivery.message_ref.is_not(None))
    return list(session.scalars(select(Delivery).where(*sent).order_by(Delivery.sent_at, Delivery.id)))


def last_run(session: Session, ritual_ids: Collection[int]) -> Run | None:
    """The run of these rituals whose post is the newest; None where none was ever posted."""
    newest = (
        select(Run)
        .join(Delivery, Delivery.run_id == Run.id)
        .where(among(session, Run.ritual_id, ritual_ids), Delivery.counts, Delivery.state == "sent")
        .order_by(Delivery.sent_at.desc(), Delivery.id.desc())
    )
    return session.scalars(newest.limit(1)).first()
