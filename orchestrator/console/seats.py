"""Who can sit in the practice room: simulated members, the playbook's own people, whoever has just come in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.flow import begin
from orchestrator.flow.app import App
from orchestrator.store import communities, members, rehearsal
from orchestrator.store.tables import Community, Connection, Handle, Member, RehearsalPerson, Run, Space, Stage

#: Who comes in, one after the other; when all are there, they come numbered.
NEWCOMERS = ("Noé Garnier", "Yuki Tanaka", "Sofia Rossi", "Omar Benali", "Léa Fontaine", "Jonas Berg")


def people(session: Session, connection: str, community_id: int) -> dict[str, str]:
    """Everybody on a connection, by reference: the playbook's people, then the simulated members."""
    declared = (
        select(Handle.ref, Member.name)
        .join(Member, Member.id == Handle.member_id)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Connection.name == connection, Handle.community_id == community_id)
    )
    named = {ref: name for ref, name in session.execute(declared) if name}
    return named | {person.ref: person.name for person in rehearsal.people(session, connection)}


def names(session: Session, community_id: int) -> list[str]:
    """Everybody's name, hosts first: they alone can approve."""
    connections = session.scalars(select(Connection.name))
    found = {name for one in connections for name in people(session, one, community_id).values()}
    first = [name for name in host_names(session, community_id) if name in found]
    return first + sorted(found - set(first))


def host_names(session: Session, community_id: int) -> list[str]:
    """The names of those who run the community."""
    hosts = select(Member.name).where(Member.community_id == community_id, Member.is_host).order_by(Member.name)
    return [name for name in session.scalars(hosts) if name]


def sit(session: Session, connection: str, community: str, name: str) -> str | None:
    """The reference of somebody on a connection; whoever was only written in a playbook is there from now on."""
    community_id = session.scalar(select(Community.id).where(Community.name == community))
    if community_id is None:
        return None
    found = people(session, connection, community_id)
    ref = next((ref for ref, known in found.items() if known == name), None)
    if ref is not None:
        session.merge(RehearsalPerson(connection=connection, ref=ref, name=name))
    return ref


def hosts(session: Session, connection_id: int) -> set[str]:
    """The references of the hosts on a connection."""
    found = select(Handle.ref).join(Member, Member.id == Handle.member_id)
    return set(session.scalars(found.where(Handle.connection_id == connection_id, Member.is_host)))


def come_in(app: App, session: Session, space: Space, community: Community) -> tuple[str, list[int]]:
    """Let somebody new join the first place of a space; give their name, and the stages that are due now.

    Whatever waits for a newcomer is held at once, as everything in the room: guardrails are not asked.
    Raises Refused for a space without a place.
    """
    places = [one.place for one in communities.places_of(session, community.id, [space.name])]
    if not places:
        raise Refused("this space has no place any more", "choose another space")
    place, connection = places[0], session.get_one(Connection, places[0].connection_id)
    name = _next_name(session)
    number = len(rehearsal.people(session, connection.name)) + 1
    ref = f"U0NEW{number:05d}" if connection.platform == "slack" else str(710_000 + number)
    rehearsal.Seat(session, connection.name, connection.platform, ref, app.now()).joins(place.ref, name)
    handle = (connection.id, community.id, ref)
    stages = begin.joined(session, members.ensure(session, {handle: name})[handle], place.id, app.now())
    runs_begun = session.scalars(select(Run).join(Stage, Stage.run_id == Run.id).where(Stage.id.in_(stages)))
    for run in runs_begun.unique():
        run.facts = {**run.facts, "unguarded": True}
    return name, stages


def _next_name(session: Session) -> str:
    taken = set(session.scalars(select(RehearsalPerson.name)))
    rounds = (name if turn == 1 else f"{name} {turn}" for turn in range(1, len(taken) + 2) for name in NEWCOMERS)
    return next(one for one in rounds if one not in taken)
