"""Named queries over members and their handles; new ones are made in sets."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, case, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import MemberSeen
from orchestrator.store import follow_ups, tombstones, upsert
from orchestrator.store.among import among
from orchestrator.store.tables import Connection, Handle, Member, MemberTotal, Place, Presence, Space

HandleKey: TypeAlias = tuple[int, int, str]
"""(connection_id, community_id, ref): what one platform calls one person, in one community."""


# Written out, for they run with nearly every publish: built by SQLAlchemy, half their time went into building them.
OF_HANDLES_SQLITE = """SELECT ref, member_id FROM handle
WHERE connection_id = ? AND community_id = ? AND ref IN (SELECT value FROM json_each(?))"""
OF_HANDLES_POSTGRESQL = """SELECT ref, member_id FROM handle
WHERE connection_id = %s AND community_id = %s AND ref = ANY (%s::text[])"""


def of_handles(session: Session, keys: Collection[HandleKey]) -> dict[HandleKey, int]:
    """The member_id of each of these handles that is known."""
    of: dict[tuple[int, int], list[str]] = {}
    for connection_id, community_id, ref in keys:
        of.setdefault((connection_id, community_id), []).append(ref)
    found: dict[HandleKey, int] = {}
    connection = session.connection()
    for (connection_id, community_id), refs in of.items():
        if connection.dialect.name == "sqlite":
            asked = (connection_id, community_id, json.dumps(refs))
            rows = connection.exec_driver_sql(OF_HANDLES_SQLITE, asked)
        else:
            rows = connection.exec_driver_sql(OF_HANDLES_POSTGRESQL, (connection_id, community_id, refs))
        found |= {(connection_id, community_id, ref): member_id for ref, member_id in rows}
    return found


def of_circle(session: Session, connection_id: int, community_id: int, most: int) -> dict[HandleKey, int]:
    """The member_id of each handle of a community on a connection, of at most so many."""
    here = (Handle.connection_id == connection_id, Handle.community_id == community_id)
    rows = session.execute(select(Handle.ref, Handle.member_id).where(*here).limit(most))
    return {(connection_id, community_id, ref): member_id for ref, member_id in rows}


KEY = (Handle.connection_id, Handle.community_id, Handle.ref)


def _among(session: Session, keys: Collection[HandleKey]) -> list[ColumnElement[bool]]:
    """A little more than these handles: three plain lists are read ten times faster than one of tuples."""
    return [among(session, column, {key[n] for key in keys}) for n, column in enumerate(KEY)]


def ensure(
    session: Session,
    names: Mapping[HandleKey, str],
    at: Mapping[HandleKey, datetime] | None = None,
    tombstones_key: bytes | None = None,
) -> dict[HandleKey, int]:
    """The member_id of each handle; who is new becomes a member, once, whoever else tries at the same time.

    `names` gives the shown name of each handle, "" where the platform did not tell it. Who was erased after the
    moment that `at` gives stays away.
    """
    known = of_handles(session, names.keys())
    gone = _resting(session, [key for key in names if key not in known], at or {}, tombstones_key)
    new = sorted(key for key in names if key not in known and key not in gone)
    if not new:
        return known
    made = _insert_members(session, [(key, names[key]) for key in new])
    rows = [
        {
            "connection_id": key[0],
            "community_id": key[1],
            "ref": key[2],
            "member_id": made[key],
            "name": names[key][:200],
        }
        for key in new
    ]
    session.execute(upsert.insert(session, Handle).on_conflict_do_nothing(), rows)
    held = of_handles(session, new)
    orphans = [made[key] for key in new if held[key] != made[key]]
    if orphans:  # another process was quicker
        session.execute(delete(Member).where(Member.id.in_(orphans)))
    return known | held


def _resting(
    session: Session, new: Collection[HandleKey], at: Mapping[HandleKey, datetime], key: bytes | None
) -> set[HandleKey]:
    buried = tombstones.buried(session, key, {(connection_id, ref) for connection_id, _, ref in new if at})
    return {one for one in new if (erased_at := buried.get((one[0], one[2]))) is not None and at[one] <= erased_at}


def _insert_members(session: Session, people: list[tuple[HandleKey, str]]) -> dict[HandleKey, int]:
    rows = [{"community_id": key[1], "name": name[:200], "is_host": False} for key, name in people]
    ids = session.scalars(insert(Member).returning(Member.id, sort_by_parameter_order=True), rows)
    return {key: member_id for (key, _), member_id in zip(people, ids, strict=True)}


def handles(session: Session, connection_id: int, ref: str) -> list[Handle]:
    """One person's handles on a connection: one a community, oldest first."""
    query = select(Handle).where(Handle.connection_id == connection_id, Handle.ref == ref)
    return list(session.scalars(query.order_by(Handle.id)))


