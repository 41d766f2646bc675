"""Takes a post of ours back while it is fresh: off every platform, with all that its run would still have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator.flow import effects, host_note, host_posts, moments
from orchestrator.flow.app import App
from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.decisions import Said, spoken, tell_later
from orchestrator.flow.host_note import Note
from orchestrator.ports import Button, Edit, Remove
from orchestrator.render.renderer import readable
from orchestrator.rituals.shout_out import PRAISED
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, deliveries, posted, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Approval, Badge, Delivery, Handle, Part, Place, Run

#: So long after a post hosts can take it back.
WITHIN = timedelta(minutes=10)

#: In a run's facts: who took it back.
TAKEN_BACK = "taken_back"

#: The stages of the hosts' post once the run is posted: with the button, and without it when it is too late.
POSTED, KEPT = "posted", "kept"

REMOVAL = "taken back"


def take_back(app: App, session: Session, known: Known, run: Run, by: str) -> tuple[Said, set[int]]:
    """Take a run's last posts back and end it; give what to tell, and the connections with something to send.

    by: who asks, a name or "command line". Posts older than WITHIN stay: then nothing is done. What was on its way
    is removed when it arrives. The hosts are told in their space.
    """
    now = app.now()
    effects.lock(session, run)
    if run.facts.get(TAKEN_BACK):
        return Said("taken back already", known.playbook, by=str(run.facts[TAKEN_BACK])), set()
    fresh = _fresh(posted.of_run(session, run.id), now)
    if not fresh:
        return Said("too late to take back", known.playbook), set()
    connections = {_remove(session, post, now) for post in fresh}
    run.facts = {**run.facts, TAKEN_BACK: by}
    what = "it was taken back after it was posted"
    runs.end(session, run, Reason.REFUSED, now, state="stopped", by=by, what=what)
    _unpraise(session, run, by, now)
    _forget_offers(session, run)
    tell_later(session, run, now)
    values = {"ritual": readable(known.written.name), "by": spoken(app.render, by, known.playbook), "when": now}
    connections |= host_note.note(app, session, known, Note("hosts/removed", values, f"taken back {run.code}"))
    return Said("taken back", known.playbook, by=by), connections


def late(session: Session, run: Run, post: Delivery, now: datetime) -> bool:
    """Remove a post that arrived after its run was taken back; False where that is not so."""
    if not run.facts.get(TAKEN_BACK) or post.message_ref is None:
        return False
    _remove(session, post, now)
    return True


def offer(batch: Batch, work: Work, asked: Approval, values: Mapping[str, Any]) -> None:
    """Plan the button under the hosts' post for when the run is posted, and its end WITHIN later.

    Raises Refused for a mistake in a template. The run is locked: whoever opens it comes before or after.
    """
    render, playbook, opened_at = batch.app.render, work.known.playbook, work.run.opened_at
    button = Button(render.word("take back", playbook), f"back-{asked.code}", style="bad")
    with_it = str(render.text("hosts/posted", playbook, {**values, "minutes": WITHIN.seconds // 60}))
    without = str(render.text("hosts/posted", playbook, {**values, "minutes": 0}))
    for post in host_posts.posts(batch, asked):
        if post.message_ref is None or post.place_id is None:
            continue
        place = batch.session.get_one(Place, post.place_id)
        for stage, text, buttons in ((POSTED, with_it, (button,)), (KEPT, without, ())):
            body = Edit(post.message_ref, text, buttons)
            row = host_posts.plan(batch, work, stage, place, body, None)
            row.state = "planned" if opened_at is None else "due"
    batch.session.flush()
    if opened_at is not None:
        release(batch.session, work.run, opened_at)


def release(session: Session, run: Run, opened_at: datetime) -> None:
    """The run's first post arrived: the button may appear, and goes when it is too late."""
    for stage, at in ((POSTED, opened_at), (KEPT, opened_at + WITHIN)):
        mine = (Delivery.run_id == run.id, Delivery.stage == stage, Delivery.state.in_(("planned", "due")))
        moved = update(Delivery).where(*mine).values(state="due", not_before=at)
        session.execute(moved.execution_options(synchronize_session=False))


def _fresh(posts: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """The posts of the last WITHIN, and all of the stage that spoke last; none where that is too long ago."""
    sent = [post for post in posts if post.message_ref is not None and post.sent_at is not None]
    last = max(sent, key=lambda post: post.sent_at or now, default=None)
    if last is None or last.sent_at is None or now - last.sent_at > WITHIN:
        return []
    return [post for post in sent if post.stage == last.stage or now - (post.sent_at or now) <= WITHIN]


def _unpraise(session: Session, run: Run, by: str, now: datetime) -> None:
    """Thanks that were taken back count for nobody: neither their badges nor what these began."""
    praised = (Part.run_id == run.id, Part.role == PRAISED)
    session.execute(update(Part).where(*praised).values(state=approvals.REFUSED, at=now))
    for badge in session.scalars(select(Badge).where(Badge.run_id == run.id)):
        for begun in runs.begun_by(session, run, moments.earned(badge.member_id, run.id, badge.name)):
            runs.end(session, begun, Reason.REFUSED, now, by=by)
            if approvals.void(session, begun.id):
                tell_later(session, begun, now)
        session.delete(badge)
    session.flush()


def _remove(session: Session, post: Delivery, now: datetime) -> int:
    """Plan a post's removal; it belongs to no run, so that neither a pause nor a farewell holds it up."""
    removal = deliveries.plan(
        session,
        run=None,
        stage=REMOVAL,
        target=f"{post.key}:{post.message_ref}",
        body=Remove(post.message_ref or ""),
        not_before=now,
        place=session.get(Place, post.place_id) if post.place_id is not None else None,
        handle=session.get(Handle, post.handle_id) if post.handle_id is not None else None,
        counts=False,
    )
    return removal.connection_id


def _forget_offers(session: Session, run: Run) -> None:
    """What was still to be edited, in the run's posts or in the hosts', says nothing true any more."""
    mine = (Delivery.run_id == run.id, ~Delivery.counts, Delivery.state.in_(runs.UNSENT))
    ended = update(Delivery).where(*mine).values(state="skipped", reason=Reason.REFUSED)
    session.execute(ended.execution_options(synchronize_session=False))
