"""A member asked for silence: what was planned for them ends at once, and nothing to come names them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from orchestrator.flow import tell, unpraised, unsay
from orchestrator.flow.app import App
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, deliveries
from orchestrator.store.runs import UNSENT
from orchestrator.store.tables import Answer, Delivery, Handle, Member, Run


def fall(app: App, session: Session, member_id: int, now: datetime) -> set[int]:
    """End what runs still had to say to this member, and leave them out of thanks and recaps to come.

    Gives the connections with something to send. What a host was asked to approve stands without the member: the
    request is about what is left.
    """
    _end_letters(session, member_id, now)
    session.flush()
    answered = Delivery.run_id.in_(select(Answer.run_id).where(Answer.member_id == member_id))
    waits = answered & Delivery.handle_id.is_(None) & Delivery.state.in_(deliveries.WAITING)
    member = session.get_one(Member, member_id)
    unnamed = unsay.name(app, session, waits, unsay.signature_of(app, session, member), member, now)
    return unpraised.fall(app, session, member_id) | unnamed


def _lock_runs(session: Session, member_id: int, letters: Select[Any]) -> None:
    """Wait for whoever acts on a run that writes to them, or writes the recap of one that they answered.

    A run is locked before what hangs from it (docs/decisions/0026-a-run-before-what-hangs-from-it.md).
    """
    answered = select(Answer.run_id).where(Answer.member_id == member_id)
    near = Run.id.in_(letters) | (Run.id.in_(answered) & Run.state.in_(("open", "closed")))
    session.scalars(select(Run).where(near).order_by(Run.id).with_for_update(key_share=True)).all()


def _end_letters(session: Session, member_id: int, now: datetime) -> None:
    theirs = select(Handle.id).where(Handle.member_id == member_id)
    planned = (Delivery.handle_id.in_(theirs), Delivery.run_id.is_not(None), Delivery.state.in_(UNSENT))
    held = select(Delivery.run_id).where(*planned, Delivery.state == "held").distinct()
    bound = approvals.bound(session, list(session.scalars(held)))
    _lock_runs(session, member_id, select(Delivery.run_id).where(*planned))
    rows = list(session.scalars(select(Delivery).where(*planned).order_by(Delivery.id).with_for_update()))
    for row in rows:
        row.state, row.reason = "skipped", Reason.OPTED_OUT
        tell.story(session, row, now, "skipped", reason=str(Reason.OPTED_OUT))
    session.flush()
    approvals.bind_again(session, bound)
