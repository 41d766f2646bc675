"""Takes a host's decision: once, in time, by somebody who may, about the very texts that were shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from orchestrator.flow import release
from orchestrator.flow.batch import iso
from orchestrator.playbook.schema import Playbook
from orchestrator.render import Renderer
from orchestrator.render.renderer import readable
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, communities, rituals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Approval, Member, Run, Stage
from orchestrator.store.upsert import insert

#: The stage at which the hosts are told what was decided.
DECIDED = "decided"

#: Who decides without a name: hosts read a word for it instead.
NOBODY_BY_NAME = ("command line", "rehearsal")

UNKNOWN = "There is no such request."


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a host's act: a case of the template hosts/said, with who did it, or who may."""

    what: str
    playbook: Playbook | None = None
    by: str = ""
    names: tuple[str, ...] = ()
    code: str = ""


def sentence(render: Renderer, said: Said) -> str:
    """One sentence for whoever acted, in the playbook's language and tone."""
    if said.playbook is None:
        return UNKNOWN
    values = {"what": said.what, "by": spoken(render, said.by, said.playbook), "names": said.names}
    return str(render.text("hosts/said", said.playbook, values))


def spoken(render: Renderer, by: str, playbook: Playbook) -> str:
    """A decider's name as hosts read it."""
    return render.word(by, playbook) if by in NOBODY_BY_NAME else by


def decide(session: Session, code: str, who: int | str, yes: bool, now: datetime) -> Said:
    """Take a decision on the request `code`.

    who: a member's id, who must be one of the approvers; or a name that is trusted as it is ("command line").
    The first decision stands: a second one changes nothing. Held posts become due, or the run is skipped: refused,
    or agreed to when the guardrails no longer allow it. Nobody agrees to what thanks themselves: somebody else does,
    or they leave themselves out first.
    """
    request = approvals.to_decide(session, code)
    if request is None:
        return Said("unknown")
    about = of(session, request)
    if request.state != "asked":
        return settled(about)
    by = name(session, about.known, who)
    if by is None:
        return not_yours(about.known)
    if yes and isinstance(who, int) and approvals.is_proposed(session, about.run.id, who):
        return Said("about you", about.known.playbook)
    return _take(session, about, by, yes, now)


class About(NamedTuple):
    """A request with its run and ritual."""

    request: Approval
    run: Run
    known: Known


def of(session: Session, request: Approval) -> About:
    """What a request is about."""
    run = session.get_one(Run, request.run_id)
    return About(request, run, rituals.of_runs(session, [run])[run.id])


def approvers(known: Known) -> list[str]:
    """The names of those who may decide, as the playbook has them."""
    return known.written.approval.by or (known.playbook.hosts.people if known.playbook.hosts else [])


def name(session: Session, known: Known, who: int | str) -> str | None:
    """The decider's name, None when they may not decide."""
    if isinstance(who, str):
        return who
    may = communities.member_ids(session, known.community.id, known.playbook.people, approvers(known))
    return called(session.get_one(Member, who)) if who in may else None


def called(member: Member) -> str:
    """A host's name as people write it: the playbook may know them as "ines"."""
    return as_written(member.name)


def as_written(name: str) -> str:
    """A name of a playbook as people write it."""
    plain = readable(name)
    return plain[:1].upper() + plain[1:]


def not_yours(known: Known) -> Said:
    """Who may decide, for somebody who may not."""
    return Said("not yours", known.playbook, names=tuple(readable(one).capitalize() for one in approvers(known)))


def settled(about: About) -> Said:
    """What became of a request that is no longer open."""
    request, _, known = about
    what = f"{request.state} already" if request.state in ("approved", "refused") else request.state
    return Said(what, known.playbook, by=request.decided_by or "", code=request.code)


def tell_later(session: Session, run: Run, now: datetime) -> None:
    """Plan a stage that edits the request in the hosts' space: a decision has no renderer at hand."""
    statement = insert(session, Stage).values(run_id=run.id, name=DECIDED, at=now, state="planned")
    again = {"at": now, "state": "planned", "offered_at": None}
    session.execute(statement.on_conflict_do_update(index_elements=["run_id", "name"], set_=again))


def _take(session: Session, about: About, by: str, yes: bool, now: datetime) -> Said:
    request, run, known = about
    kept = approvals.included(approvals.held(session, run.id), request.left_out)
    if approvals.digest(kept) != request.digest:
        approvals.void(session, run.id)
        session.refresh(request)
        return settled(about)
    state = "expired" if now > request.until else "approved" if yes else "refused"
    if not approvals.settle(session, request, state, by if state != "expired" else None, now):
        return settled(about)
    if state == "approved":
        runs.trace(session, run.id, now, "approved", {"by": by, **_left_out(request)})
        state = _let_go(session, about, now)
    else:
        reason = Reason.REFUSED if state == "refused" else Reason.NOT_APPROVED
        runs.end(session, run, reason, now, **({"by": by} if state == "refused" else {"until": iso(request.until)}))
    tell_later(session, run, now)
    return Said(state, known.playbook, by=by, code=request.code)


def _let_go(session: Session, about: About, now: datetime) -> str:
    """What was agreed to may leave, unless it comes too late for the guardrails: "approved", or their reason."""
    request, run, known = about
    verdict = release.judge(session, run, known.playbook, now)
    if verdict.reason is None or verdict.wait_until is not None:
        release.release(session, run, request.left_out, now)
        return "approved"
    runs.end(session, run, verdict.reason, now, **({"what": verdict.what} if verdict.what else {}))
    return str(verdict.reason)


def _left_out(request: Approval) -> dict[str, list[int]]:
    return {"left_out": list(request.left_out)} if request.left_out else {}
