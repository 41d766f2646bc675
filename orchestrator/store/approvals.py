"""Queries about approvals: who was asked for what, until when, and what they decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator.store.runs import digest16
from orchestrator.store.tables import Approval, Delivery, Run
from orchestrator.store.upsert import insert


def digest(posts: Iterable[Delivery]) -> str:
    """What a decision binds to: every text and its target, in a steady order."""
    parts = sorted(f"{post.stage}|{post.target}|{post.digest}" for post in posts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ask(session: Session, run: Run, stage: str, bound_to: str, now: datetime, until: datetime) -> Approval:
    """The request for these very texts; one that an edit had voided is open again when the edit is undone."""
    code = digest16(f"{run.code}|{bound_to}")
    key = {"run_id": run.id, "stage": stage, "digest": bound_to}
    opened = {"state": "asked", "asked_at": now, "until": until}
    statement = insert(session, Approval).values(**key, **opened, code=code)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=opened))
    return session.scalars(select(Approval).filter_by(**key).execution_options(populate_existing=True)).one()


def latest(session: Session, run_id: int) -> Approval | None:
    """The request of a run that counts: the newest that no edit voided."""
    asked = select(Approval).where(Approval.run_id == run_id, Approval.state != "void")
    return session.scalars(asked.order_by(Approval.asked_at.desc(), Approval.id.desc()).limit(1)).first()


def by_code(session: Session, code: str) -> Approval | None:
    """The request with this public code."""
    return session.scalars(select(Approval).where(Approval.code == code)).one_or_none()


def to_decide(session: Session, code: str) -> Approval | None:
    """The same, kept from others until the transaction ends: of two decisions at once the second sees the first."""
    wanted = select(Approval).where(Approval.code == code).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def waiting(session: Session) -> list[Approval]:
    """All open requests, the most urgent first."""
    return list(
        session.scalars(select(Approval).where(Approval.state == "asked").order_by(Approval.until, Approval.id))
    )


def settle(session: Session, approval: Approval, state: str, by: str | None, now: datetime) -> bool:
    """asked → approved, refused or expired; False when somebody else settled it first."""
    done = session.execute(
        update(Approval)
        .where(Approval.id == approval.id, Approval.state == "asked")
        .values(state=state, decided_by=by, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(approval)
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def void(session: Session, run_id: int) -> bool:
    """An edit takes every request and decision of a run back; tells whether there was one."""
    done = session.execute(
        update(Approval)
        .where(Approval.run_id == run_id, Approval.state.in_(("asked", "approved")))
        .values(state="void")
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def held(session: Session, run_id: int) -> list[Delivery]:
    """The posts of a run that wait for a decision."""
    posts = select(Delivery).where(Delivery.run_id == run_id, Delivery.state == "held")
    return list(session.scalars(posts.order_by(Delivery.not_before, Delivery.id)))
