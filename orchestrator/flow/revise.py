"""Edits what a stage said already, when it is held again: live tallies, lists that change, polls that close."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import moments
from orchestrator.flow.batch import Batch, Work
from orchestrator.ports import ClosePoll, Edit, Outgoing, Post
from orchestrator.store import deliveries, runs
from orchestrator.store.tables import Delivery, Handle, Place

#: A post whose outcome is not known yet is edited a little later.
LATER = timedelta(seconds=5)

#: States in which nobody knows yet which message it became.
UNDER_WAY = ("sending", "unknown")

#: Characters that every platform surely shows of one message (Slack 3,900, Telegram 4,096).
ROOM = 3_600

#: In a run's facts: the posts ("stage|target") that a host wrote.
WORDED = "worded"


def known(session: Session, work: Work) -> dict[str, Delivery]:
    """What the stage said before, by target."""
    said = select(Delivery).where(Delivery.run_id == work.run.id, Delivery.stage == work.stage.name)
    return {row.target: row for row in session.scalars(said)}


def edit(batch: Batch, work: Work, before: Delivery, now_says: Outgoing) -> None:
    """Let a post of the stage say what the stage says now, if that is something else."""
    session = batch.session
    waits = before.state in deliveries.WAITING and not isinstance(now_says, ClosePoll)
    if waits and deliveries.reword(session, before, now_says):
        return
    if before.state in UNDER_WAY:
        runs.redo(session, work.run.id, work.stage.name, batch.now, LATER)
    elif before.state == "sent" and before.message_ref is not None:
        act = _act(before, now_says)
        if act is not None:
            _plan(batch, work, before, act)


def is_worded(work: Work, before: Delivery) -> bool:
    """Did a host write this post?"""
    return f"{before.stage}|{before.target}" in work.run.facts.get(WORDED, ())


def worded(before: Delivery, now_says: Post, below: str) -> Post:
    """The post with the words that a host wrote, and below them what is not theirs to write, where there is room."""
    said = deliveries.decode(before.body)
    text = said.text if isinstance(said, Post) else now_says.text
    whole = f"{text}\n\n{below}" if below else text
    return structs.replace(now_says, text=whole if len(whole) <= ROOM else text)


def _act(before: Delivery, now_says: Outgoing) -> Edit | ClosePoll | None:
    """The act that turns the message into what it should say."""
    ref = before.message_ref or ""
    if isinstance(now_says, Post):
        return Edit(ref, now_says.text, now_says.buttons)
    return ClosePoll(ref) if isinstance(now_says, ClosePoll) else None


def _plan(batch: Batch, work: Work, before: Delivery, act: Edit | ClosePoll) -> None:
    """One edit at a time waits; one that says what the last one said is not needed."""
    session, stage = batch.session, f"{work.stage.name}~{work.stage.again}"
    where = f"{before.place_id}" if before.place_id is not None else f"h{before.handle_id}"
    target = f"message:{where}:{act.message_ref}"
    edits = select(Delivery).where(Delivery.run_id == work.run.id, Delivery.target == target)
    last = session.scalars(edits.order_by(Delivery.id.desc())).first()
    if same(before if last is None else last, act):
        return
    batch.connections.add(before.connection_id)
    if last is not None and last.state in deliveries.WAITING and deliveries.reword(session, last, act):
        return
    deliveries.plan(
        session,
        run=work.run,
        stage=stage,
        target=target,
        body=act,
        not_before=batch.now,
        late_until=batch.now + moments.LATER_POSTS_KEEP,
        place=session.get(Place, before.place_id) if before.place_id is not None else None,
        handle=session.get(Handle, before.handle_id) if before.handle_id is not None else None,
        counts=False,
    )


def same(last: Delivery, act: Edit | ClosePoll) -> bool:
    """Does this say, or do, what that delivery did?"""
    said = deliveries.decode(last.body)
    if isinstance(said, Post | Edit) and isinstance(act, Edit):
        return (said.text, said.buttons) == (act.text, act.buttons)
    return said == act
