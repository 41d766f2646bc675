"""Takes a host's decision: once, in time, by somebody who may, about the very texts that were shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, literal, update
from sqlalchemy.orm import Session

from orchestrator.flow.batch import iso
from orchestrator.flow.moments import PUNCTUAL
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, communities, rituals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Approval, Delivery, Member, Moment, Run, Stage
from orchestrator.store.upsert import insert

#: The stage at which the hosts are told what was decided.
DECIDED = "decided"

#: What whoever decides is answered, in the playbook's language.
SAID = {
    "en": {
        "approved": "Approved: it will be posted.",
        "approved already": "{by} approved it already.",
        "refused": "Skipped: nothing will be posted.",
        "refused already": "{by} decided already not to post it.",
        "expired": "It is too late: nobody approved it in time, so nothing was posted.",
        "void": "The text was edited since; the new text has a request of its own.",
        "not yours": "Only {names} may decide this.",
        "unknown": "There is no such request.",
    },
    "fr": {
        "approved": "C’est d’accord : ce sera publié.",
        "approved already": "{by} a déjà donné son accord.",
        "refused": "Entendu : rien ne sera publié.",
        "refused already": "{by} a déjà choisi de ne pas publier.",
        "expired": "C’est trop tard : personne n’a donné son accord à temps, rien n’a été publié.",
        "void": "Le texte a été modifié depuis ; le nouveau texte a sa propre demande.",
        "not yours": "C’est à {names} d’en décider.",
        "unknown": "Cette demande n’existe pas.",
    },
}


def decide(session: Session, code: str, who: int | str, yes: bool, now: datetime) -> str:
    """Take a decision on the request `code`; give one sentence for whoever decided.

    who: a member's id, who must be one of the approvers; or a name that is trusted as it is ("command line").
    The first decision stands: a second one changes nothing. Held posts become due, or the run is skipped.
    """
    request = approvals.to_decide(session, code)
    if request is None:
        return SAID["en"]["unknown"]
    run = session.get_one(Run, request.run_id)
    known = rituals.of_runs(session, [run])[run.id]
    said = SAID[known.playbook.language]
    if request.state != "asked":
        return _settled(said, request)
    names = known.written.approval.by or (known.playbook.hosts.people if known.playbook.hosts else [])
    by = _name(session, known, who, names)
    if by is None:
        return said["not yours"].format(names=", ".join(names))
    return _take(session, request, run, by, yes, now, said)


def tell_later(session: Session, run: Run, now: datetime) -> None:
    """Plan a stage that edits the request in the hosts' space: a decision has no renderer at hand."""
    statement = insert(session, Stage).values(run_id=run.id, name=DECIDED, at=now, state="planned")
    again = {"at": now, "state": "planned", "offered_at": None}
    session.execute(statement.on_conflict_do_update(index_elements=["run_id", "name"], set_=again))


def _take(
    session: Session, request: Approval, run: Run, by: str, yes: bool, now: datetime, said: dict[str, str]
) -> str:
    state = "expired" if now > request.until else "approved" if yes else "refused"
    if approvals.digest(approvals.held(session, run.id)) != request.digest:
        approvals.void(session, run.id)
        session.refresh(request)
        return _settled(said, request)
    if not approvals.settle(session, request, state, by if state != "expired" else None, now):
        return _settled(said, request)
    if state == "approved":
        _release(session, run, now)
        runs.trace(session, run.id, now, "approved", {"by": by})
    else:
        reason = Reason.REFUSED if state == "refused" else Reason.NOT_APPROVED
        runs.end(session, run, reason, now, **({"by": by} if state == "refused" else {"until": iso(request.until)}))
    tell_later(session, run, now)
    return said[state]


def _release(session: Session, run: Run, now: datetime) -> None:
    """held → due, at `when` or at once where that is past; a late decision leaves time to send."""
    at, soon = literal(now, Moment), literal(now + PUNCTUAL, Moment)
    session.execute(
        update(Delivery)
        .where(Delivery.run_id == run.id, Delivery.state == "held")
        .values(
            state="due",
            not_before=case((Delivery.not_before < at, at), else_=Delivery.not_before),
            late_until=case((Delivery.late_until < soon, soon), else_=Delivery.late_until),
        )
        .execution_options(synchronize_session=False)
    )
    run.reason = None


def _settled(said: dict[str, str], request: Approval) -> str:
    already = f"{request.state} already"
    return said[already if already in said else request.state].format(by=request.decided_by)


def _name(session: Session, known: Known, who: int | str, names: list[str]) -> str | None:
    """The decider's name, None when they may not decide."""
    if isinstance(who, str):
        return who
    approvers = communities.member_ids(session, known.community.id, known.playbook.people, names)
    if who not in approvers:
        return None
    return session.get_one(Member, who).name
