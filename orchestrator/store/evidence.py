"""What speaks for members: answers given, help that was thanked, threads others joined, distinct voices; no volume."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from orchestrator.rules.days import LocalDays
from orchestrator.store.among import among
from orchestrator.store.tables import Answer, Deed, MemberTopic, Reply, to_us


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts by member id, of what they did since a moment."""

    answered: dict[int, int]
    helped: dict[int, int]
    started: dict[int, int]
    voices: dict[int, int]
    topics: dict[int, dict[str, int]]


def of_members(session: Session, member_ids: Collection[int], zone: str, since: datetime) -> Evidence:
    """The evidence for these members; days are the community's."""
    day = LocalDays(zone)(to_us(since))
    return Evidence(
        answered=_answered(session, member_ids, since),
        helped=_deeds(session, member_ids, "helped", day),
        started=_deeds(session, member_ids, "started", day),
        voices=_voices(session, member_ids, day),
        topics=_topics(session, member_ids),
    )


def _answered(session: Session, ids: Collection[int], since: datetime) -> dict[int, int]:
    rows = select(Answer.member_id, func.count()).where(
        among(session, Answer.member_id, ids), Answer.counted, Answer.said_at >= since
    )
    return dict(session.execute(rows.group_by(Answer.member_id)).all())


def _deeds(session: Session, ids: Collection[int], kind: str, day: int) -> dict[int, int]:
    rows = select(Deed.member_id, func.count()).where(
        among(session, Deed.member_id, ids), Deed.kind == kind, Deed.day >= day
    )
    return dict(session.execute(rows.group_by(Deed.member_id)).all())


def _voices(session: Session, ids: Collection[int], day: int) -> dict[int, int]:
    """Distinct others who spoke in the threads that a member spoke in."""
    other = aliased(Reply)
    shared = (other.place_id == Reply.place_id) & (other.root_ref == Reply.root_ref)
    rows = (
        select(Reply.member_id, func.count(other.member_id.distinct()))
        .join(other, shared & (other.member_id != Reply.member_id))
        .where(among(session, Reply.member_id, ids), Reply.day >= day, other.day >= day)
    )
    return dict(session.execute(rows.group_by(Reply.member_id)).all())


def _topics(session: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    rows = select(MemberTopic.member_id, MemberTopic.topic, func.count()).where(
        among(session, MemberTopic.member_id, ids)
    )
    for member_id, topic, n in session.execute(rows.group_by(MemberTopic.member_id, MemberTopic.topic)):
        found.setdefault(member_id, {})[topic] = n
    return found
