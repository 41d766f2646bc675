"""What an edit of a playbook does to runs that are made but not yet seen by anybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from orchestrator.flow import moments
from orchestrator.flow.decisions import DECIDED, tell_later
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Delivery, Ritual, Run, Stage


def stop(session: Session, ritual: Ritual, what: str, now: datetime) -> None:
    """Stop the ritual's runs that nobody has seen; open ones go on under their version."""
    for run in unseen(session, ritual):
        _drop(session, run, what, now)


def moved(session: Session, ritual: Ritual, now: datetime) -> None:
    """The ritual's moments changed: a run made ahead for an old one is stopped."""
    for run in unseen(session, ritual):
        if not (run.held_by_hand or moments.has_happened(run.key)):
            _drop(session, run, "its moment was changed in the playbook", now)


def _drop(session: Session, run: Run, what: str, now: datetime) -> None:
    """End a run, and what hosts were asked about it."""
    runs.end(session, run, Reason.REFUSED, now, state="stopped", what=what)
    if approvals.void(session, run.id):
        tell_later(session, run, now)


def reworded(session: Session, known: Known, now: datetime) -> None:
    """The ritual's words changed: what hosts were asked, or agreed to, is void, and they are asked anew."""
    for run in unseen(session, known.row):
        if not approvals.void(session, run.id):
            continue
        waiting = (Delivery.run_id == run.id, Delivery.counts, Delivery.state.in_(runs.UNSENT))
        session.execute(delete(Delivery).where(*waiting))
        session.execute(delete(Stage).where(Stage.run_id == run.id, Stage.name != DECIDED))
        stages = moments.stages(known.written, run.due_at, asked_at=now)
        session.execute(insert(Stage), [{"run_id": run.id, "name": one.name, "at": one.at} for one in stages])
        run.version_id, run.reason = known.row.version_id, None
        runs.trace(session, run.id, now, "edited", {"version_id": run.version_id})


def unseen(session: Session, ritual: Ritual) -> list[Run]:
    """Runs made, with nothing that left or is leaving."""
    leaving = select(Delivery.run_id).where(
        Delivery.run_id == Run.id, Delivery.counts, Delivery.state.in_(("sending", "unknown", "sent"))
    )
    made = select(Run).where(Run.ritual_id == ritual.id, Run.state == "made", ~leaving.exists())
    return list(session.scalars(made.order_by(Run.id).with_for_update(key_share=True)))
