"""Asks the hosts, takes their decision, and tells them what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.errors import Refused
from orchestrator.flow import moments, speak
from orchestrator.flow.batch import Batch, Work, again, iso
from orchestrator.flow.decisions import DECIDED, decide, tell_later
from orchestrator.flow.speak import Drafted
from orchestrator.ports import Button, Edit, Post
from orchestrator.render import Ours
from orchestrator.render.renderer import readable
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, deliveries, runs
from orchestrator.store.tables import Approval, Delivery, Place

__all__ = ["DECIDED", "ask", "at_the_moment", "decide", "tell_hosts", "was_asked"]

#: The template that tells the hosts, by the request's state.
TOLD = {"approved": "hosts/approved", "refused": "hosts/refused", "expired": "hosts/expired"}

#: Who decides without a name: the hosts read a word for it instead.
NOBODY_BY_NAME = ("command line", "rehearsal")


def was_asked(batch: Batch, work: Work) -> bool:
    """Is there a request for this run that no edit voided?"""
    return approvals.latest(batch.session, work.run.id) is not None


def deadline(work: Work, now: datetime) -> datetime:
    """Until when a decision counts: `when` and what `on_missed` adds; what began at once waits `within`."""
    written = work.known.written
    if work.run.held_by_hand or work.run.key.startswith(moments.JOINED):
        return now + written.approval.within
    return work.run.due_at + (written.on_missed or timedelta(0))


def ask(batch: Batch, work: Work, drafted: Mapping[str, Drafted]) -> None:
    """Hold the posts, keep one request bound to their texts and targets, and ask in the hosts' space."""
    until = deadline(work, batch.now)
    planned = {stage.name: stage.at for stage in moments.stages(work.known.written, work.run.due_at)}
    first = next(iter(drafted), None)
    for stage, said in drafted.items():
        at = max(planned[stage], batch.now)
        late_until = until if stage == first else at + moments.LATER_POSTS_KEEP
        places = {one.place_id: at for one, _ in said}
        speak.plan(batch, work, stage, said, at=places, late_until=late_until, state="held")
    batch.write()
    bound_to = approvals.digest(approvals.held(batch.session, work.run.id))
    request = approvals.ask(batch.session, work.run, moments.APPROVAL, bound_to, batch.now, until)
    work.run.reason = Reason.AWAITING_APPROVAL
    batch.story.tell(work.run.id, "asked", approval=request.code, until=iso(until))
    try:
        _ask_hosts(batch, work, request, drafted)
    except Refused as refused:  # the command line still shows the request
        batch.story.tell(work.run.id, "failed", stage=moments.APPROVAL, what=refused.what, mend=refused.mend)


def at_the_moment(batch: Batch, work: Work) -> None:
    """The moment of a run that needs a decision: taken, still awaited, or come too late."""
    request = approvals.latest(batch.session, work.run.id)
    assert request is not None
    if request.state == "approved":
        batch.connections.update(post.connection_id for post in _due(batch, work))
    elif request.state == "asked" and batch.now < request.until:
        batch.story.tell(work.run.id, "awaiting approval", until=iso(request.until))
        again(work.stage, request.until)
    elif approvals.settle(batch.session, request, "expired", None, batch.now):
        runs.end(batch.session, work.run, Reason.NOT_APPROVED, batch.now)
        tell_later(batch.session, work.run, batch.now)


def tell_hosts(batch: Batch, work: Work) -> None:
    """Edit the request in the hosts' space so that it says who decided what; its buttons go."""
    request = approvals.latest(batch.session, work.run.id)
    if request is None or request.state not in TOLD:
        return
    by = request.decided_by or ""
    if by in NOBODY_BY_NAME:
        by = str(batch.app.render.word(by, work.known.playbook))
    values = {"by": by, "when": work.run.due_at, "ritual": readable(work.known.written.name)}
    try:
        text = batch.app.render.text(TOLD[request.state], work.known.playbook, values)
    except Refused as refused:
        batch.story.tell(work.run.id, "failed", stage=DECIDED, what=refused.what, mend=refused.mend)
        return
    for asked in _requests(batch, work, request):
        edit = Edit(message_ref=asked.message_ref or "", text=str(text))
        place = batch.session.get_one(Place, asked.place_id)
        _plan_for_hosts(batch, work, DECIDED, place, edit, batch.now + moments.LATER_POSTS_KEEP)


def _ask_hosts(batch: Batch, work: Work, request: Approval, drafted: Mapping[str, Drafted]) -> None:
    playbook = work.known.playbook
    if playbook.hosts is None or playbook.hosts.space is None:
        return
    text = batch.app.render.text("hosts/asked", playbook, _request(batch, work, request, drafted))
    labels = {word: batch.app.render.word(word, playbook) for word in ("approve", "skip")}
    buttons = (
        Button(str(labels["approve"]), f"approve-{request.code}", style="good"),
        Button(str(labels["skip"]), f"skip-{request.code}"),
    )
    for one in batch.places(work.known, (playbook.hosts.space,)):
        _plan_for_hosts(batch, work, _stage(request), one.place, Post(str(text), buttons), request.until)


def _request(batch: Batch, work: Work, request: Approval, drafted: Mapping[str, Drafted]) -> dict[str, Any]:
    said = [pair for stage in drafted.values() for pair in stage]
    names = {one.place.id: one.space for one in batch.places(work.known)}
    return {
        "ritual": readable(work.known.written.name),
        "messages": [Ours(text) for text in dict.fromkeys(post.text for _, post in said)],
        "places": ", ".join(dict.fromkeys(names[one.place_id] for one, _ in said)),
        "when": max(work.run.due_at, batch.now),
        "until": request.until,
    }


def _plan_for_hosts(
    batch: Batch, work: Work, stage: str, place: Place, body: Post | Edit, late_until: datetime
) -> None:
    """Plan something for the hosts: it counts in no guardrail and leaves at any hour."""
    target = speak.target_of(place) if isinstance(body, Post) else f"message:{place.id}:{body.message_ref}"
    planned = deliveries.plan(
        batch.session,
        run=work.run,
        stage=stage,
        target=target,
        body=body,
        not_before=batch.now,
        place=place,
        late_until=late_until,
        counts=False,
    )
    batch.connections.add(planned.connection_id)


def _stage(request: Approval) -> str:
    """The stage of the request's own posts: a new text is asked anew."""
    return f"{moments.APPROVAL}-{request.code}"


def _due(batch: Batch, work: Work) -> list[Delivery]:
    due = select(Delivery).where(Delivery.run_id == work.run.id, Delivery.state == "due")
    return list(batch.session.scalars(due))


def _requests(batch: Batch, work: Work, request: Approval) -> list[Delivery]:
    sent = select(Delivery).where(
        Delivery.run_id == work.run.id, Delivery.stage == _stage(request), Delivery.message_ref.is_not(None)
    )
    return list(batch.session.scalars(sent.order_by(Delivery.id)))
