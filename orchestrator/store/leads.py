"""What quiet members could come back for: questions they know about, threads that went on, answers they got."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.store import questions
from orchestrator.store.activity import SAID, number
from orchestrator.store.among import among
from orchestrator.store.tables import Activity, Answer, Delivery, Member, MemberTopic, MemberTotal, Place, Question, Run

#: Older than this, nothing is worth coming back for.
FRESH = timedelta(days=30)

#: Questions that are looked at for one ritual, the newest first.
MOST = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A lead with the message that it leads to: `place` and `message_ref`."""

    member_id: int
    kind: Literal["question", "thread", "answer"]
    text: str
    at: datetime
    place: Place
    message_ref: str
    others: int = 0
    asker_id: int | None = None


def of_members(session: Session, member_ids: Collection[int], place_ids: Collection[int], now: datetime) -> list[Found]:
    """The leads of these members into these places, the freshest first."""
    since = now - FRESH
    found = [
        *_answers(session, member_ids, place_ids, since),
        *_threads(session, member_ids, place_ids, since),
        *_questions(session, member_ids, place_ids, since),
    ]
    return sorted(found, key=lambda one: (-one.at.timestamp(), one.member_id, one.message_ref))


def _answers(session: Session, ids: Collection[int], places: Collection[int], since: datetime) -> Iterator[Found]:
    """Their own questions that were answered after their last word."""
    rows = (
        select(Question, Place)
        .join(Place, Place.id == Question.place_id)
        .outerjoin(MemberTotal, MemberTotal.member_id == Question.member_id)
        .where(among(session, Question.member_id, ids), among(session, Question.place_id, places))
        .where(Question.answered_at >= since, Question.answered_at >= MemberTotal.last_at)
    )
    for row, place in session.execute(rows):
        if row.answered_at is not None:
            yield Found(row.member_id, "answer", row.text or "", row.answered_at, place, row.message_ref)


def _questions(session: Session, ids: Collection[int], places: Collection[int], since: datetime) -> Iterator[Found]:
    """Open questions of others that touch a topic they spoke of: none in a dispute, or of who asked for silence."""
    known = _topics(session, ids)
    rows = (
        select(Question, Place)
        .join(Place, Place.id == Question.place_id)
        .join(Member, Member.id == Question.member_id)
        .where(among(session, Question.place_id, places), Question.at >= since, Member.opted_out_at.is_(None))
        .where(Question.answered_at.is_(None), Question.text.is_not(None))
        .order_by(Question.at.desc())
        .limit(MOST)
    )
    found = session.execute(rows).all()
    quarrels = questions.disputed(session, {(row.place_id, row.ref) for row, _ in found})
    for row, place in found:
        if (row.place_id, row.ref) in quarrels:
            continue
        for member_id in sorted(known):
            if member_id != row.member_id and known[member_id] & set(row.topics):
                text, ref, asker = row.text or "", row.message_ref, row.member_id
                yield Found(member_id, "question", text, row.at, place, ref, asker_id=asker)


def _topics(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    rows = select(MemberTopic.member_id, MemberTopic.topic).where(among(session, MemberTopic.member_id, ids))
    for member_id, topic in session.execute(rows.distinct()):
        found.setdefault(member_id, set()).add(topic)
    return found


def _threads(session: Session, ids: Collection[int], places: Collection[int], since: datetime) -> Iterator[Found]:
    """Questions of rituals that they answered, where others wrote after them."""
    rows = (
        select(Answer.member_id, Answer.said_at, Run.facts, Delivery, Place)
        .join(Run, Run.id == Answer.run_id)
        .join(Delivery, (Delivery.run_id == Run.id) & (Delivery.stage == Answer.stage) & Delivery.counts)
        .join(Place, Place.id == Delivery.place_id)
        .where(among(session, Answer.member_id, ids), among(session, Delivery.place_id, places))
        .where(Answer.said_at >= since, Delivery.message_ref.is_not(None), Answer.place_id == Delivery.place_id)
    )
    for member_id, said_at, facts, post, place in session.execute(rows).all():
        others, last_at = _later(session, place.id, number(post.message_ref or ""), member_id, said_at)
        topic = (facts.get("question") or {}).get("text", "")
        if others and topic:
            yield Found(
                member_id,
                "thread",
                topic,
                last_at or said_at,
                place,
                post.message_ref or "",
                others,
            )


def _later(session: Session, place_id: int, root: int, member_id: int, after: datetime) -> tuple[int, datetime | None]:
    """How many others wrote under a message after a moment, and when the last one did."""
    said = (Activity.place_id == place_id, Activity.kind == SAID, Activity.ref > root)
    under = (Activity.thread_ref == root) | (Activity.reply_to_ref == root)
    wrote = (
        select(func.count(Activity.member_id.distinct()), func.max(Activity.at))
        .join(Member, Member.id == Activity.member_id)
        .where(*said, under, Activity.member_id != member_id, Activity.at > after)
    )
    others, last_at = session.execute(wrote).one()
    return others, last_at
