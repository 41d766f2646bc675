"""Simulated members at work: they talk, ask, help, answer, vote, press, join and fall silent, all from one seed."""

from __future__ import annotations

import heapq
import itertools
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from orchestrator.console import small_talk
from orchestrator.store import rehearsal
from orchestrator.store.tables import (
    Connection,
    Delivery,
    Place,
    RehearsalMessage,
    RehearsalPerson,
    Ritual,
    Run,
    Space,
)
from workers.personas import Persona
from workers.reactions import Plan, Seen, host_reaction, reaction

#: Hours of the day (UTC) at which people write.
AWAKE = (7.0, 20.0)

#: The share of messages that ask the others something, and of the questions that nobody is there to answer.
ASKS, OVERLOOKED = 0.05, 0.3

#: Hours within which somebody helps, and the asker then thanks.
HELP_HOURS, THANKS_HOURS = (0.2, 6.0), (0.1, 5.0)


#: How many like an answer: numbers, and how often each.
LIKES = ((0, 1, 2, 3), (50, 30, 15, 5))

#: Our messages since the last look, with the kind and the stage that they are of.
NEW = (
    select(RehearsalMessage, Ritual.kind, Delivery.stage)
    .outerjoin(Delivery, Delivery.key == RehearsalMessage.key)
    .outerjoin(Run, Run.id == Delivery.run_id)
    .outerjoin(Ritual, Ritual.id == Run.ritual_id)
    .where(RehearsalMessage.id > bindparam("seen"), RehearsalMessage.author_ref.is_(None))
    .order_by(RehearsalMessage.id)
)


