"""A member asked for silence: what was planned for them ends at once, each with its reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import tell
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals
from orchestrator.store.runs import UNSENT
from orchestrator.store.tables import Delivery, Handle


def fall(session: Session, member_id: int, now: datetime) -> int:
    """End what runs still had to say to this member; tell how much it was.

    What a host was asked to approve stands without it: the request is about what is left.
    """
    theirs = select(Handle.id).where(Handle.member_id == member_id)
    planned = (Delivery.handle_id.in_(theirs), Delivery.run_id.is_not(None), Delivery.state.in_(UNSENT))
    held = select(Delivery.run_id).where(*planned, Delivery.state == "held").distinct()
    bound = approvals.bound(session, list(session.scalars(held)))
    rows = list(session.scalars(select(Delivery).where(*planned).order_by(Delivery.id).with_for_update()))
    for row in rows:
        row.state, row.reason = "skipped", Reason.OPTED_OUT
        tell.story(session, row, now, "skipped", reason=str(Reason.OPTED_OUT))
    session.flush()
    approvals.bind_again(session, bound)
    return len(rows)
