"""Six weeks that simulated members have already lived, so that rituals among people find somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.console import seats
from orchestrator.console.small_talk import HELP, QUESTIONS, THANKS, of
from orchestrator.errors import Refused
from orchestrator.store import rehearsal
from orchestrator.store.tables import Community, Connection, Place, RehearsalMessage, RehearsalPerson, Space

#: A question is asked on each of these days before now; nobody answers the last one.
DAYS = range(42, 0, -3)

#: How many speak all the time; as many others asked their last question on one of these days, and said no more.
REGULARS = 3
LAST_WORDS = (24, 21, 18)

#: Anything said so long ago is a past.
LONG_AGO = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Talk:
    """Where people talk, and who they are."""

    session: Session
    connection: Connection
    place_ref: str
    people: Sequence[RehearsalPerson]

    def seat(self, person: RehearsalPerson, at: datetime) -> rehearsal.Seat:
        return rehearsal.Seat(self.session, self.connection.name, self.connection.platform, person.ref, at)


def live(session: Session, space: Space, community: Community, now: datetime) -> None:
    """Let the members of a space have talked in each of its places. Raises Refused when they have already."""
    if is_lived(session, space, now):
        raise Refused("this space has a past already", "hold a ritual")
    for place, connection in _places(session, space):
        hosts = seats.hosts(session, connection.id)
        people = [one for one in rehearsal.people(session, connection.name) if one.ref not in hosts]
        if len(people) >= 2 * REGULARS:
            _happen(Talk(session, connection, place.ref, people), now, community.language)


def is_lived(session: Session, space: Space, now: datetime) -> bool:
    """Has anything been said long ago in a place of this space?"""
    said = (
        select(RehearsalMessage.id)
        .join(Connection, Connection.name == RehearsalMessage.connection)
        .join(Place, (Place.connection_id == Connection.id) & (Place.ref == RehearsalMessage.place_ref))
        .where(Place.space_id == space.id, RehearsalMessage.at < now - LONG_AGO)
    )
    return session.scalar(said.limit(1)) is not None


def _places(session: Session, space: Space) -> list[tuple[Place, Connection]]:
    found = (
        select(Place, Connection)
        .join(Connection, Connection.id == Place.connection_id)
        .where(Place.space_id == space.id, Place.retired_at.is_(None))
        .order_by(Place.id)
    )
    return [(place, connection) for place, connection in session.execute(found)]


def _happen(talk: Talk, now: datetime, language: str) -> None:
    """Questions, help and thanks, day after day; on Telegram they have written to us first, or we could not."""
    if talk.connection.platform == "telegram":
        for person in talk.people[: 2 * REGULARS]:
            talk.seat(person, now - timedelta(days=DAYS[0])).commands("start")
    questions = of(QUESTIONS, language)
    for number, days in enumerate(DAYS):
        at = now - timedelta(days=days, minutes=number * 17)
        speakers = _speakers(talk.people, number, days)
        if days == DAYS[-1]:
            talk.seat(speakers[0], at).says(talk.place_ref, questions[number % len(questions)])
        else:
            _thread(talk, number, at, speakers, language)


def _thread(talk: Talk, number: int, at: datetime, speakers: Sequence[RehearsalPerson], language: str) -> None:
    """A question, what others know about it, and thanks: not from those who then fell silent."""
    asker, *helpers = speakers
    questions, known, thanks = of(QUESTIONS, language), of(HELP, language), of(THANKS, language)
    root = talk.seat(asker, at).says(talk.place_ref, questions[number % len(questions)])
    for turn, helper in enumerate(helpers, start=1):
        seat = talk.seat(helper, at + timedelta(minutes=40 * turn))
        ref = seat.says(talk.place_ref, known[(number + turn) % len(known)], under=root)
        talk.seat(asker, at + timedelta(hours=3)).reacts(talk.place_ref, ref, "🙏")
    if asker in talk.people[:REGULARS]:
        talk.seat(asker, at + timedelta(hours=3)).says(talk.place_ref, thanks[number % len(thanks)], under=root)


def _speakers(people: Sequence[RehearsalPerson], number: int, days: int) -> list[RehearsalPerson]:
    """Whoever asks, then who helps."""
    regulars, others = people[:REGULARS], people[REGULARS : 2 * REGULARS]
    turned = [regulars[(number + turn) % REGULARS] for turn in range(REGULARS)]
    if days in LAST_WORDS:
        return [others[LAST_WORDS.index(days)], *turned[:2]]
    if days > LAST_WORDS[0]:
        return [turned[0], others[number % REGULARS], turned[1]]
    return turned
