"""Changes what hosts were asked, before they decide: another text, or somebody left out; then they are asked anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import approve, decisions, moments, request, revise, speak
from orchestrator.flow.app import App
from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.decisions import About, Said
from orchestrator.ports import Outgoing, Poll, Post
from orchestrator.rules import sheet
from orchestrator.store import approvals, deliveries, runs
from orchestrator.store.approvals import Terms
from orchestrator.store.runs import Story
from orchestrator.store.tables import Approval, Connection, Delivery, Run, Stage

#: Characters of a poll's question (https://core.telegram.org/bots/api#sendpoll).
QUESTION = 300


def tick(app: App, session: Session, code: str, member_id: int, keep: bool, who: int | str) -> tuple[Said, set[int]]:
    """Leave a member out of what a request is about, or take them in again; give what to tell, and the connections.

    Who was ticked is part of what a decision binds to: the request gets another code, in the same posts. Asked
    for twice, or under the code from before another tick, it is done once.
    """
    about = _open(session, code)
    refused = _refused(app, session, about, who)
    if refused is not None or about is None:
        return refused or Said("unknown"), set()
    work, batch = _work(session, about), _batch(app, session)
    people = request.proposed(batch, work, about.request, approvals.held(session, about.run.id))
    left_out = {one.member_id for one in people if one.left_out}
    after = left_out - {member_id} if keep else left_out | {member_id}
    if after == left_out or member_id not in {one.member_id for one in people}:
        return _nothing(about, "unchanged")
    if len(after) == len(people):
        return _nothing(about, "nobody left")
    if not _rename(batch, work, member_id, keep, about.request.edited_by):
        return _nothing(about, "edited by hand")
    asked = _ask_anew(batch, work, replace(_terms(about.request), left_out=tuple(sorted(after))))
    return Said("taken in" if keep else "left out", about.known.playbook, code=asked.code), batch.connections


def edit(app: App, session: Session, code: str, written: str, who: int | str) -> tuple[Said, set[int]]:
    """Let the held posts say what a host wrote; give what to tell, and the connections with something to send.

    written: our Markdown; where several texts wait, a sheet (rules/sheet.py). Buttons and polls under the posts are
    kept. The decision asked for before is void, and the hosts are asked about the new text by a new post.
    """
    about = _open(session, code)
    refused = _refused(app, session, about, who)
    if refused is not None or about is None:
        return refused or Said("unknown"), set()
    batch = _batch(app, session)
    texts = request.shown(batch, approvals.held(session, about.run.id))
    read = sheet.read(written, [one.label for one in texts]) if texts else None
    if read is None:
        return _nothing(about, "which text")
    new = {texts[n]: text for n, text in read.items() if text != texts[n].text}
    if any(not text for text in new.values()):
        return _nothing(about, "empty")
    if any(len(text) > _room(app, session, one) for one, text in new.items()):
        return _nothing(about, "too long")
    if not new:
        return _nothing(about, "unchanged")
    by = decisions.name(session, about.known, who) or ""
    _reword(session, about.run, new)
    runs.trace(session, about.run.id, app.now(), "edited", {"by": by, "texts": len(new)})
    terms = replace(_terms(about.request), edited_by=by, asked_as="", editors=())
    asked = _ask_anew(batch, _work(session, about), terms)
    return Said("edited", about.known.playbook, by=by, code=asked.code), batch.connections


def texts_of(app: App, session: Session, asked: Approval) -> tuple[str, int]:
    """What a host edits, the one text that waits or the sheet of all; and how many texts those are."""
    texts = request.shown(_batch(app, session), approvals.held(session, asked.run_id))
    return (sheet.write([(one.label, one.text) for one in texts]) if texts else ""), len(texts)


def _open(session: Session, code: str) -> About | None:
    asked = approvals.to_change(session, code)
    return None if asked is None else decisions.of(session, asked)


def _refused(app: App, session: Session, about: About | None, who: int | str) -> Said | None:
    """Why this request cannot be changed by them now; None when it can."""
    if about is None:
        return Said("unknown")
    if about.request.state != "asked":
        return decisions.settled(about)
    if decisions.name(session, about.known, who) is None:
        return decisions.not_yours(about.known)
    return Said("expired", about.known.playbook) if app.now() > about.request.until else None


def _ask_anew(batch: Batch, work: Work, terms: Terms) -> Approval:
    approvals.void(batch.session, work.run.id)
    batch.session.flush()
    asked = approve.put(batch, work, terms)
    batch.story.write(batch.session)
    return asked


def _terms(asked: Approval) -> Terms:
    return Terms(asked.until, tuple(asked.left_out), asked.edited_by, asked.asked_as, tuple(asked.editors))


def _nothing(about: About, what: str) -> tuple[Said, set[int]]:
    """Nothing was changed, and why."""
    return Said(what, about.known.playbook, code=about.request.code), set()


def _rename(batch: Batch, work: Work, member_id: int, keep: bool, edited_by: str | None) -> bool:
    """Take somebody out of the posts that name them, or back in; False where a host wrote those posts."""
    if member_id not in approvals.tickable(batch.session, work.run.id):
        return True
    posts = [post for post in approvals.held(batch.session, work.run.id) if approvals.member_of(post) is None]
    if posts and edited_by is not None:
        return False
    change = approvals.propose if keep else approvals.refuse
    change(batch.session, work.run.id, [member_id], batch.now)
    for stage in dict.fromkeys(post.stage for post in posts):
        said = {f"place:{one.place_id}": act for one, act in speak.draft(batch, work, stage)}
        for post in posts:
            if post.stage == stage and post.target in said:
                _say(post, said[post.target])
    batch.session.flush()
    return True


def _reword(session: Session, run: Run, new: Mapping[request.Shown, str]) -> None:
    worded = {f"{post.stage}|{post.target}" for one in new for post in one.posts}
    run.facts = {**run.facts, revise.WORDED: sorted({*run.facts.get(revise.WORDED, ()), *worded})}
    for one, text in new.items():
        for post in one.posts:
            act = deliveries.decode(post.body)
            if isinstance(act, Post):
                _say(post, structs.replace(act, text=text))
            elif isinstance(act, Poll):
                _say(post, structs.replace(act, question=" ".join(text.split())))
    session.flush()


def _say(post: Delivery, act: Outgoing) -> None:
    post.body = deliveries.encode(act)
    post.digest = deliveries.digest(post.target, post.body)


def _room(app: App, session: Session, one: request.Shown) -> int:
    """Characters that fit into a message wherever these posts go, or into a poll's question."""
    if one.options:
        return QUESTION
    names = {session.get_one(Connection, post.connection_id).name for post in one.posts}
    return min((app.adapters[name].capabilities.max_text for name in names if name in app.adapters), default=4000)


def _batch(app: App, session: Session) -> Batch:
    now: datetime = app.now()
    return Batch(app, session, now, Story(now))


def _work(session: Session, about: About) -> Work:
    """The stage at which the hosts are asked, as if it were held now."""
    asking = select(Stage).where(Stage.run_id == about.run.id, Stage.name == moments.APPROVAL)
    return Work(session.scalars(asking).one(), about.run, about.known)
