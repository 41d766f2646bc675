"""Prepares stages whose moment has come: guardrails, text, deliveries, approval, close, recap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import Refused
from orchestrator.flow import admission, approve, later, moments, opened, room, speak
from orchestrator.flow.app import App
from orchestrator.flow.batch import Batch, Work, again, iso
from orchestrator.rituals.contract import Draft
from orchestrator.rules.pace import GO
from orchestrator.rules.reasons import Reason
from orchestrator.store import rituals, runs, sharing
from orchestrator.store.runs import Story
from orchestrator.store.session import again_if_ended, is_away

logger = log.get("prepare")

#: A stage that comes before its run was opened (the platform is slow) looks again after this.
LOOK_AGAIN = timedelta(minutes=1)

#: Stages of one run may follow at once (close, recap): more rounds than that are an endless loop of ours.
ROUNDS = 40


def prepare(app: App, stage_id: int) -> list[int]:
    """Prepare one stage; give the ids of the connections that have something to send."""
    return prepare_all(app, [stage_id])


def prepare_all(app: App, stage_ids: Collection[int]) -> list[int]:
    """Prepare stages in one transaction, then those of the same runs that follow at once.

    Stages that somebody else took, or that are no longer planned, are left alone. One whose texts cannot be
    made ends its run (failed) with the sentence in its story.
    """
    connections: set[int] = set()
    waiting = list(stage_ids)
    for _ in range(ROUNDS):
        if not waiting:
            break
        found, waiting = _together(app, waiting)
        connections |= found
    return sorted(connections)


def _together(app: App, stage_ids: Sequence[int]) -> tuple[set[int], list[int]]:
    try:
        return again_if_ended(_claim_and_hold, app, stage_ids)
    except Exception as error:
        if is_away(error):
            raise  # the sweep brings them again
        if len(stage_ids) == 1:
            return _give_up(app, stage_ids[0])
        apart = [_together(app, [stage_id]) for stage_id in stage_ids]
        return set().union(*(found for found, _ in apart)), [one for _, waiting in apart for one in waiting]


def _claim_and_hold(app: App, stage_ids: Sequence[int]) -> tuple[set[int], list[int]]:
    with app.store.write() as session:
        sharing.enter(session)
        found = _in(app, session, stage_ids)
        crash_point("prepare.before_commit")
    return found


def _give_up(app: App, stage_id: int) -> tuple[set[int], list[int]]:
    """A stage that breaks us ends its run, so that it does not break us again and again."""
    reference = log.keep_bug()
    now = app.now()
    with app.store.write() as session:
        for _, run in runs.claim_stages(session, [stage_id], now):
            runs.end(session, run, Reason.FAILED, now, what=f"a mistake of ours: please report {reference}")
    return set(), []


def _in(app: App, session: Session, stage_ids: Sequence[int]) -> tuple[set[int], list[int]]:
    now = app.now()
    batch = Batch(app, session, now, Story(now))
    claimed = runs.claim_stages(session, stage_ids, now)
    known = rituals.of_runs(session, [run for _, run in claimed])
    works = [Work(stage, run, known[run.id]) for stage, run in claimed]
    admission.look(batch, works)
    for work in works:
        _one(batch, work)
    batch.write()
    batch.story.write(session)
    session.flush()
    return batch.connections, runs.due_stages(session, {run.id for _, run in claimed}, now)


def _one(batch: Batch, work: Work) -> None:
    run, stage = work.run, work.stage
    if stage.name == approve.DECIDED:
        approve.tell_hosts(batch, work)
    elif run.state in ("skipped", "stopped") or (run.state == "done" and not stage.again):
        stage.state, stage.reason = "skipped", run.reason
    elif run.state == "made":
        _before_opening(batch, work)
    else:
        later.hold(batch, work)


def _before_opening(batch: Batch, work: Work) -> None:
    """The approval or the first post: the run is admitted once, whichever comes first."""
    first = later.stages_of(work)[0].name
    if work.stage.name not in (moments.APPROVAL, first):
        if not opened.give_up(batch.session, work.run, batch.now):
            again(work.stage, batch.now + LOOK_AGAIN)
        return
    if work.known.written.approval.required and work.stage.name == first and approve.was_asked(batch, work):
        approve.at_the_moment(batch, work)
        return
    if _admitted(batch, work):
        _open(batch, work, first)


def _admitted(batch: Batch, work: Work) -> bool:
    """Ask the guardrails; what they say is in the run's story."""
    session, run = batch.session, work.run
    if work.known.written.where and not batch.places(work.known):
        runs.end(session, run, Reason.NOBODY, batch.now, what="none of its spaces has a place")
        return False
    if batch.now > admission.late_until(work):
        runs.end(session, run, Reason.MISSED, batch.now)
        return False
    verdict = admission.judge(batch, work) if not run.facts.get("unguarded") else GO
    if verdict.go:
        batch.story.tell(run.id, "admitted")
        return True
    assert verdict.reason is not None
    if verdict.wait_until is None:
        runs.end(session, run, verdict.reason, batch.now, **({"what": verdict.what} if verdict.what else {}))
    else:
        batch.story.tell(run.id, "waits", reason=str(verdict.reason), until=iso(verdict.wait_until))
        again(work.stage, verdict.wait_until)
    return False


def _open(batch: Batch, work: Work, first: str) -> None:
    """Draw the question, render, plan; where a host is asked first, everything waits in `held`."""
    run, facts = work.run, work.run.facts
    asks = work.known.written.approval.required and (not facts.get("unguarded") or bool(facts.get("approval")))
    try:
        speak.draw(batch, work)
        speak.act(batch, work, first)
        if run.state == "skipped":
            return
        drafted = _for_approval(batch, work) if asks else {first: speak.draft(batch, work, first)}
    except Refused as refused:
        runs.end(batch.session, work.run, Reason.FAILED, batch.now, what=refused.what, mend=refused.mend)
        return
    verdict = room.take(batch, work, drafted)
    if verdict.reason is not None:
        runs.end(batch.session, run, verdict.reason, batch.now, what=verdict.what)
        return
    if not any(drafted.values()):
        runs.end(batch.session, run, Reason.NOBODY, batch.now, what="there is nothing to say to anybody")
        return
    for_hosts = all(one.hosts for said in drafted.values() for one, _ in said)
    if for_hosts:  # no post will open it, and what only hosts read needs no host's word
        run.state, run.reason, run.opened_at = "open", Reason.POSTED, batch.now
    if asks and not for_hosts:
        approve.ask(batch, work, drafted)
    else:
        speak.plan(
            batch,
            work,
            first,
            drafted[first],
            at=lambda one: _slot(batch, work, one),
            late_until=admission.late_until(work),
        )
    speak.remember(batch, work)


def _slot(batch: Batch, work: Work, one: Draft) -> datetime:
    """When a first post may leave: in a place not right behind another late one."""
    if one.place_id is None:
        return admission.moment(batch, work)
    return admission.slot(batch, work, one.place_id)


def _for_approval(batch: Batch, work: Work) -> dict[str, speak.Drafted]:
    """All that the run will say of its own accord: what depends on answers comes without a host's word."""
    before_close = list(takewhile(lambda stage: not stage.closes, later.stages_of(work)))
    asking = [stage for stage in before_close if stage.asks_approval] or before_close
    drafted = {stage.name: speak.draft(batch, work, stage.name) for stage in asking}
    return {name: said for name, said in drafted.items() if said and all(one.under is None for one, _ in said)}
