"""Queries about what rituals will do next: runs that are made and that nobody has seen yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.store.among import among
from orchestrator.store.tables import Delivery, Run


def made(session: Session, ritual_ids: Collection[int], now: datetime) -> list[Run]:
    """The runs of these rituals that are made for a moment to come, or wait for a host's word, soonest first."""
    leaving = select(Delivery.id).where(
        Delivery.run_id == Run.id, Delivery.counts, Delivery.state.in_(("sending", "unknown", "sent"))
    )
    waiting = (Run.due_at >= now) | (Run.reason == "awaiting approval")
    runs = select(Run).where(among(session, Run.ritual_id, ritual_ids), Run.state == "made", waiting, ~leaving.exists())
    return list(session.scalars(runs.order_by(Run.due_at, Run.id)))
