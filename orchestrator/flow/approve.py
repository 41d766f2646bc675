"""Asks the hosts, and tells them what became of what they were asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from orchestrator.errors import Refused
from orchestrator.flow import admission, effects, host_posts, host_why, moments, request, speak, take_back
from orchestrator.flow.batch import Batch, Work, again, iso
from orchestrator.flow.decisions import DECIDED, Said, decide, sentence, spoken, tell_later
from orchestrator.flow.speak import Drafted
from orchestrator.render.renderer import readable
from orchestrator.rituals.contract import Draft
from orchestrator.rules.pace import quiet_until
from orchestrator.rules.reasons import Reason
from orchestrator.rules.zone import read_zone
from orchestrator.store import approvals, runs
from orchestrator.store.approvals import Terms
from orchestrator.store.tables import Approval, Delivery

__all__ = ["DECIDED", "Said", "ask", "at_the_moment", "decide", "put", "sentence", "tell_hosts", "was_asked"]

#: The template that tells the hosts, by the request's state.
TOLD = {"approved": "hosts/approved", "refused": "hosts/refused", "expired": "hosts/expired"}


def was_asked(batch: Batch, work: Work) -> bool:
    """Is there a request for this run that no edit voided?"""
    return approvals.latest(batch.session, work.run.id) is not None


def deadline(work: Work, now: datetime) -> datetime:
    """Until when a decision counts: `when` and what `on_missed` adds; what began at once waits `within`."""
    written = work.known.written
    if work.run.held_by_hand or moments.has_happened(work.run.key):
        return now + written.approval.within
    return work.run.due_at + (written.on_missed or timedelta(0))


def ask(batch: Batch, work: Work, drafted: Mapping[str, Drafted]) -> None:
    """Hold the posts, keep one request bound to their texts and targets, and ask in the hosts' space."""
    until = deadline(work, batch.now)
    kept = max(until, admission.late_until(work))  # agreed to in time, it may still wait for the morning
    planned = {stage.name: stage.at for stage in moments.stages(work.known.written, work.run.due_at)}
    first = next(iter(drafted), None)
    for stage, said in drafted.items():
        at = max(planned[stage], batch.now)
        late_until = kept if stage == first else at + moments.LATER_POSTS_KEEP
        speak.plan(batch, work, stage, said, at=partial(_at, at), late_until=late_until, state="held")
    batch.write()
    put(batch, work, Terms(until))


def _at(moment: datetime, _: Draft) -> datetime:
    return moment


def put(batch: Batch, work: Work, terms: Terms) -> Approval:
    """Open the request for what is held, and ask in the hosts' space: by a new post, or by the one that asks already.

    A post that asked about another text is edited to say that it was replaced.
    """
    asked = approvals.ask(batch.session, work.run, moments.APPROVAL, batch.now, terms)
    work.run.reason = Reason.AWAITING_APPROVAL
    try:
        seen = request.compose(batch, work, asked)
        if terms.asked_as:
            host_posts.edit(batch, work, asked, seen.text, seen.buttons)
        else:
            batch.story.tell(work.run.id, "asked", approval=asked.code, until=iso(terms.until))
            _replaced(batch, work, asked)
            host_posts.ask(batch, work, asked, seen)
    except Refused as refused:  # the command line still shows the request
        batch.story.tell(work.run.id, "failed", stage=moments.APPROVAL, what=refused.what, mend=refused.mend)
    return asked


def _replaced(batch: Batch, work: Work, asked: Approval) -> None:
    """The posts that asked before, about another text, lose their buttons."""
    values = {"ritual": readable(work.known.written.name), "by": asked.edited_by or ""}
    text = str(batch.app.render.text("hosts/replaced", work.known.playbook, values))
    before = {one.asked_as: one for one in approvals.of_run(batch.session, work.run.id)}
    for one in before.values():
        if one.asked_as != asked.asked_as:
            host_posts.edit(batch, work, one, text)


def at_the_moment(batch: Batch, work: Work) -> None:
    """The moment of a run that needs a decision: taken, still awaited, or come too late."""
    asked = approvals.latest(batch.session, work.run.id)
    assert asked is not None
    if asked.state == "approved":
        batch.connections.update(post.connection_id for post in _due(batch, work))
    elif asked.state == "asked" and batch.now < asked.until:
        batch.story.tell(work.run.id, "awaiting approval", until=iso(asked.until))
        again(work.stage, asked.until)
    elif approvals.settle(batch.session, asked, "expired", None, batch.now):
        runs.end(batch.session, work.run, Reason.NOT_APPROVED, batch.now)
        tell_later(batch.session, work.run, batch.now)
    else:  # a host was quicker: what they decided, or asked for anew, is looked at next
        again(work.stage, batch.now)


def tell_hosts(batch: Batch, work: Work) -> None:
    """Edit the request in the hosts' space so that it says who decided what; its buttons go, once it is decided."""
    asked = approvals.latest(batch.session, work.run.id)
    if asked is None and work.run.state in ("stopped", "skipped"):
        _dropped(batch, work)
    if asked is not None and asked.state == "asked":
        _ask_again(batch, work, asked)
    if asked is None or asked.state not in TOLD:
        return
    playbook, run = work.known.playbook, work.run
    effects.lock(batch.session, run)
    when = max(run.due_at, asked.decided_at or run.due_at)
    values = {
        "by": spoken(batch.app.render, asked.decided_by or "", playbook),
        "when": quiet_until(when, read_zone(playbook.timezone), playbook.pace.quiet_hours) or when,
        "ritual": readable(work.known.written.name),
        "left_out": list(approvals.names(batch.session, asked.left_out).values()),
    }
    taken_back = run.facts.get(take_back.TAKEN_BACK)
    try:
        if taken_back:
            values["by"] = spoken(batch.app.render, str(taken_back), playbook)
            host_posts.edit(batch, work, asked, str(batch.app.render.text("hosts/removed", playbook, values)))
            return
        if asked.state == "approved" and run.state == "skipped":  # too late for the guardrails
            host_posts.edit(batch, work, asked, host_why.told(batch.app, batch.session, work.known, run))
            return
        host_posts.edit(batch, work, asked, str(batch.app.render.text(TOLD[asked.state], playbook, values)))
        if asked.state == "approved":
            take_back.offer(batch, work, asked, values)
    except Refused as refused:
        batch.story.tell(run.id, "failed", stage=DECIDED, what=refused.what, mend=refused.mend)


def _ask_again(batch: Batch, work: Work, asked: Approval) -> None:
    """A post that asks, or asked, was on its way when the request became another one."""
    try:
        seen = request.compose(batch, work, asked)
        host_posts.edit(batch, work, asked, seen.text, seen.buttons)
        _replaced(batch, work, asked)
    except Refused as refused:  # the request stands: a mistake in a template does not end its run
        batch.story.tell(work.run.id, "failed", stage=DECIDED, what=refused.what, mend=refused.mend)


def _dropped(batch: Batch, work: Work) -> None:
    """The playbook changed under the request, or what it was about was settled: nothing is asked any more."""
    values = {"ritual": readable(work.known.written.name), "settled": work.run.state == "skipped"}
    text = str(batch.app.render.text("hosts/dropped", work.known.playbook, values))
    for one in {one.asked_as: one for one in approvals.of_run(batch.session, work.run.id)}.values():
        host_posts.edit(batch, work, one, text)


def _due(batch: Batch, work: Work) -> list[Delivery]:
    due = select(Delivery).where(Delivery.run_id == work.run.id, Delivery.state == "due")
    return list(batch.session.scalars(due))
