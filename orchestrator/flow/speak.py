"""Turns what a kind says at a stage into rendered posts and planned deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from orchestrator.flow.batch import Batch, Work
from orchestrator.ports import Post
from orchestrator.rituals.contract import Draft
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.prompt import choose
from orchestrator.store import planned
from orchestrator.store.tables import Badge, Delivery, Place
from orchestrator.store.upsert import insert

Drafted = list[tuple[Draft, Post]]


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


def draft(batch: Batch, work: Work, stage: str) -> Drafted:
    """What is said at a stage, rendered. Raises Refused for a mistake in a template."""
    written, playbook = work.known.written, work.known.playbook
    drafts = KINDS[written.kind].say(written.model, stage, batch.facts(work))
    return [(one, batch.app.render.post(one, playbook, written, work.run.code)) for one in drafts]


def plan(
    batch: Batch,
    work: Work,
    stage: str,
    drafted: Drafted,
    *,
    at: Mapping[int, datetime],
    late_until: datetime,
    state: str = "due",
) -> None:
    """Plan the posts of a stage, each in its place from the moment that `at` gives for the place's id.

    They are written with all the others of the batch.
    """
    places = {one.place.id: one.place for one in batch.places(work.known)}
    for one, post in drafted:
        planned_post = planned.row(
            work.known.path,
            work.run,
            stage,
            places[one.place_id],
            post,
            not_before=at[one.place_id],
            late_until=late_until,
            under_id=_joins(batch, work, one),
            if_unsure=work.known.written.if_unsure,
            state=state,
        )
        batch.planned.append(planned_post)
        batch.connections.add(places[one.place_id].connection_id)
    batch.story.tell(work.run.id, "prepared", stage=stage, posts=len(drafted))


def give(batch: Batch, work: Work, stage: str) -> None:
    """Give the badges of a stage; one that a member has already stays as it was."""
    written = work.known.written
    for gift in KINDS[written.kind].give(written.model, stage, batch.facts(work)):
        for member_id in gift.member_ids:
            values = {"member_id": member_id, "name": gift.badge, "earned_at": batch.now, "run_id": work.run.id}
            batch.session.execute(insert(batch.session, Badge).values(**values).on_conflict_do_nothing())
        batch.story.tell(work.run.id, "badge", stage=stage, badge=gift.badge, members=len(gift.member_ids))


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
