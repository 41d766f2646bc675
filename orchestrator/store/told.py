"""What members told in a run, and where our posts of it stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from orchestrator.rituals.contract import Answered
from orchestrator.rules.days import LocalDays
from orchestrator.rules.flags import GONE
from orchestrator.rules.names import first_name
from orchestrator.store.activity import REACTED, number
from orchestrator.store.tables import (
    Activity,
    Answer,
    Connection,
    Delivery,
    Handle,
    Member,
    MemberDay,
    Run,
    to_us,
)

#: A member is active with a contribution in so many days.
ACTIVE_DAYS = 28


def posts(session: Session, run_id: int) -> dict[int, dict[str, str]]:
    """The posts of a run in each place: place id → stage → message reference, the first post first."""
    sent = select(Delivery.place_id, Delivery.stage, Delivery.message_ref).where(
        Delivery.run_id == run_id, Delivery.counts, Delivery.state == "sent", Delivery.message_ref.is_not(None)
    )
    found: dict[int, dict[str, str]] = {}
    for place_id, stage, message_ref in session.execute(sent.order_by(Delivery.sent_at, Delivery.id)):
        if place_id is not None and message_ref is not None:
            found.setdefault(place_id, {}).setdefault(stage, message_ref)
    return found


def written_to(session: Session, run_id: int) -> frozenset[int]:
    """The members whom a direct post of the run reached."""
    sent = select(Handle.member_id).join(Delivery, Delivery.handle_id == Handle.id)
    return frozenset(session.scalars(sent.where(Delivery.run_id == run_id, Delivery.counts, Delivery.state == "sent")))


def answers(session: Session, run_id: int) -> tuple[Answered, ...]:
    """The answers of a run as a kind may use them, in the order they were given."""
    rows = session.execute(
        select(Answer, Member, Connection.platform)
        .join(Member, Member.id == Answer.member_id)
        .join(Handle, Handle.id == Answer.handle_id)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Answer.run_id == run_id)
        .order_by(Answer.said_at, Answer.id)
    ).all()
    liked = _reactions(session, [answer for answer, _, _ in rows])
    return tuple(
        Answered(
            member_id=member.id,
            text=answer.text,
            said_at=answer.said_at,
            place_id=answer.place_id,
            platform=platform,
            first_name=_first_name(answer, member),
            reactions=liked.get(_mark(answer), 0),
            late=answer.late,
            counted=answer.counted,
            stage=answer.stage,
        )
        for answer, member, platform in rows
    )


def active(session: Session, space_ids: Collection[int], zone: str, now: datetime) -> int:
    """Members with a contribution in these spaces in the last 28 local days; hosts are not counted."""
    since = LocalDays(zone)(to_us(now)) - ACTIVE_DAYS
    counted = (
        select(func.count(distinct(MemberDay.member_id)))
        .join(Member, Member.id == MemberDay.member_id)
        .where(MemberDay.space_id.in_(list(space_ids)), MemberDay.day > since, ~Member.is_host)
    )
    return session.scalars(counted).one()


def counted(session: Session, run_id: int, stage: str) -> int:
    """How many answers in time count, to the question of that stage."""
    given = select(func.count()).where(Answer.run_id == run_id, Answer.stage == stage, Answer.counted, ~Answer.late)
    return session.scalars(given).one()


def tally(session: Session, run: Run) -> tuple[int, int, int]:
    """Of the answers that count, to all questions: those in time, the late ones, the members behind the former."""
    rows = session.execute(
        select(Answer.late, func.count(), func.count(distinct(Answer.member_id)))
        .where(Answer.run_id == run.id, Answer.counted)
        .group_by(Answer.late)
    )
    found = {late: (n, members) for late, n, members in rows}
    in_time = found.get(False, (0, 0))
    return in_time[0], found.get(True, (0, 0))[0], in_time[1]


def _first_name(answer: Answer, member: Member) -> str | None:
    if not answer.named or member.opted_out_at is not None or not member.name.strip():
        return None
    return first_name(member.name)


def _mark(answer: Answer) -> tuple[int, int] | None:
    if answer.place_id is None or answer.message_ref is None:
        return None
    return answer.place_id, number(answer.message_ref)


def _reactions(session: Session, given: Collection[Answer]) -> dict[tuple[int, int] | None, int]:
    """How many reactions stand under each answer: (place, message number) → n."""
    marks = {mark for answer in given if (mark := _mark(answer))}
    if not marks:
        return {}
    rows = session.execute(
        select(Activity.place_id, Activity.ref, func.count())
        .where(
            Activity.place_id.in_({place for place, _ in marks}),
            Activity.ref.in_({ref for _, ref in marks}),
            Activity.kind == REACTED,
            Activity.flags.op("&")(GONE) == 0,
        )
        .group_by(Activity.place_id, Activity.ref)
    )
    return {(place, ref): n for place, ref, n in rows}
