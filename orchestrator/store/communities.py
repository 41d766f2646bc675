"""Queries about communities, their connections, spaces, places and declared people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import PlaceSeen
from orchestrator.store import follow_ups, links
from orchestrator.store.tables import Community, Connection, Handle, Member, Place, Presence, Space
from orchestrator.store.upsert import insert


def keep(session: Session, name: str, zone: str, language: str, topics: Sequence[str] = ()) -> Community:
    """Make or change a community. Its row stays locked: two applies of it queue here."""
    values = {"zone": zone, "language": language, "topics": list(topics)}
    statement = insert(session, Community).values(name=name, **values)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)
    session.execute(statement)
    return session.scalars(
        select(Community).where(Community.name == name).execution_options(populate_existing=True)
    ).one()


def keep_connection(session: Session, name: str, platform: str) -> int:
    """The id of a connection, made when new."""
    statement = insert(session, Connection).values(name=name, platform=platform)
    session.execute(statement.on_conflict_do_nothing())
    return session.scalars(select(Connection.id).where(Connection.name == name)).one()


def keep_space(session: Session, community_id: int, name: str) -> int:
    """The id of a space, made when new."""
    statement = insert(session, Space).values(community_id=community_id, name=name)
    session.execute(statement.on_conflict_do_nothing())
    return session.scalars(select(Space.id).where(Space.community_id == community_id, Space.name == name)).one()


def written_places(session: Session, community: str) -> dict[tuple[str, str], Place]:
    """The live places of a community by (space, connection)."""
    rows = session.execute(
        select(Space.name, Connection.name, Place)
        .join(Place, Place.space_id == Space.id)
        .join(Connection, Connection.id == Place.connection_id)
        .join(Community, Community.id == Space.community_id)
        .where(Community.name == community, Place.retired_at.is_(None))
        .order_by(Place.id)
    )
    return {(space, connection): place for space, connection, place in rows}


def keep_place(session: Session, space_id: int, connection_id: int, written: str, seen: PlaceSeen) -> Place:
    """The place a manager wrote about, made when new. A retired one comes back."""
    key = {
        "space_id": space_id,
        "connection_id": connection_id,
        "ref": seen.ref,
        "topic_ref": seen.topic_ref or "",
    }
    values = {"title": seen.title, "link": seen.link, "kind": seen.kind, "written": written, "retired_at": None}
    statement = insert(session, Place).values(**key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    return session.scalars(select(Place).filter_by(**key).execution_options(populate_existing=True)).one()


def retire_places(session: Session, community_id: int, kept: Collection[int], now: datetime) -> None:
    """Retire the places of a community that its playbooks no longer name."""
    spaces = select(Space.id).where(Space.community_id == community_id)
    session.execute(
        update(Place)
        .where(Place.space_id.in_(spaces), Place.id.not_in(kept), Place.retired_at.is_(None))
        .values(retired_at=now)
    )


class Here(NamedTuple):
    """A place with the names around it."""

    place: Place
    platform: str
    connection: str
    space: str


def places_of(session: Session, community_id: int, spaces: Iterable[str] | None = None) -> list[Here]:
    """The live places of a community, or of some of its spaces, in a steady order."""
    wanted = (
        select(Place, Connection.platform, Connection.name, Space.name)
        .join(Space, Space.id == Place.space_id)
        .join(Connection, Connection.id == Place.connection_id)
        .where(Space.community_id == community_id, Place.retired_at.is_(None))
        .order_by(Place.id)
    )
    if spaces is not None:
        wanted = wanted.where(Space.name.in_(list(spaces)))
    return [Here(*row) for row in session.execute(wanted)]


def keep_person(session: Session, community_id: int, name: str, refs: Mapping[int, str], now: datetime) -> int:
    """The member id of a person with a handle on each connection (id → reference), linked to one member.

    What they did before under several is theirs. The caller has the agreement alone (store/sharing.py).
    """
    known = {
        handle.connection_id: handle
        for handle in session.scalars(select(Handle).where(Handle.community_id == community_id, _is_one_of(refs)))
    }
    member_id = next(iter(known.values())).member_id if known else _new_member(session, community_id, name)
    for connection_id, ref in refs.items():
        if connection_id in known:
            outcome, member_id = links.join(session, member_id, known[connection_id].member_id, now)
            if outcome == "same platform":  # they have a new account there, says the playbook
                known[connection_id].member_id = member_id
            continue
        values = {"community_id": community_id, "connection_id": connection_id, "ref": ref}
        statement = insert(session, Handle).values(**values, member_id=member_id, name=name)
        # Somebody who speaks for the first time while we apply is linked all the same.
        keys = ["connection_id", "ref", "community_id"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"member_id": member_id}))
    return member_id


def keep_hosts(session: Session, community_id: int, hosts: Collection[int]) -> None:
    """Make these members the hosts of the community, and nobody else."""
    ours = Member.community_id == community_id
    new = update(Member).where(ours, ~Member.is_host, Member.id.in_(hosts)).values(is_host=True)
    old = update(Member).where(ours, Member.is_host, Member.id.not_in(hosts)).values(is_host=False)
    changed = [member_id for one in (new, old) for member_id in session.scalars(one.returning(Member.id))]
    if changed:
        follow_ups.note(session, members=changed)


def present_at_start(session: Session, place_id: int, member_id: int, now: datetime) -> None:
    """Remember that a member was in a place before we came: they never count as joining."""
    values = {"place_id": place_id, "member_id": member_id, "joined_at": now, "at_start": True}
    session.execute(insert(session, Presence).values(**values).on_conflict_do_nothing())
    here = (Member.id == member_id, or_(Member.left_at.is_not(None), Member.joined_at.is_not(None)))
    session.execute(update(Member).where(*here).values(left_at=None, joined_at=None))


def was_there(session: Session, member_id: int, place_ids: Collection[int]) -> bool:
    """Was this member in one of these places at the first apply?"""
    there = select(Presence.place_id).where(
        Presence.member_id == member_id, Presence.place_id.in_(place_ids), Presence.at_start
    )
    return session.scalars(there.limit(1)).first() is not None


def member_ids(
    session: Session, community_id: int, people: Mapping[str, Mapping[str, str]], names: Iterable[str]
) -> set[int]:
    """The members behind some declared people (name → connection → reference)."""
    wanted = [
        and_(Connection.name == connection, Handle.ref == ref)
        for name in names
        for connection, ref in people.get(name, {}).items()
    ]
    if not wanted:
        return set()
    found = (
        select(Handle.member_id)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Handle.community_id == community_id, or_(*wanted))
    )
    return set(session.scalars(found))


def _is_one_of(refs: Mapping[int, str]) -> ColumnElement[bool]:
    pairs = [and_(Handle.connection_id == connection, Handle.ref == ref) for connection, ref in refs.items()]
    return or_(false(), *pairs)


def _new_member(session: Session, community_id: int, name: str) -> int:
    member = Member(community_id=community_id, name=name)
    session.add(member)
    session.flush()
    return member.id
