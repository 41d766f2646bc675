"""Weeks of playbooks in seconds: the real verbs under a moved clock, with simulated members."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator import boot
from orchestrator.bus import Bus
from orchestrator.console.extras import ANSWERS
from orchestrator.flow import apply, approve, deliver, due, prepare, receive, settle
from orchestrator.flow.app import App
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Call
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store import rehearsal
from orchestrator.store.session import MEMORY, Store
from orchestrator.store.tables import (
    Approval,
    Base,
    Connection,
    Delivery,
    RehearsalMessage,
    RehearsalPerson,
    Ritual,
    Stage,
)
from workers.listen import publisher

#: Rounds of due → prepare → deliver → hear → receive at one moment before we call it an endless loop of ours.
ROUNDS = 1000

#: How many of the members answer a question, as a share.
SHARE_THAT_ANSWERS = 0.35

#: Hours after a post within which simulated members answer.
ANSWER_HOURS = 30.0

FIRST = ("Ana", "Ben", "Chloé", "Dev", "Inès", "Malik", "Rosa", "Tom", "Léa", "Omar", "Zoé", "Ivan", "Maya", "Paul")
LAST = ("Lopes", "Carter", "Martin", "Patel", "Haddad", "Diallo", "Weiss", "Leroy", "Rossi", "Novak", "Silva", "Petit")


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(order=True)
class Act:
    """Something a simulated member will do."""

    at: datetime
    number: int
    do: Callable[[Session], object] = field(compare=False)


class Simulation:
    """One rehearsal. The same playbooks, seed and start give the same rows, and so the same bytes."""

    def __init__(self, playbooks: Sequence[Playbook], members: int, seed: int, start: datetime) -> None:
        self.random = random.Random(seed)
        self.clock = Clock(start)
        store = Store(MEMORY)
        Base.metadata.create_all(store.engine)
        self.app = App(
            settings=Settings(),
            store=store,
            adapters=boot.rehearsed(store, self.clock.now),
            render=Renderer(None),
            now=self.clock.now,
            sleep=self.clock.advance,
        )
        self.bus = Bus(store, self.clock.now)
        self.playbooks = playbooks
        self.members = members
        self.approves = True
        self._acts: list[Act] = []
        self._numbers = itertools.count()
        self._answered_posts: set[int] = set()
        self.sent: list[tuple[datetime, str, str, list[Call]]] = []  # moment, connection, delivery key, calls
        for name, adapter in self.app.adapters.items():
            adapter.note = self._noter(name)  # type: ignore[attr-defined]

    def play(self, until: datetime) -> None:
        """Hold everything that is due until that moment."""
        self._populate()
        apply.apply(self.app, self.playbooks)
        while (moment := self._next_moment()) is not None and moment <= until:
            self.clock.at = max(self.clock.at, moment)
            self._do_acts()
            self._run_down()
        self.clock.at = max(self.clock.at, until)

    def close(self) -> None:
        """End the threads and the throw-away database."""
        self.bus.close()
        self.app.store.close()

    def _noter(self, connection: str) -> Callable[[str, list[Call]], None]:
        return lambda key, calls: self.sent.append((self.clock.now(), connection, key, calls))

    def _populate(self) -> None:
        names = [f"{first} {last}" for last in LAST for first in FIRST]
        self.random.shuffle(names)
        connections = sorted(self.app.adapters)
        with self.app.store.write() as session:
            for number in range(self.members):
                # Each lives on one platform: nobody has linked two handles yet.
                connection, name = connections[number % len(connections)], names[number % len(names)]
                ref = f"U{number:08d}" if connection == "slack" else str(500_000 + number)
                session.add(RehearsalPerson(connection=connection, ref=ref, name=name))

    def _next_moment(self) -> datetime | None:
        wanted = (
            select(func.min(Ritual.next_at)).where(Ritual.retired_at.is_(None)),
            select(func.min(Stage.at)).where(Stage.state == "planned"),
            select(func.min(Delivery.not_before)).where(Delivery.state == "due"),
        )
        with self.app.store.read() as session:
            moments = [session.scalar(one) for one in wanted]
        moments += [self._acts[0].at] if self._acts else []
        return min((moment for moment in moments if moment is not None), default=None)

    def _do_acts(self) -> None:
        while self._acts and self._acts[0].at <= self.clock.at:
            with self.app.store.write() as session:
                heapq.heappop(self._acts).do(session)

    def _run_down(self) -> None:
        for _ in range(ROUNDS):
            if not self._round():
                return
        raise RuntimeError("a rehearsal that never comes to rest")

    def _round(self) -> bool:
        before = self._state()
        with self.app.store.write() as session:
            stages = due.due(session, self.clock.now())
        for stage_id in stages:
            prepare.prepare(self.app, stage_id)
        for connection_id in self._connections():
            deliver.deliver(self.app, connection_id, 1)
        for name, adapter in sorted(self.app.adapters.items()):
            adapter.hear(publisher(self.app, self.bus, name))  # type: ignore[attr-defined]
        receive.receive(self.app)
        settle.settle(self.app)
        self._decide()
        self._answer_new_posts()
        return self._state() != before

    def _state(self) -> tuple[object, ...]:
        with self.app.store.read() as session:
            deliveries = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
            stages = session.execute(select(Stage.state, func.count()).group_by(Stage.state)).all()
            return (*sorted(map(tuple, deliveries)), *sorted(map(tuple, stages)), self.clock.at)

    def _connections(self) -> list[int]:
        with self.app.store.read() as session:
            return list(session.scalars(select(Connection.id).order_by(Connection.id)))

    def _decide(self) -> None:
        with self.app.store.write() as session:
            asked = session.scalars(select(Approval).where(Approval.state == "asked").order_by(Approval.id)).all()
            for approval in asked:
                approve.decide(session, approval.code, "rehearsal", self.approves, self.clock.now())

    def _answer_new_posts(self) -> None:
        with self.app.store.read() as session:
            for delivery, connection, message in _new_posts(session, self._answered_posts):
                self._answered_posts.add(delivery.id)
                people = rehearsal.people(session, connection.name)
                for person in people:
                    self._plan_answer(connection, message, person)

    def _plan_answer(self, connection: Connection, message: RehearsalMessage, person: RehearsalPerson) -> None:
        chance, later = self.random.random(), self.random.uniform(0.05, ANSWER_HOURS)
        text = self.random.choice(ANSWERS["fr"] if self.playbooks[0].language == "fr" else ANSWERS["en"])
        if chance > SHARE_THAT_ANSWERS:
            return
        at = self.clock.at + timedelta(hours=later)
        platform, ref, post = connection.platform, person.ref, (message.place_ref, message.message_ref)

        def say(session: Session) -> None:
            seat = rehearsal.Seat(session, connection.name, platform, ref, self.clock.now())
            seat.says(post[0], text, under=post[1])

        heapq.heappush(self._acts, Act(at, next(self._numbers), say))


def _new_posts(session: Session, seen: set[int]) -> list[tuple[Delivery, Connection, RehearsalMessage]]:
    found = (
        select(Delivery, Connection, RehearsalMessage)
        .join(Connection, Connection.id == Delivery.connection_id)
        .join(RehearsalMessage, RehearsalMessage.key == Delivery.key)
        .where(Delivery.state == "sent", Delivery.counts, RehearsalMessage.under.is_(None))
        .order_by(Delivery.id)
    )
    rows = [(one, two, three) for one, two, three in session.execute(found)]
    return [row for row in rows if row[0].id not in seen and '"answer"' in row[0].body.decode()]
