"""Turns what a kind says at a stage into rendered posts and planned deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

from orchestrator.flow import effects, revise
from orchestrator.flow.batch import Batch, Work
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import ClosePoll, Outgoing, Poll, Post
from orchestrator.rituals.contract import Draft, Give
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.prompt import choose
from orchestrator.rules.reasons import Reason
from orchestrator.store import answers, deliveries, members, people, planned
from orchestrator.store.tables import Delivery, Handle, Place

Drafted = list[tuple[Draft, Post | Poll | ClosePoll]]

#: The languages that our texts are written in.
LANGUAGES = ("fr", "en")


def draw(batch: Batch, work: Work) -> None:
    """Choose the run's question, if its kind draws from questions; the same again if it is still there."""
    model = work.known.written.model
    questions = getattr(model, "questions", None)
    if not questions:
        return
    before = (work.run.facts.get("question") or {}).get("id")
    used = batch.asked.setdefault(work.run.ritual_id, [])
    chosen = next((one for one in questions if one.id == before), None)
    if chosen is None:
        chosen = choose(questions, used, model.order, work.run.code)
    work.run.facts = {**work.run.facts, "question": {"id": chosen.id, "text": chosen.text}}


def remember(batch: Batch, work: Work) -> None:
    """Keep the drawn question in the ritual's memory, in the transaction that plans its posts."""
    question = (work.run.facts.get("question") or {}).get("id")
    if question is not None:
        batch.remembered.append((work.run, question))
        batch.asked.setdefault(work.run.ritual_id, []).append(question)


def act(batch: Batch, work: Work, stage: str) -> None:
    """Let the kind do what a stage does before it speaks: choose people, give badges, keep what it found."""
    written = work.known.written
    told = KINDS[written.kind].act(written.model, stage, batch.facts(work))
    if not told:
        return
    effects.lock(batch.session, work.run)
    effects.do(batch.session, work.run, told, batch.now)
    for gift in (one for one in told if isinstance(one, Give)):
        batch.story.tell(work.run.id, "badge", stage=stage, badge=gift.badge, members=len(gift.member_ids))


def draft(batch: Batch, work: Work, stage: str) -> Drafted:
    """What is said at a stage, rendered. Raises Refused for a mistake in a template."""
    written, playbook = work.known.written, work.known.playbook
    said = KINDS[written.kind].say(written.model, stage, batch.facts(work))
    spoken = languages(batch, said)
    return [
        (one, batch.app.render.act(one, in_language(playbook, spoken.get(one.member_id or 0)), written, work.run.code))
        for one in said
    ]


def languages(batch: Batch, said: Sequence[Draft]) -> dict[int, str | None]:
    """The language of each member who is written to."""
    ids = [one.member_id for one in said if one.member_id is not None]
    return members.languages(batch.session, ids) if ids else {}


def in_language(playbook: Playbook, language: str | None) -> Playbook:
    """The playbook as it speaks to one member: in their own language, where we have it."""
    if language not in LANGUAGES or language == playbook.language:
        return playbook
    return playbook.model_copy(update={"language": language})


def plan(
    batch: Batch,
    work: Work,
    stage: str,
    drafted: Drafted,
    *,
    at: Callable[[Draft], datetime],
    late_until: datetime,
    state: str = "due",
) -> None:
    """Plan the posts of a stage, each from the moment that `at` gives for its draft.

    They are written with all the others of the batch. Held again, a stage says only what is new; what it said
    already is edited.
    """
    places = {one.place.id: one.place for one in batch.places(work.known)}
    said = revise.known(batch.session, work) if work.stage.again else {}
    posts = 0
    for one, outgoing in drafted:
        if one.hosts:
            _tell_hosts(batch, work, stage, outgoing, (at(one), late_until))
            continue
        there = places[one.place_id] if one.place_id is not None else _handle(batch, work, one)
        before = said.get(planned.target_of(there)) if there is not None else None
        if before is not None:
            revise.edit(batch, work, before, _with_words(batch, work, one, before, outgoing))
        elif there is not None and not isinstance(outgoing, ClosePoll):
            times = {"not_before": at(one), "late_until": late_until, "state": state}
            _keep(batch, work, stage, one, planned.row(work.known.path, work.run, stage, there, outgoing, **times))
            posts += 1
    if posts or not work.stage.again:
        batch.story.tell(work.run.id, "prepared", stage=stage, posts=posts)


def _with_words(batch: Batch, work: Work, one: Draft, before: Delivery, outgoing: Outgoing) -> Outgoing:
    """What a host wrote instead of our text stays; what is below it, and the buttons, say what they say now."""
    if not (isinstance(outgoing, Post) and revise.is_worded(work, before)):
        return outgoing
    playbook = in_language(work.known.playbook, languages(batch, [one]).get(one.member_id or 0))
    return revise.worded(before, outgoing, batch.app.render.below(one, playbook, work.known.written))


def _keep(batch: Batch, work: Work, stage: str, one: Draft, post: planned.Row) -> None:
    more = {"under_id": _joins(batch, work, one), "if_unsure": work.known.written.if_unsure, "unasked": one.unasked}
    batch.planned.append({**post, **more})
    batch.connections.add(post["connection_id"])
    if one.expects and post["handle_id"] is not None:
        answers.expect(batch.session, post["handle_id"], work.run.id, stage, batch.now)


def _tell_hosts(
    batch: Batch, work: Work, stage: str, outgoing: Post | Poll | ClosePoll, between: tuple[datetime, datetime]
) -> None:
    """Plan a post in the hosts' space, once a stage: it counts in no guardrail."""
    hosts = work.known.playbook.hosts
    space = (hosts.space,) if hosts is not None and hosts.space is not None else ()
    for one in batch.places(work.known, space):
        row = deliveries.plan(
            batch.session,
            run=work.run,
            stage=stage,
            target=f"hosts:{one.place.id}",
            body=outgoing,
            not_before=between[0],
            late_until=between[1],
            place=one.place,
            counts=False,
        )
        batch.connections.add(row.connection_id)


def _handle(batch: Batch, work: Work, one: Draft) -> Handle | None:
    """Where a member is written to; nowhere is part of the run's story."""
    assert one.member_id is not None, "a draft goes to a place or to a member"
    handle = people.handle_for(batch.session, one.member_id, batch.app.adapters)
    if handle is None:
        batch.story.tell(work.run.id, "unreachable", member_id=one.member_id, reason=str(Reason.UNREACHABLE))
    return handle


def target_of(place: Place) -> str:
    """What a delivery to a place is known by within its stage."""
    return f"place:{place.id}"


def _joins(batch: Batch, work: Work, one: Draft) -> int | None:
    """The delivery whose thread a draft joins: in the same place, of the stage it names."""
    if one.under is None:
        return None
    above = select(Delivery.id).where(
        Delivery.run_id == work.run.id, Delivery.stage == one.under, Delivery.place_id == one.place_id
    )
    return batch.session.scalars(above.order_by(Delivery.id)).first()
