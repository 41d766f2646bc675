"""Our posts in the hosts' space that ask about a run: made once, edited as the matter goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from orchestrator.flow import host_note, moments, revise
from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.decisions import tell_later
from orchestrator.flow.request import Request
from orchestrator.ports import Button, Edit, Post
from orchestrator.store import deliveries
from orchestrator.store.tables import Approval, Delivery, Place

#: An edit of such a post is a stage of its own, told-1, told-2 …; one that still waits is replaced.
TOLD = "told"

#: States in which nobody reads what it says.
IN_VAIN = ("failed", "expired", "skipped")


def ask(batch: Batch, work: Work, asked: Approval, seen: Request) -> None:
    """Plan the request in each place of the hosts' space, with the rest of a long preview under it."""
    for here in host_note.places(batch.session, work.known):
        first = plan(batch, work, stage(asked), here.place, Post(seen.text, seen.buttons), asked.until)
        for n, text in enumerate(seen.more, 2):
            page = plan(batch, work, f"{stage(asked)}-{n}", here.place, Post(text), asked.until)
            page.under_id = first.id


def edit(batch: Batch, work: Work, asked: Approval, text: str, buttons: tuple[Button, ...] = ()) -> None:
    """Let the posts that asked say something else; one that is on its way says it once it has arrived."""
    for post in posts(batch, asked):
        if post.state in deliveries.WAITING and deliveries.reword(batch.session, post, Post(text, buttons)):
            continue
        if post.message_ref is not None:
            _edit(batch, work, post, Edit(post.message_ref, text, buttons))
        elif post.state in revise.UNDER_WAY:
            tell_later(batch.session, work.run, batch.now + revise.LATER)


def plan(
    batch: Batch, work: Work, stage: str, place: Place, body: Post | Edit, late_until: datetime | None
) -> Delivery:
    """Plan something for the hosts: it counts in no guardrail and leaves at any hour."""
    planned = deliveries.plan(
        batch.session,
        run=work.run,
        stage=stage,
        target=_target(place.id, body),
        body=body,
        not_before=batch.now,
        place=place,
        late_until=late_until,
        counts=False,
    )
    batch.connections.add(planned.connection_id)
    return planned


def posts(batch: Batch, asked: Approval) -> list[Delivery]:
    """The posts that ask for this request, one a place."""
    found = select(Delivery).where(Delivery.run_id == asked.run_id, Delivery.stage == stage(asked))
    return list(batch.session.scalars(found.order_by(Delivery.id).execution_options(populate_existing=True)))


def stage(asked: Approval) -> str:
    """The stage of a request's own posts: a new text is asked anew."""
    return f"{moments.APPROVAL}-{asked.asked_as or asked.code}"


def _edit(batch: Batch, work: Work, post: Delivery, body: Edit) -> None:
    """One edit of a message waits at most, so that it never says again what is past."""
    target = _target(post.place_id or 0, body)
    mine = (Delivery.run_id == work.run.id, Delivery.target == target, Delivery.stage.startswith(f"{TOLD}-"))
    before = list(batch.session.scalars(select(Delivery).where(*mine).order_by(Delivery.id)))
    last = before[-1] if before else post
    if last.state not in IN_VAIN and revise.same(last, body):
        return
    if before and last.state in deliveries.WAITING and deliveries.reword(batch.session, last, body):
        return
    until = batch.now + moments.LATER_POSTS_KEEP
    plan(batch, work, f"{TOLD}-{len(before) + 1}", batch.session.get_one(Place, post.place_id), body, until)


def _target(place_id: int, body: Post | Edit) -> str:
    return f"place:{place_id}" if isinstance(body, Post) else f"message:{place_id}:{body.message_ref}"
