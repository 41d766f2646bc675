"""The last look at a delivery, in the transaction that claims it: all that may forbid it is read again.

Every act leaves through here but what answers a press at once (a form, a line that only the presser reads).
Three kinds of acts are told apart:

- what we say of our own accord (`counts`): a pause, the quiet hours and the budget of unasked messages hold it;
- what was asked for, or changes what stands (a reply, thanks, a tally's edit, what hosts are asked): it passes;
- whatever goes to a member who wrote "stop": nothing, but the reply to that word itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from orchestrator.flow import moments
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Edit
from orchestrator.rules.pace import GO, Verdict, budget_is_spent, wait_out
from orchestrator.rules.reasons import Reason
from orchestrator.rules.values import Unreadable
from orchestrator.rules.zone import read_zone
from orchestrator.store import attempts, deliveries, guardrails, questions, rituals
from orchestrator.store.attempts import Candidate
from orchestrator.store.tables import Delivery, Run

#: A post that leaves so little after its moment leaves at that moment, as far as quiet hours go.
LATE = timedelta(minutes=1)


def judge(session: Session, found: Candidate, now: datetime) -> Verdict:
    """May it leave now? If not: the reason, and until when it waits where it may still leave later."""
    row = found.delivery
    reason = _has_nowhere_to_go(found, now)
    if reason is not None:
        return Verdict(False, reason)
    if row.tries and isinstance(deliveries.decode(row.body), Edit) and attempts.is_overtaken(session, row):
        return Verdict(False, Reason.POSTED)  # its reply was lost, and what came after it says more
    if found.member is not None and found.member.opted_out_at and row.run_id is not None:
        return Verdict(False, Reason.OPTED_OUT)
    if found.run is None or found.run.facts.get("unguarded") or not (row.counts or row.unasked):
        return GO
    if rituals.is_paused(session, found.run.id):
        return Verdict(False, Reason.PAUSED)
    if row.unasked and not _is_needed(session, found.run):
        return Verdict(False, Reason.NOBODY)
    quiet = _quiet(session, found, now)
    return _budget(session, found, now) if quiet.go and row.unasked else quiet


def is_late(row: Delivery, now: datetime) -> bool:
    """Has its last moment passed?"""
    return row.late_until is not None and row.late_until < now


def missed(row: Delivery) -> Reason:
    """Why a delivery could not leave in time: we were away, or it was refused and put off until too late."""
    return Reason.MISSED if row.detail in (None, Reason.QUIET_HOURS) else Reason.FAILED


def _has_nowhere_to_go(found: Candidate, now: datetime) -> Reason | None:
    """Why it can no longer leave, whatever a host wishes; None when it can."""
    row, parent, place = found.delivery, found.parent, found.place
    if row.under_id is not None and (parent is None or parent.state != "sent") and not _stands_alone(row):
        return Reason(parent.reason) if parent and parent.reason else Reason.FAILED
    if is_late(row, now):
        return missed(row)
    if place is not None and place.parked_at:
        return Reason.PLATFORM_REFUSED
    if place is not None and place.retired_at:
        return Reason.NOBODY
    return None


def _stands_alone(row: Delivery) -> bool:
    """An edit that knows its message only waits for the edit before it, whatever becomes of that one."""
    act = deliveries.decode(row.body)
    return isinstance(act, Edit) and bool(act.message_ref)


def _quiet(session: Session, found: Candidate, now: datetime) -> Verdict:
    """Quiet hours of the place, or of the member.

    Admission chose a moment outside them for the first posts in places, but a host may have agreed at night.
    """
    row, run = found.delivery, found.run
    assert run is not None
    meant_for = min(row.not_before, run.opened_at or row.not_before)
    punctual = found.member is None and row.detail is None and now - meant_for < LATE
    playbook = _playbook(session, found)
    zone, late_until = read_zone(_zone(found, playbook)), row.late_until or datetime.max.replace(tzinfo=now.tzinfo)
    return wait_out(meant_for if punctual else now, zone, playbook.pace.quiet_hours, late_until)


def _is_needed(session: Session, run: Run) -> bool:
    """Is there still something to ask? A question may be answered between a host's word and the moment of sending."""
    if not run.key.startswith(moments.QUESTION):
        return True
    return questions.is_open(session, run.facts["place_id"], run.facts["message_ref"])


def _budget(session: Session, found: Candidate, now: datetime) -> Verdict:
    """Unasked messages to one member are counted in a line: of two at once the second sees the first."""
    assert found.member is not None
    written = guardrails.written_to(session, found.member.id, now)
    if budget_is_spent(written, _playbook(session, found).pace.direct_per_week):
        return Verdict(False, Reason.DIRECT_BUDGET)
    return GO


def _playbook(session: Session, found: Candidate) -> Playbook:
    assert found.run is not None
    return rituals.bodies(session, [found.run.version_id])[found.run.version_id]


def _zone(found: Candidate, playbook: Playbook) -> str:
    """The member's own zone where the platform told one that exists, else the playbook's."""
    own = found.member.zone if found.member is not None else None
    try:
        return read_zone(own).key if own else playbook.timezone
    except Unreadable:
        return playbook.timezone
