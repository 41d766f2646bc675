"""The people that a ritual may choose from, each with what a kind may know of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from orchestrator.ports import Adapter
from orchestrator.rituals.contract import Person
from orchestrator.rules.names import first_name
from orchestrator.store import evidence, guardrails, parts, segment
from orchestrator.store.among import among
from orchestrator.store.rituals import Known
from orchestrator.store.tables import (
    Badge,
    Connection,
    Handle,
    Member,
    MemberDay,
    MemberTotal,
    Place,
    Presence,
    Space,
)

#: Evidence is looked for in so many days, unless the kind says "over" how many.
EVIDENCE = timedelta(days=90)

#: Parts in earlier runs are remembered for so long.
REMEMBERED = timedelta(days=365)


def of_ritual(session: Session, known: Known, adapters: Mapping[str, Adapter], now: datetime) -> tuple[Person, ...]:
    """The members in the ritual's segments, or in its spaces without any, by id; hosts and the silent left out."""
    community_id = known.community.id
    if names := [*known.written.who, *getattr(known.written.model, "who", ())]:
        segments = [known.playbook.segments[name] for name in names]
        ids = set(segment.members_of(session, community_id, segments, now))
    else:
        ids = _in_spaces(session, community_id, known.written.where)
    found = of_ids(session, ids, adapters, now, known.playbook.pace.direct_per_week)
    ids = {one.member_id for one in found}
    earlier = parts.earlier(session, known.row.id, now - REMEMBERED, ids)
    seen = evidence.of_members(session, ids, known.community.zone, now - getattr(known.written.model, "over", EVIDENCE))
    return tuple(
        replace(
            one,
            earlier=tuple(earlier.get(one.member_id, ())),
            answered=seen.answered.get(one.member_id, 0),
            helped=seen.helped.get(one.member_id, 0),
            started=seen.started.get(one.member_id, 0),
            voices=seen.voices.get(one.member_id, 0),
            topics=seen.topics.get(one.member_id, {}),
        )
        for one in found
    )


def of_ids(
    session: Session, member_ids: Collection[int], adapters: Mapping[str, Adapter], now: datetime, direct: int
) -> tuple[Person, ...]:
    """These members, without hosts, those who left, and those who asked for silence.

    direct: unasked messages a week for each.
    """
    wanted = (among(session, Member.id, member_ids), ~Member.is_host, Member.opted_out_at.is_(None))
    members = list(session.scalars(select(Member).where(*wanted).order_by(Member.id)))
    here = _places(session, [member.id for member in members])
    members = [one for one in members if one.left_at is None or one.id in here]
    ids = [member.id for member in members]
    reachable = _reachable(session, ids, adapters)
    last, badges = _last(session, ids), _badges(session, ids)
    written_to = guardrails.unasked(session, ids, now)
    return tuple(
        Person(
            member_id=one.id,
            first_name=first_name(one.name),
            places=tuple(here.get(one.id, ())),
            reachable=one.id in reachable,
            budget=written_to.get(one.id, 0) < direct,
            praise=one.no_praise_at is None,
            nudges_from=one.nudges_from,
            quiet_since=last.get(one.id),
            badges=badges.get(one.id, {}),
        )
        for one in members
    )


def _in_spaces(session: Session, community_id: int, spaces: Collection[str]) -> set[int]:
    """Who is in these spaces of the community, or has spoken there and not left; without spaces, all its members."""
    if not spaces:
        return set(session.scalars(select(Member.id).where(Member.community_id == community_id)))
    ids = select(Space.id).where(Space.community_id == community_id, Space.name.in_(list(spaces)))
    there = select(Presence.member_id).join(Place, Place.id == Presence.place_id)
    present = there.where(Place.space_id.in_(ids), Presence.left_at.is_(None))
    spoke = _spoke(MemberDay.member_id).where(MemberDay.space_id.in_(ids))
    return set(session.scalars(present.union(spoke)))


def _places(session: Session, ids: Collection[int]) -> dict[int, list[int]]:
    """Where they are, as far as the platform told, and where they spoke and did not leave."""
    present = select(Presence.member_id, Presence.place_id).where(
        among(session, Presence.member_id, ids), Presence.left_at.is_(None)
    )
    rows = present.union(_spoke(MemberDay.member_id, Place.id).where(among(session, MemberDay.member_id, ids)))
    return _grouped(sorted((one, place_id) for one, place_id in session.execute(rows)))


def _spoke(*columns: Any) -> Select[Any]:
    """Who spoke in a space, and has an account in one of its places that nobody saw leave."""
    return (
        select(*columns)
        .select_from(MemberDay)
        .join(Place, (Place.space_id == MemberDay.space_id) & Place.retired_at.is_(None))
        .join(Handle, (Handle.member_id == MemberDay.member_id) & (Handle.connection_id == Place.connection_id))
        .outerjoin(Presence, (Presence.member_id == MemberDay.member_id) & (Presence.place_id == Place.id))
        .where(Presence.left_at.is_(None))
    )


def _reachable(session: Session, ids: Collection[int], adapters: Mapping[str, Adapter]) -> set[int]:
    """Those with a handle that we can write to: where the platform lets us begin, or they wrote to us first."""
    rows = (
        select(Handle.member_id, Connection.name, Handle.direct_ref)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(among(session, Handle.member_id, ids))
    )
    return {member_id for member_id, name, direct in session.execute(rows) if can_write(adapters.get(name), direct)}


def can_write(adapter: Adapter | None, direct_ref: str | None) -> bool:
    """Does the platform let us write to this handle directly?"""
    return adapter is not None and (adapter.capabilities.writes_first or direct_ref is not None)


def handle_for(session: Session, member_id: int, adapters: Mapping[str, Adapter]) -> Handle | None:
    """Where a member is written to: of their reachable handles, the one where they wrote to us, else the oldest."""
    rows = (
        select(Handle, Connection.name)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Handle.member_id == member_id)
        .order_by(Handle.direct_ref.is_(None), Handle.id)
    )
    return next((row for row, name in session.execute(rows) if can_write(adapters.get(name), row.direct_ref)), None)


def _last(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    rows = select(MemberTotal.member_id, MemberTotal.last_at).where(among(session, MemberTotal.member_id, ids))
    return dict(session.execute(rows).all())


def _badges(session: Session, ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    found: dict[int, dict[str, datetime]] = {}
    rows = select(Badge.member_id, Badge.name, Badge.earned_at).where(among(session, Badge.member_id, ids))
    for member_id, name, earned_at in session.execute(rows.order_by(Badge.id)):
        found.setdefault(member_id, {})[name] = earned_at
    return found


def _grouped(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in rows:
        found.setdefault(one, []).append(other)
    return found
