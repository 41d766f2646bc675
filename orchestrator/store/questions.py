"""Named queries over members' questions: the open ones, what answers them, and which threads are in dispute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from orchestrator.rituals.contract import OpenQuestion
from orchestrator.rules.flags import GONE
from orchestrator.rules.names import first_name
from orchestrator.store.activity import REACTED, mark, number
from orchestrator.store.among import among
from orchestrator.store.follow_ups import Spot
from orchestrator.store.tables import Activity, Handle, Member, Place, Question, Reply
from orchestrator.store.texts import clean

#: A question's text is kept so long, unless it is answered before.
TEXT_KEPT = timedelta(days=14)

#: A host who reacts with one of these to a message marks its thread as a dispute: we leave it alone. As platforms
#: tell them; Telegram lets nobody react with the first two.
DISPUTE = ("⚠️", "⚠", "warning", "🚩", "triangular_flag_on_post", "🕊️", "🕊", "dove_of_peace")


def unanswered(session: Session, place_ids: Collection[int], before: datetime, limit: int = 100) -> list[OpenQuestion]:
    """The questions asked in these places until that moment that nobody answered, the oldest first.

    Not those of hosts, of members who asked for silence, or in a thread marked as a dispute; none older than 14 days.
    """
    query = (
        select(Question, Member)
        .join(Member, Member.id == Question.member_id)
        .where(Question.place_id.in_(place_ids), Question.text.is_not(None), Question.answered_at.is_(None))
        .where(Question.at <= before, ~Member.is_host, Member.opted_out_at.is_(None))
        .order_by(Question.at, Question.place_id, Question.ref)
        .limit(limit)
    )
    rows = session.execute(query).all()
    quarrels = disputed(session, {(row.place_id, row.ref) for row, _ in rows})
    return [_open(row, member) for row, member in rows if (row.place_id, row.ref) not in quarrels]


def one(session: Session, place_id: int, message_ref: str) -> OpenQuestion | None:
    """That question, while it is open: nobody answered it, and its text is kept."""
    row = session.get(Question, (place_id, number(message_ref)), populate_existing=True)
    member = None if row is None else session.get(Member, row.member_id)
    if row is None or member is None or row.text is None or row.answered_at is not None:
        return None
    return _open(row, member)


def about(facts: Mapping[str, Any]) -> tuple[int, str] | None:
    """The question (place and message) that a run began with or took up, by what the run keeps."""
    if "message_ref" in facts:
        return facts["place_id"], facts["message_ref"]
    return (facts["about"][0], facts["about"][1]) if "about" in facts else None


def answered_at(session: Session, place_id: int, message_ref: str) -> datetime | None:
    """When that question was answered; None: not yet, or it is none any more."""
    row = session.get(Question, (place_id, number(message_ref)), populate_existing=True)
    return None if row is None else row.answered_at


def is_open(session: Session, place_id: int, message_ref: str) -> bool:
    """Does that question still wait for an answer, in a thread that no host marked as a dispute?"""
    spot = (place_id, number(message_ref))
    return one(session, place_id, message_ref) is not None and spot not in disputed(session, {spot})


def answered(session: Session, place_id: int, message_ref: str, at: datetime) -> None:
    """Somebody answered: the question is open no more, and its text is forgotten. The first answer stands."""
    mark_answered(session, {(place_id, number(message_ref)): at})


def mark_answered(session: Session, found: Mapping[Spot, datetime]) -> None:
    """The same for many questions, by place and the message's number; other messages change nothing."""
    for (place_id, ref), at in sorted(found.items()):
        this = (Question.place_id == place_id, Question.ref == ref)
        session.execute(update(Question).where(*this, Question.answered_at.is_(None)).values(answered_at=at, text=None))


def reword(session: Session, place_ids: Collection[int], message_ref: str, text: str) -> None:
    """A question that was edited is kept as it reads now."""
    this = (Question.place_id.in_(place_ids), Question.ref == number(message_ref), Question.text.is_not(None))
    session.execute(update(Question).where(*this).values(text=clean(text)))


def remove(session: Session, spots: Collection[Spot]) -> None:
    """Questions whose message was deleted are none."""
    for place_id, ref in sorted(spots):
        session.execute(delete(Question).where(Question.place_id == place_id, Question.ref == ref))


def open_among(session: Session, spots: Collection[Spot]) -> set[Spot]:
    """Those of these messages that are open questions."""
    query = select(Question.place_id, Question.ref).where(
        Question.place_id.in_({place_id for place_id, _ in spots}),
        among(session, Question.ref, {ref for _, ref in spots}),
        Question.answered_at.is_(None),
    )
    return {(place_id, ref) for place_id, ref in session.execute(query)} & set(spots)


def has_old_texts(session: Session, now: datetime) -> bool:
    """Is a text kept that is to be forgotten?"""
    return session.scalars(select(Question.ref).where(*_old(now)).limit(1)).first() is not None


def forget_texts(session: Session, now: datetime) -> None:
    """Forget texts after 14 days."""
    session.execute(update(Question).where(*_old(now)).values(text=None).execution_options(synchronize_session=False))


def _old(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Question.text.is_not(None), Question.at < now - TEXT_KEPT


def disputed(session: Session, firsts: Collection[Spot]) -> set[Spot]:
    """Those of these threads (by their first message) that a host marked as a dispute, on any message of them."""
    by_place: dict[int, dict[int, int]] = defaultdict(dict)
    for place_id, ref in firsts:
        by_place[place_id][ref] = ref
    found: set[Spot] = set()
    for place_id, thread_of in by_place.items():
        under = among(session, Reply.root_ref, set(thread_of))
        replies = select(Reply.ref, Reply.root_ref).where(Reply.place_id == place_id, under)
        thread_of |= dict(session.execute(replies).all())
        marked = select(Activity.ref).where(
            Activity.place_id == place_id,
            among(session, Activity.ref, set(thread_of)),
            Activity.kind == REACTED,
            among(session, Activity.mark, _marks_of_hosts(session, place_id)),
            Activity.flags.op("&")(GONE) == 0,
        )
        found |= {(place_id, thread_of[ref]) for ref in session.scalars(marked)}
    return found


def _marks_of_hosts(session: Session, place_id: int) -> set[int]:
    """What the reaction of a host that marks a dispute is told apart by (store/activity.py)."""
    hosts = (
        select(Handle.ref)
        .join(Member, Member.id == Handle.member_id)
        .join(Place, Place.connection_id == Handle.connection_id)
        .where(Place.id == place_id, Member.is_host)
    )
    return {mark(ref, emoji) for ref in session.scalars(hosts) for emoji in DISPUTE}


def _open(row: Question, member: Member) -> OpenQuestion:
    return OpenQuestion(
        place_id=row.place_id,
        message_ref=row.message_ref,
        member_id=row.member_id,
        at=row.at,
        text=row.text or "",
        topics=tuple(row.topics),
        first_name=first_name(member.name),
    )
