"""A member asked for silence: what was planned for them ends at once, each with its reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import tell
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals
from orchestrator.store.runs import UNSENT
from orchestrator.store.tables import Approval, Delivery, Handle


def fall(session: Session, member_id: int, now: datetime) -> int:
    """End what runs still had to say to this member; tell how much it was.

    What a host was asked to approve stands without it: the request is about what is left.
    """
    theirs = select(Handle.id).where(Handle.member_id == member_id)
    planned = select(Delivery).where(
        Delivery.handle_id.in_(theirs), Delivery.run_id.is_not(None), Delivery.state.in_(UNSENT)
    )
    rows = list(session.scalars(planned.order_by(Delivery.id).with_for_update()))
    held = {row.run_id for row in rows if row.state == "held" and row.run_id is not None}
    before = _bound(session, held)
    for row in rows:
        row.state, row.reason = "skipped", Reason.OPTED_OUT
        tell.story(session, row, now, "skipped", reason=str(Reason.OPTED_OUT))
    session.flush()
    _bind_again(session, held, before)
    return len(rows)


def _bound(session: Session, run_ids: Collection[int]) -> set[int]:
    """The open requests that are about exactly what is held."""
    return {
        request.id for run_id in run_ids for request in approvals.of_run(session, run_id) if _is_bound(session, request)
    }


def _is_bound(session: Session, request: Approval) -> bool:
    return request.state == "asked" and request.digest == _digest(session, request)


def _digest(session: Session, request: Approval) -> str:
    return approvals.digest(approvals.included(approvals.held(session, request.run_id), request.left_out))


def _bind_again(session: Session, run_ids: Collection[int], bound: Collection[int]) -> None:
    for run_id in run_ids:
        for request in approvals.of_run(session, run_id):
            if request.id in bound:
                request.digest = _digest(session, request)
    session.flush()
