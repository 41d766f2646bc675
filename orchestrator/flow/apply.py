"""Makes playbooks live: communities, places, people, versions, rituals and their next moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from orchestrator.flow import live
from orchestrator.flow.app import App
from orchestrator.flow.look import Looked, Unresolved, look
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import MemberSeen
from orchestrator.rules.segment import expression
from orchestrator.store import communities, members, places, sharing, standing, tombstones
from orchestrator.store.tables import Community


@dataclass(slots=True)
class Applied:
    """What `apply` did, as paths "playbook/ritual"; `renamed` as (former, new)."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)


def apply(app: App, playbooks: Sequence[Playbook], *, whole: bool = False) -> Applied:
    """Make these checked playbooks live. Applied twice, or by two at once, the second changes nothing.

    A playbook that is not among them stays as it is, unless these are the `whole` folder: then it was taken
    out, and its rituals are retired (an empty folder is rather a missing one, and retires nothing). A place
    that its platform does not find is reported and left out; the rest is made live all the same.
    """
    applied = Applied()
    together: dict[str, list[Playbook]] = defaultdict(list)
    for playbook in playbooks:
        together[playbook.community].append(playbook)
    for name in sorted(together):  # one order for all: two applies never wait for each other
        looked, unresolved = look(app, together[name][0])
        applied.unresolved += unresolved
        with app.store.write() as session:
            agreed = sharing.alone(session)
            community = _community(app, session, together[name][0], looked, agreed.key)
            for playbook in together[name]:
                outcome = live.make_live(session, community, playbook, app.now())
                for what, paths in outcome.items():
                    getattr(applied, what).extend(paths)
    if whole and playbooks:
        kept = {(playbook.community, playbook.playbook) for playbook in playbooks}
        with app.store.write() as session:
            applied.retired += live.retire_others(session, kept, app.now())
    return applied


def _community(
    app: App, session: Session, playbook: Playbook, looked: Sequence[Looked], key: bytes | None
) -> Community:
    """The community with its connections, places and declared people."""
    community = communities.keep(session, playbook.community, playbook.timezone, playbook.language, playbook.topics)
    standing.want(session, community.id, [expression(one) for one in playbook.segments.values()])
    names = {one.connection for one in looked} | {name for refs in playbook.people.values() for name in refs}
    connections = {name: communities.keep_connection(session, name, _platform(app, name)) for name in sorted(names)}
    hosts: set[int] = set()
    for name, refs in playbook.people.items():
        by_id = {connections[connection]: ref for connection, ref in refs.items()}
        member_id = communities.keep_person(session, community.id, name, by_id, app.now())
        if playbook.hosts is not None and name in playbook.hosts.people:
            hosts.add(member_id)
    communities.keep_hosts(session, community.id, hosts)
    living = [replace(one, people=_living(session, key, connections[one.connection], one.people)) for one in looked]
    _places(app, session, community, living, connections)
    return community


def _places(
    app: App, session: Session, community: Community, looked: Sequence[Looked], connections: dict[str, int]
) -> None:
    kept: set[int] = set()
    for one in looked:
        space_id = communities.keep_space(session, community.id, one.space)
        connection_id = connections[one.connection]
        place = communities.keep_place(session, space_id, connection_id, one.written, one.seen)
        kept.add(place.id)
        if one.back:
            places.revive(session, connection_id, one.seen.ref)
        for person in one.people:
            by_id = {connection_id: person.ref}
            member_id = communities.keep_person(session, community.id, person.name, by_id, app.now())
            communities.present_at_start(session, place.id, member_id, app.now())
    communities.retire_places(session, community.id, kept, app.now())


def _living(session: Session, key: bytes | None, connection_id: int, people: Sequence[MemberSeen]) -> list[MemberSeen]:
    """These people but for those who were erased and did nothing since: to be somewhere is no act of theirs."""
    buried = tombstones.buried(session, key, {(connection_id, one.ref) for one in people})
    gone = {ref for _, ref in buried if not members.handles(session, connection_id, ref)}
    return [one for one in people if one.ref not in gone]


def _platform(app: App, connection: str) -> str:
    adapter = app.adapters.get(connection)
    return adapter.capabilities.platform if adapter is not None else connection
