"""Leases: something only one process may do at a time, taken by one conditional statement."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from orchestrator.store.tables import Lease
from orchestrator.store.upsert import insert


def take(session: Session, name: str, holder: str, now: datetime, ttl: timedelta) -> bool:
    """Take or renew a lease until now + ttl; False while another holder has it."""
    mine = insert(session, Lease).values(name=name, holder=holder, until=now + ttl)
    free = or_(Lease.holder == holder, Lease.until <= now)
    statement = mine.on_conflict_do_update(
        index_elements=["name"], set_={"holder": holder, "until": now + ttl}, where=free
    )
    return session.scalar(statement.returning(Lease.holder)) == holder


def give_back(session: Session, name: str, holder: str, now: datetime) -> None:
    """End our own lease at once, so that another process need not wait for its end."""
    session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=now))