@dataclass(order=True)
class Act:
    """Something a simulated member will do. `plain`: talk that nobody of us has to react to."""

    at: datetime
    number: int
    do: Callable[[Session, datetime], object] = field(compare=False)
    plain: bool = field(compare=False, default=False)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where members talk."""

    connection: str
    place_ref: str


class Crowd:
    """All of them. The same personas, seed and posts give the same acts."""

    def __init__(
        self, personas: Sequence[Persona], hosts: Sequence[Persona], chance: random.Random, language: str
    ) -> None:
        self.personas = personas
        self.hosts = hosts
        self.language = language
        self._chance = chance
        self._acts: list[Act] = []
        self._numbers = itertools.count()
        self._seen = 0  # id of the last message of ours that was looked at
        self._silent: set[str] = set()  # names of those who told us to stop, or fell silent
        self._spots: list[Spot] = []
        self._by_ref = {(one.connection, one.ref): one for one in personas}

    def settle(self, session: Session) -> None:
        """Be there: those who do not come later are people of their connection before we are."""
        for one in self.personas:
            if one.joins_at is None:
                session.add(RehearsalPerson(connection=one.connection, ref=one.ref, name=one.name))

    def begin(self, session: Session, spaces: Sequence[str], start: datetime, end: datetime) -> None:
        """Plan what does not depend on us: comings, everyday talk, falling silent."""
        self._spots = _spots(session, spaces)
        for one in self.personas:
            if one.joins_at is not None:
                self._plan(one.joins_at, self._joining(one))
            elif one.wrote_first:
                self._plan(start + timedelta(minutes=self._chance.uniform(1, 600)), self._greeting(one))
            if one.quiet_at is not None:
                self._plan(one.quiet_at, self._falling_silent(one), plain=True)
            if one.stops_at is not None:
                self._plan(one.stops_at, self._stopping(one))
            self._plan_talk(one, one.joins_at or start, end)

    def next_at(self) -> datetime | None:
        """The moment of the next act that somebody may have to react to."""
        return self._acts[0].at if self._acts else None

    def act(self, session: Session, until: datetime) -> bool:
        """Do what is planned up to that moment, each act at its own; tell whether we have to react to any."""
        called = False
        while self._acts and self._acts[0].at <= until:
            one = heapq.heappop(self._acts)
            one.do(session, one.at)
            called = called or not one.plain
        return called

    def look(self, session: Session, now: datetime) -> None:
        """Read what we said since the last look, and plan what each makes of it."""
        for row, kind, stage in session.execute(NEW, {"seen": self._seen}):
            self._seen = row.id
            seen = Seen(row, kind or "", re.split("[-~]", stage or "")[0])
            for one in self._readers(row, now):
                for plan in reaction(self._chance, one, seen, self.language):
                    self._plan(now + plan.after, self._doing(one, row, plan))
            if self.hosts and not seen.is_direct and not self._is_spot(row):
                for plan in host_reaction(self._chance, seen, self.language):
                    self._plan(now + plan.after, self._doing(self._chance.choice(self.hosts), row, plan))

    # --- who and where

    def _readers(self, row: RehearsalMessage, now: datetime) -> list[Persona]:
        """Those who see a message: its member, or everybody of the connection who is there and listens."""
        if row.place_ref.startswith("direct:"):
            one = self._by_ref.get((row.connection, row.place_ref.removeprefix("direct:")))
            return [one] if one else []
        if not self._is_spot(row):
            return []  # the hosts' own space
        return [one for one in self.personas if one.connection == row.connection and self._listens(one, now)]

    def _is_spot(self, row: RehearsalMessage) -> bool:
        return Spot(row.connection, row.place_ref) in self._spots

    def _listens(self, one: Persona, now: datetime) -> bool:
        return one.name not in self._silent and (one.joins_at is None or one.joins_at <= now)

    def _spot(self, one: Persona) -> Spot | None:
        return next((spot for spot in self._spots if spot.connection == one.connection), None)

    def _seat(self, session: Session, one: Persona, at: datetime) -> rehearsal.Seat:
        return rehearsal.Seat(session, one.connection, one.platform, one.ref, at)

    # --- what does not depend on us

    def _plan(self, at: datetime, do: Callable[[Session, datetime], object], *, plain: bool = False) -> None:
        heapq.heappush(self._acts, Act(at, next(self._numbers), do, plain))

    def _plan_talk(self, one: Persona, start: datetime, end: datetime) -> None:
        """Messages of their own, at random days and waking hours."""
        weeks = (end - start) / timedelta(weeks=1)
        for _ in range(_about(self._chance, one.talks * weeks)):
            day = (start + (end - start) * self._chance.random()).replace(hour=0, minute=0, second=0, microsecond=0)
            at = day + timedelta(hours=self._chance.uniform(*AWAKE))
            if at > start:
                self._plan(at, self._asking(one) if self._chance.random() < ASKS else self._talking(one), plain=True)

    def _joining(self, one: Persona) -> Callable[[Session, datetime], object]:
        def join(session: Session, at: datetime) -> None:
            for spot in self._spots:
                if spot.connection == one.connection:
                    self._seat(session, one, at).joins(spot.place_ref, one.name)

        return join

    def _greeting(self, one: Persona) -> Callable[[Session, datetime], object]:
        """Telegram lets us write only to those who wrote first."""
        return lambda session, at: self._seat(session, one, at).commands("start")

    def _falling_silent(self, one: Persona) -> Callable[[Session, datetime], object]:
        return lambda _session, _at: self._silent.add(one.name)

    def _stopping(self, one: Persona) -> Callable[[Session, datetime], object]:
        """They ask us for silence; with the others they go on talking."""
        return lambda session, at: self._seat(session, one, at).commands("stop")

    def _talking(self, one: Persona) -> Callable[[Session, datetime], object]:
        text = self._chance.choice(small_talk.of(small_talk.TALK, self.language))
        return lambda session, at: self._say(session, one, at, text)

    def _asking(self, one: Persona) -> Callable[[Session, datetime], object]:
        """A question to the others; some are overlooked."""
        text = self._chance.choice(small_talk.of(small_talk.QUESTIONS, self.language))
        overlooked = self._chance.random() < OVERLOOKED

        def ask(session: Session, at: datetime) -> None:
            ref = self._say(session, one, at, text)
            if ref is not None and not overlooked:
                self._plan_help(one, ref, at)

        return ask

    def _plan_help(self, asker: Persona, question_ref: str, now: datetime) -> None:
        helpers = [
            one
            for one in self.personas
            if one.connection == asker.connection
            and one is not asker
            and self._listens(one, now)
            and self._chance.random() < one.helps
        ]
        for helper in helpers[:3]:
            at = now + timedelta(hours=self._chance.uniform(*HELP_HOURS))
            self._plan(at, self._helping(helper, asker, question_ref), plain=True)

    def _helping(self, helper: Persona, asker: Persona, question_ref: str) -> Callable[[Session, datetime], object]:
        text = self._chance.choice(small_talk.of(small_talk.HELP, self.language))
        thanks = self._chance.choice(small_talk.of(small_talk.THANKS, self.language))
        later = timedelta(hours=self._chance.uniform(*THANKS_HOURS))

        def help_out(session: Session, at: datetime) -> None:
            ref = self._say(session, helper, at, text, question_ref)
            if ref is not None:
                self._plan(at + later, self._thanking(asker, ref, question_ref, thanks), plain=True)

        return help_out

    def _thanking(
        self, asker: Persona, reply_ref: str, question_ref: str, text: str
    ) -> Callable[[Session, datetime], object]:
        def thank(session: Session, at: datetime) -> None:
            spot = self._spot(asker)
            if spot is not None and self._listens(asker, at):
                self._seat(session, asker, at).reacts(spot.place_ref, reply_ref, "🙏")
                self._say(session, asker, at, text, question_ref)

        return thank

    def _say(self, session: Session, one: Persona, at: datetime, text: str, under: str | None = None) -> str | None:
        spot = self._spot(one)
        if spot is None or not self._listens(one, at):
            return None
        return self._seat(session, one, at).says(spot.place_ref, text, under)

    # --- what we set off

    def _doing(self, one: Persona, row: RehearsalMessage, plan: Plan) -> Callable[[Session, datetime], object]:
        def do(session: Session, at: datetime) -> None:
            spot = self._spot(one)
            if spot is None:
                return
            seen = session.get_one(RehearsalMessage, row.id)
            ref = plan.do(self._seat(session, one, at), seen, spot.place_ref)
            if ref is not None:
                self._plan_likes(one, Spot(seen.connection, seen.place_ref), ref, at)
            if plan.wakes:
                self._silent.discard(one.name)
            if plan.silences:
                self._silent.add(one.name)

        return do

    def _plan_likes(self, author: Persona, spot: Spot, ref: str, now: datetime) -> None:
        """Some who read an answer like it; recaps quote the most liked first."""
        others = [one for one in self.personas if one.connection == spot.connection and one is not author]
        likers = [one for one in others if self._listens(one, now)]
        for one in self._chance.sample(likers, min(len(likers), self._chance.choices(*LIKES)[0])):
            at = now + timedelta(hours=self._chance.uniform(*THANKS_HOURS))
            self._plan(at, self._liking(one, spot, ref), plain=True)

    def _liking(self, one: Persona, spot: Spot, ref: str) -> Callable[[Session, datetime], object]:
        return lambda session, at: self._seat(session, one, at).reacts(spot.place_ref, ref, "👍")


def _spots(session: Session, spaces: Sequence[str]) -> list[Spot]:
    found = (
        select(Connection.name, Place.ref)
        .join(Connection, Connection.id == Place.connection_id)
        .join(Space, Space.id == Place.space_id)
        .where(Space.name.in_(spaces), Place.retired_at.is_(None))
        .order_by(Space.id, Place.id)
    )
    return [Spot(connection, ref) for connection, ref in session.execute(found)]


def _about(chance: random.Random, expected: float) -> int:
    """A whole number near what is expected: the part behind the point by chance."""
    whole = int(expected)
    return whole + (chance.random() < expected - whole)
