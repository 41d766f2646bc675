"""Heartbeats: when each part of each process was last seen at work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from orchestrator.store.tables import Heartbeat
from orchestrator.store.upsert import insert


def beat(session: Session, part: str, process: str, now: datetime) -> None:
    """Say when this part of this process last did its work."""
    alive = insert(session, Heartbeat).values(part=part, process=process, seen_at=now)
    session.execute(alive.on_conflict_do_update(index_elements=["part", "process"], set_={"seen_at": now}))


def last_seen(session: Session, host: str = "") -> dict[str, datetime]:
    """Each part and when any process (on that host) last did its work."""
    newest = select(Heartbeat.part, func.max(Heartbeat.seen_at)).group_by(Heartbeat.part)
    if host:
        newest = newest.where(Heartbeat.process.startswith(f"{host}:", autoescape=True))
    return {row[0]: row[1] for row in session.execute(newest)}


def forget(session: Session, before: datetime) -> None:
    """Forget processes that ended long ago."""
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < before))


def leave(session: Session, process: str) -> None:
    """A process that ends in order is not missed."""
    session.execute(delete(Heartbeat).where(Heartbeat.process == process))