def communities_of(session: Session, connection_id: int) -> list[int]:
    """The communities that have a live place on a connection."""
    query = (
        select(Space.community_id)
        .join(Place, Place.space_id == Space.id)
        .where(Place.connection_id == connection_id, Place.retired_at.is_(None))
        .distinct()
        .order_by(Space.community_id)
    )
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Speaker:
    """A handle with what an answer must know of the member behind it."""

    handle_id: int
    connection_id: int
    member_id: int
    is_host: bool
    named: bool  # is a name known?


def speakers(session: Session, keys: Collection[HandleKey]) -> dict[HandleKey, Speaker]:
    """Those of these handles that are known."""
    query = (
        select(*KEY, Handle.id, Handle.member_id, Member.is_host, Handle.name != "")
        .join(Member, Member.id == Handle.member_id)
        .where(*_among(session, keys))
    )
    return {
        (connection, community, ref): Speaker(handle_id, connection, member_id, is_host, named)
        for connection, community, ref, handle_id, member_id, is_host, named in session.execute(query)
    }


def reached(session: Session, connection_id: int, ref: str, direct_ref: str) -> None:
    """This person wrote to us in that direct chat: from now on we may write to them."""
    theirs = (Handle.connection_id == connection_id, Handle.ref == ref, Handle.direct_ref.is_(None))
    session.execute(update(Handle).where(*theirs).values(direct_ref=direct_ref))


def speaks(session: Session, connection_id: int, ref: str, language: str) -> None:
    """This person reads that language, where we knew none."""
    theirs = select(Handle.member_id).where(Handle.connection_id == connection_id, Handle.ref == ref)
    unknown = update(Member).where(Member.id.in_(theirs), Member.language.is_(None)).values(language=language)
    session.execute(unknown)


def languages(session: Session, member_ids: Collection[int]) -> dict[int, str | None]:
    """The language of each of these members, as far as known."""
    rows = select(Member.id, Member.language).where(among(session, Member.id, member_ids))
    return dict(session.execute(rows).all())


def set_seen(session: Session, handle_id: int, ref: str, seen: MemberSeen) -> None:
    """Keep how a platform shows a handle; what was not known of the member. Who was erased meanwhile stays so."""
    row = session.get(Handle, handle_id, with_for_update=True, populate_existing=True)
    if row is None or row.ref != ref:
        return
    row.name = seen.name[:200]
    member = session.get_one(Member, row.member_id)
    member.name = member.name or row.name
    member.language = member.language or seen.language
    member.zone = member.zone or seen.zone


def nameless(session: Session, but: Collection[int], limit: int) -> list[tuple[int, str, str]]:
    """Handles (id, connection, ref) of members who contributed or came and have no name, without those of `but`."""
    spoke = exists().where(MemberTotal.member_id == Member.id)
    came = exists().where(Presence.member_id == Member.id, ~Presence.at_start)
    rows = (
        select(Handle.id, Connection.name, Handle.ref)
        .join(Connection, Connection.id == Handle.connection_id)
        .join(Member, Member.id == Handle.member_id)
        .where(Handle.name == "", Member.name == "", Member.erased_at.is_(None), Handle.id.not_in(but))
        .where(spoke | came)
    )
    return [(one, connection, ref) for one, connection, ref in session.execute(rows.order_by(Handle.id).limit(limit))]


def come(session: Session, place_id: int, member_id: int, at: datetime) -> bool:
    """A member came to a place at that moment; True when that is news. Late word of it changes little."""
    row = session.get(Presence, (place_id, member_id))
    if row is None:
        session.add(Presence(place_id=place_id, member_id=member_id, joined_at=at, at_start=False))
        settle(session, [member_id])
        return True
    if at <= row.joined_at:
        return False
    row.joined_at = at
    if row.left_at is not None and row.left_at < at:
        row.left_at = None
    settle(session, [member_id])
    return not row.at_start


def leave(session: Session, place_id: int, member_id: int, at: datetime) -> None:
    """A member left a place at that moment, which may be told before their coming."""
    row = session.get(Presence, (place_id, member_id))
    if row is None:
        session.add(Presence(place_id=place_id, member_id=member_id, joined_at=at, left_at=at, at_start=False))
    elif at >= row.joined_at:
        row.left_at = max(row.left_at or at, at)
    settle(session, [member_id])


def settle(session: Session, member_ids: Collection[int]) -> None:
    """The presence of these members changed: note when they first came, and whether they left every place."""
    session.flush()
    present = select(Presence.member_id).join(Place, Place.id == Presence.place_id)
    here = present.where(Presence.member_id == Member.id, Presence.left_at.is_(None), Place.retired_at.is_(None))
    last = select(func.max(Presence.left_at)).where(Presence.member_id == Member.id).scalar_subquery()
    left = case((here.exists(), None), else_=last)
    first = select(func.min(Presence.joined_at)).where(Presence.member_id == Member.id).scalar_subquery()
    at_start = exists().where(Presence.member_id == Member.id, Presence.at_start)
    values = {"left_at": left, "joined_at": case((at_start, None), else_=first)}
    these = update(Member).where(among(session, Member.id, member_ids)).values(values)
    session.execute(these.execution_options(synchronize_session=False))
    follow_ups.note(session, members=member_ids)
