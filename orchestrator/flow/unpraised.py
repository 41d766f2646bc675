"""A member declines to be thanked in public: what was about to thank them does so no more."""

from __future__ import annotations

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import amend, revise, speak, unsay
from orchestrator.flow.app import App
from orchestrator.flow.batch import Batch, Work
from orchestrator.ports import Post
from orchestrator.rituals.shout_out import PRAISED
from orchestrator.rules.reasons import Reason
from orchestrator.rules.traces import without
from orchestrator.store import approvals, attempts, deliveries, rituals, runs
from orchestrator.store.runs import UNSENT, Story
from orchestrator.store.tables import Delivery, Member, Part, Run, Stage


def fall(app: App, session: Session, member_id: int) -> set[int]:
    """Leave a member out of all thanks to come; give the connections with something to send."""
    connections: set[int] = set()
    named = select(Run).join(Part, Part.run_id == Run.id).where(Part.member_id == member_id, Part.role == PRAISED)
    proposed = named.where(Part.state == approvals.PROPOSED, Run.state.in_(("made", "open")))
    for run in session.scalars(proposed.order_by(Run.id).with_for_update(of=Run, key_share=True)):
        asked = approvals.latest(session, run.id)
        if asked is not None and asked.state == "asked":
            connections |= _ask_anew(app, session, run, asked.code, member_id)
        else:
            connections |= _say_anew(app, session, run, member_id)
    return connections


def _ask_anew(app: App, session: Session, run: Run, code: str, member_id: int) -> set[int]:
    """Hosts are asked about the others; where nobody is left, there is nothing to hold."""
    said, connections = amend.tick(app, session, code, member_id, False, "member")
    if said.what == "nobody left":
        runs.end(session, run, Reason.OPTED_OUT, app.now())
    elif said.what == "edited by hand":
        bound = approvals.bound(session, [run.id])
        _strike(app, session, run, session.get_one(Member, member_id))
        approvals.bind_again(session, bound)
    return connections


def _strike(app: App, session: Session, run: Run, member: Member) -> None:
    """A host's own text keeps its words without the name; what was agreed to is this text."""
    traces, instead = unsay.name_of(member), unsay.words(app, session, member.community_id)
    for post in approvals.held(session, run.id):
        act = deliveries.decode(post.body)
        if isinstance(act, Post):
            post.body = deliveries.encode(structs.replace(act, text=without(act.text, traces, instead)))
            post.digest = deliveries.digest(post.target, post.body)


def _say_anew(app: App, session: Session, run: Run, member_id: int) -> set[int]:
    """What may leave any moment is said again without them, or not at all."""
    approvals.refuse(session, run.id, [member_id], app.now())
    session.flush()
    session.expire_all()
    batch, known = Batch(app, session, app.now(), Story(app.now())), rituals.of_runs(session, [run])[run.id]
    waiting = select(Delivery).where(Delivery.run_id == run.id, Delivery.counts, Delivery.state.in_(UNSENT))
    posts = list(session.scalars(waiting.order_by(Delivery.id)))
    for stage in dict.fromkeys(post.stage for post in posts):
        row = session.scalars(select(Stage).where(Stage.run_id == run.id, Stage.name == stage)).one()
        work = Work(row, run, known)
        said = {f"place:{one.place_id}": act for one, act in speak.draft(batch, work, stage)}
        for post in posts:
            if post.stage == stage and post.target in said and revise.is_worded(work, post):
                member = session.get_one(Member, member_id)
                this = Delivery.id == post.id
                batch.connections |= unsay.name(app, session, this, unsay.name_of(member), member, batch.now)
            elif post.stage == stage and post.target in said:
                revise.edit(batch, work, post, said[post.target])
            elif post.stage == stage:
                attempts.end(session, post, "skipped", Reason.OPTED_OUT)
    batch.story.write(session)
    return batch.connections
