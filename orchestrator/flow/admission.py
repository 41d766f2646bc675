"""Admits a run once, by the guardrails, before anything of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestrator.flow import moments, room
from orchestrator.flow.batch import Batch, Work
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.pace import Verdict
from orchestrator.rules.zone import read_zone
from orchestrator.store import guardrails, rituals

#: After an outage, late posts of one place keep this distance.
LATE_APART = timedelta(minutes=1)


def look(batch: Batch, works: Sequence[Work]) -> None:
    """Read what the guardrails ask about these runs. Their places are locked: two workers count in turn."""
    asking = [work for work in works if work.run.state == "made"]
    open_ = [work for work in works if work.run.state == "open"]
    everywhere = {one.place.id for work in (*asking, *open_) for one in batch.places(work.known)}
    ritual_ids = {work.run.ritual_id for work in asking}
    most = max((work.known.playbook.pace.stop_after for work in asking), default=0)
    batch.standing.unanswered = guardrails.unanswered(batch.session, ritual_ids, most)
    batch.asked = rituals.asked(batch.session, ritual_ids)
    guardrails.lock_places(batch.session, everywhere)
    room.look(batch, asking)
    if any(is_late(work, batch.now) for work in asking):
        batch.standing.last_late = guardrails.last_posts(batch.session, everywhere, batch.now - LATE_APART)


def judge(batch: Batch, work: Work) -> Verdict:
    """The guardrails' word on a run that wants to be posted at its moment, or now where that is past.

    Hosts may be asked at any hour: a run that waits for one is judged as of the end of the quiet hours. What it
    really says is looked at once more by `room.take`, when that is known.
    """
    playbook, at = work.known.playbook, moment(batch, work)
    found = room.there(batch, work, room.foresee(batch, work))
    asking = pace.Asking(
        late_until=late_until(work),
        places=list(found.values()),
        unanswered=batch.standing.unanswered.get(work.run.ritual_id, 0),
        paused=work.known.is_paused,
    )
    verdict = pace.admit(at, read_zone(playbook.timezone), playbook.pace, asking)
    if verdict.wait_until is not None and work.stage.name == moments.APPROVAL:
        verdict = pace.admit(verdict.wait_until, read_zone(playbook.timezone), playbook.pace, asking)
    return room.named(batch, work, verdict, list(found))


def moment(batch: Batch, work: Work) -> datetime:
    """When the run's first stage would be held: early is forbidden."""
    written = work.known.written
    return max(batch.now, KINDS[written.kind].stages(written.model, work.run.due_at)[0].at)


def late_until(work: Work) -> datetime:
    """The last moment at which the run may be opened."""
    return work.run.due_at + moments.patience(work.known.written, work.run.key)


def is_late(work: Work, now: datetime) -> bool:
    """Does the run come late because we were not there?"""
    asked_for = work.run.held_by_hand or moments.has_happened(work.run.key)
    return now - work.run.due_at > moments.PUNCTUAL and not asked_for


def slot(batch: Batch, work: Work, place_id: int) -> datetime:
    """When a run's first post may leave for a place: after an outage at most one a minute."""
    at = moment(batch, work)
    if not is_late(work, batch.now):
        return at
    last = batch.standing.last_late.get(place_id)
    at = at if last is None else max(at, last + LATE_APART)
    batch.standing.last_late[place_id] = at
    return at
