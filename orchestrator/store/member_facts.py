"""What is known of members, as rules/segment.py evaluates it: for `members --why`, and to prove the queries by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from orchestrator.rules.days import LocalDays
from orchestrator.rules.segment import MemberFacts
from orchestrator.store.among import among
from orchestrator.store.tables import (
    Answer,
    Badge,
    Ballot,
    Community,
    Deed,
    Handle,
    Member,
    MemberDay,
    Presence,
    Ritual,
    Run,
    to_us,
)


def of_members(session: Session, community_id: int, member_ids: Collection[int]) -> dict[int, MemberFacts]:
    """The facts of these members of a community; who belongs to no segment has none (a host, who left every place,
    who was erased or linked to another)."""
    zone = session.scalars(select(Community.zone).where(Community.id == community_id)).one()
    here = (~Member.is_host, Member.erased_at.is_(None), Member.left_at.is_(None))
    ours = select(Member.id).where(Member.community_id == community_id, *here)
    ids = set(session.scalars(ours.where(among(session, Member.id, member_ids))))
    ids -= set(session.scalars(select(Handle.home_id).where(Handle.home_id != Handle.member_id)))
    joined = _joined(session, ids, LocalDays(zone))
    days, deeds = _days(session, ids), _deeds(session, ids)
    badges = _names(session, select(Badge.member_id, Badge.name).where(among(session, Badge.member_id, ids)))
    answered = _names(session, _answered(session, ids))
    return {
        one: MemberFacts(
            days=days[one],
            helped=deeds[one, "helped"],
            started=deeds[one, "started"],
            joined=joined.get(one),
            badges=frozenset(badges[one]),
            answered=frozenset(answered[one]),
        )
        for one in sorted(ids)
    }


def _days(session: Session, ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Contributions by member and local day."""
    rows = select(MemberDay.member_id, MemberDay.day, func.sum(MemberDay.n)).where(
        among(session, MemberDay.member_id, ids)
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for member_id, day, n in session.execute(rows.group_by(MemberDay.member_id, MemberDay.day)):
        found[member_id][day] = int(n)
    return found


def _deeds(session: Session, ids: Collection[int]) -> dict[tuple[int, str], list[int]]:
    """The days of deeds, by member and kind."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for member_id, kind, day in session.execute(
        select(Deed.member_id, Deed.kind, Deed.day).where(among(session, Deed.member_id, ids))
    ):
        found[member_id, kind].append(day)
    return found


def _joined(session: Session, ids: Collection[int], day_of: LocalDays) -> dict[int, int]:
    """The local day on which members came to the first place, without those who were there before us."""
    joined: dict[int, int] = {}
    from_the_start: set[int] = set()
    for row in session.scalars(select(Presence).where(among(session, Presence.member_id, ids))):
        if row.at_start:
            from_the_start.add(row.member_id)
        day = day_of(to_us(row.joined_at))
        joined[row.member_id] = min(day, joined.get(row.member_id, day))
    return {one: day for one, day in joined.items() if one not in from_the_start}


def _answered(session: Session, ids: Collection[int]) -> Any:
    """Members and the names of the rituals that they answered or voted in."""
    wrote = select(Answer.member_id, Answer.run_id).where(among(session, Answer.member_id, ids))
    voted = select(Ballot.member_id, Ballot.run_id).where(among(session, Ballot.member_id, ids), Ballot.options != "")
    took_part = union(wrote, voted).subquery()
    rows: Select[Any] = select(took_part.c.member_id, Ritual.name).join(Run, Run.id == took_part.c.run_id)
    return rows.join(Ritual, Ritual.id == Run.ritual_id).distinct()


def _names(session: Session, rows: Any) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for member_id, name in session.execute(rows):
        found[member_id].add(name)
    return found
