"""What waits although its moment has come: the questions of a sweep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from orchestrator.store.attempts import DUE
from orchestrator.store.tables import Delivery, Stage


def connections_due(session: Session, now: datetime) -> dict[int, datetime]:
    """Connections with deliveries that may go now, and since when the oldest waits."""
    due = select(Delivery.connection_id, func.min(Delivery.not_before))
    due = due.where(DUE, Delivery.not_before <= now).group_by(Delivery.connection_id)
    return {row[0]: row[1] for row in session.execute(due)}


def stages(session: Session, since: datetime, limit: int) -> list[int]:
    """Stages that are still planned although their moment came before `since`."""
    planned = Stage.state == literal_column("'planned'")
    return list(session.scalars(select(Stage.id).where(planned, Stage.at <= since).order_by(Stage.at).limit(limit)))
