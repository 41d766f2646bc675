"""Weeks of playbooks in seconds: the real verbs under a moved clock, with simulated members."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.orm import Session

from orchestrator import boot
from orchestrator.bus import Bus
from orchestrator.flow import apply, approve, deeds, deliver, due, moments, prepare, receive, watch
from orchestrator.flow.app import App
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Call
from orchestrator.render import Renderer
from orchestrator.rules.zone import read_zone
from orchestrator.settings import Settings
from orchestrator.store.session import MEMORY, Store
from orchestrator.store.tables import Approval, Base, Delivery, Inbox, RehearsalAct, Ritual, Stage, to_us
from workers import personas
from workers.crowd import Crowd
from workers.listen import publisher
from workers.personas import Persona

#: What the hosts of a rehearsal do when they are asked.
Approvals = Literal["given", "refused", "none"]

#: The happening that is heard of at once; for the others somebody has to look.
JOINS = "member joins"

#: Local hours at which what members left undone is looked for on working days; more often costs time only.
LOOKS = (10, 12, 14, 16, 18)

#: Rounds of hear → due → prepare → deliver at one moment before we call it an endless loop of ours.
ROUNDS = 1000

#: What members do within this is heard together: nobody sees the difference, and it saves most of the time.
TOGETHER = timedelta(hours=1)

#: How long a host thinks about a request, in hours, and how long before its end they have decided.
THINKS_HOURS, IN_TIME = (0.2, 5.0), timedelta(minutes=5)


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Waiting(NamedTuple):
    """What waits in rows: members' acts, inbounds, requests; the next moments of what is planned and to be sent."""

    acts: int
    inbox: int
    requests: int
    ritual_at: datetime | None
    stage_at: datetime | None
    sends: datetime | None

    @property
    def planned(self) -> datetime | None:
        """The next moment of a ritual or a stage."""
        return min((at for at in (self.ritual_at, self.stage_at) if at is not None), default=None)

    @property
    def at(self) -> datetime | None:
        """The next moment of anything planned or to be sent."""
        return min((at for at in (self.planned, self.sends) if at is not None), default=None)


# Asked some thousand times: built once.
WAITING = select(
    select(func.count()).select_from(RehearsalAct).scalar_subquery(),
    select(func.count()).select_from(Inbox).where(Inbox.error.is_(None)).scalar_subquery(),
    select(func.count()).select_from(Approval).where(Approval.state == "asked").scalar_subquery(),
    select(func.min(Ritual.next_at)).where(Ritual.retired_at.is_(None)).scalar_subquery(),
    select(func.min(Stage.at)).where(Stage.state == "planned").scalar_subquery(),
    select(func.min(Delivery.not_before)).where(Delivery.state == "due").scalar_subquery(),
)
READY = (
    select(Delivery.connection_id, func.count())
    .where(Delivery.state == "due", Delivery.not_before <= bindparam("now", type_=BigInteger))
    .group_by(Delivery.connection_id)
    .order_by(Delivery.connection_id)
)


