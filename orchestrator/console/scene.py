"""What the practice room shows, read from rows: one space, its places, and one member's seat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.console import past, seats, shown
from orchestrator.errors import Refused
from orchestrator.store import rehearsal, rituals
from orchestrator.store.tables import (
    Community,
    Connection,
    Place,
    RehearsalMessage,
    Run,
    Space,
)

#: Messages of a place that the room shows.
AT_MOST = 60


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message; `href` where the platform shows a link."""

    label: str
    key: str
    kind: str
    style: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message as members see it."""

    ref: str
    author: str
    ours: bool
    at: str
    html: str | None
    text: str
    under: str | None
    edited: bool
    buttons: tuple[Button, ...]
    reactions: tuple[tuple[str, int], ...]
    poll: shown.PollShown | None = None
    file: shown.FileShown | None = None
    replies: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """One place on one platform (or the seat's direct chat with us)."""

    connection: str
    platform: str
    place_ref: str
    title: str
    lines: list[Line]
    direct: bool = False


@dataclass(frozen=True, slots=True)
class FormShown:
    """The short form now open before the seat."""

    connection: str
    ref: str
    key: str
    act: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A ritual that can be held here: its kind, when it is next, is a run open, do its hosts approve it?"""

    path: str
    kind: str
    next: str
    is_open: bool
    asks: bool

    @property
    def name(self) -> str:
        return self.path.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the page needs."""

    space: str
    spaces: list[str]
    seat: str
    people: list[str]
    hosts: list[str]
    language: str
    panels: list[Panel]
    forms: list[FormShown]
    rituals: list[Held]
    is_lived: bool


def spaces(session: Session) -> list[tuple[Space, Community]]:
    """Every space that has a place, by community and name."""
    found = (
        select(Space, Community)
        .join(Community, Community.id == Space.community_id)
        .where(Space.id.in_(select(Place.space_id).where(Place.retired_at.is_(None))))
        .order_by(Community.name, Space.id)
    )
    return [(space, community) for space, community in session.execute(found)]


def find(session: Session, name: str) -> tuple[Space, Community]:
    """A space by "community/space". Raises Refused when it is gone."""
    known = {f"{community.name}/{space.name}": (space, community) for space, community in spaces(session)}
    if name not in known:
        raise Refused("that space is gone", "choose a space again")
    return known[name]


def read(session: Session, space_name: str | None, seat: str | None, now: datetime) -> Scene | None:
    """The scene of a space from a seat; None while no playbook is applied. Unknown names fall back to the first."""
    known = spaces(session)
    if not known:
        return None
    names = [f"{community.name}/{space.name}" for space, community in known]
    space, community = known[names.index(space_name)] if space_name in names else known[0]
    people = seats.names(session, community.id)
    simulated = sorted({person.name for name in _connections(session) for person in rehearsal.people(session, name)})
    seat = seat if seat in people else next(iter([*simulated, *people]), "")
    clock = _Clock(now.astimezone(ZoneInfo(community.zone)), community.language)
    panels, forms = _panels(session, space, seat, clock)
    return Scene(
        space=f"{community.name}/{space.name}",
        spaces=names,
        seat=seat,
        people=people,
        hosts=seats.host_names(session, community.id),
        language=community.language,
        panels=panels,
        forms=forms,
        rituals=_rituals(session, community, clock),
        is_lived=past.is_lived(session, space, now),
    )


def _connections(session: Session) -> list[str]:
    return list(session.scalars(select(Connection.name).order_by(Connection.id)))


def _panels(session: Session, space: Space, seat: str, clock: _Clock) -> tuple[list[Panel], list[FormShown]]:
    found = (
        select(Place, Connection)
        .join(Connection, Connection.id == Place.connection_id)
        .where(Place.space_id == space.id, Place.retired_at.is_(None))
        .order_by(Connection.id, Place.id)
    )
    panels: list[Panel] = []
    chats: list[Panel] = []
    forms: list[FormShown] = []
    for place, connection in session.execute(found):
        names = seats.people(session, connection.name, space.community_id)
        mine = [ref for ref, name in names.items() if name == seat]
        eyes = _Eyes(names, mine, clock)
        lines = _lines(session, connection.name, place.ref, eyes)
        panels.append(Panel(connection.name, connection.platform, place.ref, space.name, lines))
        for ref in mine:
            chat = rehearsal.direct(ref)
            direct = _lines(session, connection.name, chat, eyes)
            forms += _forms(session, connection.name, chat)
            chats.append(Panel(connection.name, connection.platform, chat, seat, direct, direct=True))
    return panels + chats, forms


@dataclass(frozen=True, slots=True)
class _Clock:
    """The moment in the community's zone, and its language."""

    now: datetime
    language: str


@dataclass(frozen=True, slots=True)
class _Eyes:
    """Whoever looks: everybody's names by reference, their own references, and the moment."""

    names: dict[str, str]
    mine: list[str]
    clock: _Clock


def _lines(session: Session, connection: str, place_ref: str, eyes: _Eyes) -> list[Line]:
    rows = [row for row in rehearsal.messages(session, connection, place_ref, AT_MOST) if row.kind != "form"]
    reactions = _counted(session, rows)
    votes = rehearsal.votes(session, [row.id for row in rows if row.kind == "poll"])
    lines = {row.message_ref: _line(row, eyes, reactions.get(row.id, ()), votes.get(row.id, {})) for row in rows}
    top: list[Line] = []
    for line in lines.values():
        parent = lines.get(line.under or "")
        while parent is not None and parent.under in lines:
            parent = lines[parent.under]
        (parent.replies if parent else top).append(line)
    return top


def _line(
    row: RehearsalMessage, eyes: _Eyes, reactions: Iterable[tuple[str, int]], votes: dict[str, list[int]]
) -> Line:
    act = row.sent.get("act", {})
    return Line(
        ref=row.message_ref,
        author=eyes.names.get(row.author_ref or "", row.author_ref or "Tertulia"),
        ours=row.author_ref is None,
        at=shown.clock(row.at, eyes.clock.now, eyes.clock.language),
        html=row.sent.get("html"),
        text=row.text,
        under=row.under,
        edited=row.edited_at is not None,
        buttons=tuple(Button(b["label"], b["key"], b["kind"], b["style"]) for b in act.get("buttons", ())),
        reactions=tuple(reactions),
        poll=shown.poll(row, votes, eyes.mine, eyes.clock.now),
        file=shown.file(row),
    )


def _counted(session: Session, rows: Sequence[RehearsalMessage]) -> dict[int, list[tuple[str, int]]]:
    counts: dict[int, dict[str, int]] = {}
    for reaction in rehearsal.reactions(session, [row.id for row in rows]):
        of_message = counts.setdefault(reaction.message_id, {})
        of_message[reaction.emoji] = of_message.get(reaction.emoji, 0) + 1
    return {message_id: list(emojis.items()) for message_id, emojis in counts.items()}


def _forms(session: Session, connection: str, place_ref: str) -> list[FormShown]:
    rows = rehearsal.messages(session, connection, place_ref, AT_MOST)
    forms = [row for row in rows if row.kind == "form"]
    return [FormShown(connection, row.message_ref, row.sent["act"]["key"], row.sent["act"]) for row in forms[-1:]]


def _rituals(session: Session, community: Community, clock: _Clock) -> list[Held]:
    open_runs = set(session.scalars(select(Run.ritual_id).where(Run.state == "open")))
    return [
        Held(
            f"{known.above.name}/{known.row.name}",
            known.written.kind,
            shown.until(known.row.next_due_at, clock.now, clock.language),
            known.row.id in open_runs,
            known.written.approval.required,
        )
        for known in sorted(rituals.live(session, community.id), key=lambda known: known.above.name)
    ]
