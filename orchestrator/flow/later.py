"""Holds the later stages of a run that members have seen: reminder, next step, close, recap."""

from __future__ import annotations

from datetime import datetime

from orchestrator.errors import Refused
from orchestrator.flow import facts, moments, room, speak, unanswered
from orchestrator.flow.batch import Batch, Work, again, iso
from orchestrator.flow.decisions import DECIDED
from orchestrator.rituals.contract import Ask
from orchestrator.rituals.contract import Stage as KindStage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.pace import quiet_until
from orchestrator.rules.reasons import Reason
from orchestrator.rules.zone import read_zone
from orchestrator.store import runs, told


def hold(batch: Batch, work: Work) -> None:
    """Close what closes, say what is to be said, and end the run when nothing is left to hold."""
    stage, run = work.stage, work.run
    until = _quiet_until(batch, work)
    if until is not None:
        _put_off(batch, work, until)
        return
    if _closes(work):
        run.state = "closed"
        run.closes_at = run.closes_at or stage.at
        batch.story.tell(run.id, "closed")
    if work.known.is_paused:
        stage.state, stage.reason = "skipped", Reason.PAUSED
        batch.story.tell(run.id, "skipped", stage=stage.name, reason=str(Reason.PAUSED))
    else:
        _say_later(batch, work)
    _end_if_last(batch, work)


def _closes(work: Work) -> bool:
    return any(one.name == work.stage.name and one.closes for one in stages_of(work))


def _quiet_until(batch: Batch, work: Work) -> datetime | None:
    """The end of the quiet hours, for a stage that is written when they end."""
    if not any(one.name == work.stage.name and one.waits for one in stages_of(work)):
        return None
    playbook = work.known.playbook
    return quiet_until(batch.now, read_zone(playbook.timezone), playbook.pace.quiet_hours)


def _put_off(batch: Batch, work: Work, until: datetime) -> None:
    """Hold a stage when the quiet hours end, unless nobody can answer any more by then."""
    stage, why = work.stage, str(Reason.QUIET_HOURS)
    if any(ask.opens_at <= stage.at < ask.closes_at <= until for ask in _asks(batch, work)):
        stage.state, stage.reason = "skipped", why
        batch.story.tell(work.run.id, "skipped", stage=stage.name, reason=why)
    else:
        batch.story.tell(work.run.id, "waits", stage=stage.name, reason=why, until=iso(until))
        again(stage, until)


def _say_later(batch: Batch, work: Work) -> None:
    stage = work.stage
    speak.act(batch, work, stage.name)
    if work.run.state == "skipped":
        return
    try:
        drafted = speak.draft(batch, work, stage.name)
    except Refused as refused:
        stage.state, stage.reason = "skipped", Reason.FAILED
        batch.story.tell(work.run.id, "failed", stage=stage.name, what=refused.what, mend=refused.mend)
        return
    verdict = room.take_later(batch, work, drafted)
    if verdict.reason is not None:
        stage.state, stage.reason = "skipped", verdict.reason
        batch.story.tell(work.run.id, "skipped", stage=stage.name, reason=str(verdict.reason), what=verdict.what)
    elif drafted:
        _plan_later(batch, work, drafted)
    elif not _closes(work):
        before = [ask.stage for ask in _asks(batch, work) if ask.opens_at < stage.at]
        answers = told.counted(batch.session, work.run.id, before[-1]) if before else 0
        batch.story.tell(work.run.id, "nothing to say", stage=stage.name, answers=answers)


def _plan_later(batch: Batch, work: Work, drafted: speak.Drafted) -> None:
    stage = work.stage
    # A post that a host approved beforehand is planned already.
    speak.plan(
        batch,
        work,
        stage.name,
        drafted,
        at=lambda one: max(stage.at, batch.now),
        late_until=_kept_until(batch, work, drafted),
    )


def _kept_until(batch: Batch, work: Work, drafted: speak.Drafted) -> datetime:
    """The last moment for a later post: nobody is asked, or reminded, once answers are late."""
    keep = work.stage.at + moments.LATER_POSTS_KEEP
    about = {work.stage.name, *(one.under for one, _ in drafted)}
    return min([keep, *(ask.closes_at for ask in _asks(batch, work) if ask.stage in about)])


def _asks(batch: Batch, work: Work) -> list[Ask]:
    """The questions of a run."""
    told_now = facts.opening(work.run, [], batch.now)
    return KINDS[work.known.written.kind].asks(work.known.written.model, told_now)


def _end_if_last(batch: Batch, work: Work) -> None:
    """When nothing is planned any more the run is done, and its numbers are kept for `stop_after`."""
    run, written = work.run, work.known.written
    left = (stage for stage in runs.stages_of(batch.session, run.id) if stage.name != DECIDED)
    if any(stage.state == "planned" for stage in left):  # what hosts are still to be told keeps no run open
        return
    result = KINDS[written.kind].result(written.model, batch.facts(work))
    numbers = facts.numbers(result)
    run.state, run.ended_at = "done", run.ended_at or batch.now
    run.facts = {**run.facts, "result": numbers}
    batch.story.tell(run.id, "done", **numbers)
    if result.asks and result.unanswered:
        unanswered.stop(batch, work)


def stages_of(work: Work) -> list[KindStage]:
    """The kind's own stages of a run."""
    return KINDS[work.known.written.kind].stages(work.known.written.model, work.run.due_at)