class Simulation:
    """One rehearsal. The same playbooks, seed and start give the same rows, and so the same bytes."""

    def __init__(self, playbooks: Sequence[Playbook], members: int, seed: int, start: datetime) -> None:
        self.random = random.Random(seed)
        self.clock = Clock(start)
        self.start = self.end = start
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
        self.approvals: Approvals = "given"
        self.cast: list[Persona] = []
        self.sent: list[tuple[datetime, str, str, list[Call]]] = []  # moment, connection, delivery key, calls
        self._looks_at = self._next_look(start) if self._watches() else None  # for what members leave undone
        self._heard = False  # something that deeds were not derived from yet
        self._decisions: dict[str, datetime] = {}  # when the hosts will have thought, by the request's code
        for name, adapter in self.app.adapters.items():
            adapter.note = self._noter(name)  # type: ignore[attr-defined]

    def play(self, until: datetime) -> None:
        """Hold everything that is due until that moment."""
        self.end = until
        crowd = self._people(until)
        while (moment := self._next_moment(crowd)) is not None and moment <= until:
            self.clock.at = max(self.clock.at, moment)
            if self._act(crowd):
                self._run_down(crowd)
        self.clock.at = max(self.clock.at, until)

    def close(self) -> None:
        """End the threads and the throw-away database."""
        self.bus.close()
        self.app.store.close()

    def _noter(self, connection: str) -> Callable[[str, list[Call]], None]:
        return lambda key, calls: self.sent.append((self.clock.now(), connection, key, calls))

    def _people(self, until: datetime) -> Crowd:
        """Those who are there first, then the playbooks, then what the members have in mind."""
        platforms = [(name, adapter.capabilities.platform) for name, adapter in sorted(self.app.adapters.items())]
        self.cast = personas.draw(self.random, platforms, self.members, self.start, until)
        first = self.playbooks[0]
        hosts = personas.hosts(first.people, first.hosts.people) if first.hosts else []
        crowd = Crowd(self.cast, hosts, self.random, first.language)
        with self.app.store.write() as session:
            crowd.settle(session)
        apply.apply(self.app, self.playbooks)
        spaces = {
            space for playbook in self.playbooks for ritual in playbook.rituals.values() for space in ritual.where
        }
        with self.app.store.read() as session:
            crowd.begin(session, sorted(spaces), self.start, until)
        return crowd

    def _next_moment(self, crowd: Crowd) -> datetime | None:
        coming = [self._waiting().at, crowd.next_at(), self._looks_at, *self._decisions.values()]
        return min((moment for moment in coming if moment is not None), default=None)

    def _watches(self) -> bool:
        """Does a ritual wait for something left undone: a question unanswered, a space gone quiet?"""
        rituals = (ritual for playbook in self.playbooks for ritual in playbook.rituals.values())
        return any(one.kind != JOINS for ritual in rituals for one in moments.happenings(ritual))

    def _next_look(self, after: datetime) -> datetime:
        """Five past the next full hour at which the clock may find something: by day, and once on weekends."""
        at = after.astimezone(read_zone(self.playbooks[0].timezone)).replace(minute=5, second=0, microsecond=0)
        while True:
            at += timedelta(hours=1)
            if at.hour == watch.LOOKS_AT or (at.weekday() < 5 and at.hour in LOOKS):
                return at.astimezone(UTC)

    def _waiting(self) -> Waiting:
        with self.app.store.read() as session:
            return Waiting(*session.execute(WAITING).one())

    def _act(self, crowd: Crowd) -> bool:
        """Let members do what they have in mind for now; tell whether there is anything for us to do."""
        ours = (self._waiting().at, self._looks_at, *self._decisions.values())
        others = [moment for moment in ours if moment is not None]
        last = max(self.clock.at, min([self.clock.at + TOGETHER, *others]))
        with self.app.store.write() as session:
            called = crowd.act(session, last)
        self.clock.at = last if called else self.clock.at
        return called or any(moment <= self.clock.at for moment in others)

    def _run_down(self, crowd: Crowd) -> None:
        for _ in range(ROUNDS):
            if not self._round(crowd):
                return
        raise RuntimeError("a rehearsal that never comes to rest")

    def _round(self, crowd: Crowd) -> bool:
        """One turn of everything that waits; tell whether anything moved."""
        waiting, now = self._waiting(), self.clock.now()
        moved = self._hear() if waiting.acts or waiting.inbox else 0
        moved += self._decide() if waiting.requests else 0
        looks = self._looks_at is not None and self._looks_at <= now
        if looks or (waiting.planned is not None and waiting.planned <= now):
            moved += self._prepare()
        if looks:
            self._looks_at = self._next_look(now)
        for connection_id, ready in self._ready() if waiting.sends or moved else ():
            moved += deliver.deliver(self.app, connection_id, ready)
        with self.app.store.read() as session:
            crowd.look(session, self.clock.now())
        if not moved and waiting.at is not None and waiting.at <= now:
            self.clock.advance(1)  # what waits for a platform's pace
        return moved > 0

    def _prepare(self) -> int:
        if self._heard:
            deeds.follow(self.app)
            self._heard = False
        with self.app.store.write() as session:
            stages = due.due(session, self.clock.now())
        prepare.prepare_all(self.app, stages)
        return len(stages)

    def _hear(self) -> int:
        heard = 0
        for name, adapter in sorted(self.app.adapters.items()):
            heard += adapter.hear(publisher(self.app, self.bus, name))  # type: ignore[attr-defined]
        self._heard = True
        return heard + receive.receive(self.app)

    def _ready(self) -> list[tuple[int, int]]:
        """How many deliveries each connection has to send now."""
        with self.app.store.read() as session:
            return list(session.execute(READY, {"now": to_us(self.clock.now())}))

    def _decide(self) -> int:
        """Let the hosts think about each new request, then decide."""
        if self.approvals == "none":
            return 0
        now, decided = self.clock.now(), 0
        with self.app.store.write() as session:
            asked = session.scalars(select(Approval).where(Approval.state == "asked").order_by(Approval.id)).all()
            for request in asked:
                if self._thought(request) <= now:
                    self._take(session, request)
                    decided += 1
        return decided

    def _thought(self, request: Approval) -> datetime:
        if request.code not in self._decisions:
            at = self.clock.now() + timedelta(hours=self.random.uniform(*THINKS_HOURS))
            self._decisions[request.code] = max(self.clock.now(), min(at, request.until - IN_TIME))
        return self._decisions[request.code]

    def _take(self, session: Session, request: Approval) -> None:
        approve.decide(session, request.code, "rehearsal", self.approvals == "given", self.clock.now())
        self._decisions.pop(request.code)
