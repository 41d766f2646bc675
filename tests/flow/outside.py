"""A way out to test with: one connection with a ledger, a moving clock, and some places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.flow import sweep
from orchestrator.flow.app import App
from orchestrator.flow.deliver import deliver
from orchestrator.flow.settle import settle
from orchestrator.playbook.schema import Hosts, Playbook
from orchestrator.playbook.schema import Ritual as Written
from orchestrator.ports import Limit, Outgoing, Post
from orchestrator.render import Renderer
from orchestrator.rituals.prompt import Model
from orchestrator.settings import Settings
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Community,
    Connection,
    Delivery,
    Place,
    PlaybookRow,
    PlaybookVersion,
    Ritual,
    Run,
    Space,
    Stage,
    Trace,
)
from tests.flow.platform import Clock, Platform

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass
class Outside:
    """One app whose only connection is a Platform; `place_ids` are its places."""

    store: Store
    clock: Clock
    platform: Platform
    app: App
    connection_id: int
    place_ids: list[int]
    bells: list[tuple[str, list[int]]] = field(default_factory=list)

    def plan(self, text: str = "bonjour", place: int | None = 0, **more: Any) -> int:
        """Plan a post (or `body`) in one of the places, due now; gives its id."""
        body: Outgoing = more.pop("body", Post(text))
        known = {"run": None, "stage": "post", "target": text, "not_before": self.clock.now()}
        with self.store.write() as session:
            if isinstance(run_id := more.pop("run_id", None), int):
                known["run"] = session.get_one(Run, run_id)
            at = session.get_one(Place, self.place_ids[place]) if place is not None else None
            return deliveries.plan(session, **{**known, "place": at, "body": body, **more}).id

    def deliver(self, at_most: int = 100) -> int:
        return deliver(self.app, self.connection_id, at_most)

    def settle(self) -> None:
        settle(self.app)

    def row(self, delivery_id: int) -> Delivery:
        with self.store.read() as session:
            return session.get_one(Delivery, delivery_id)

    def place(self, number: int) -> Place:
        with self.store.read() as session:
            return session.get_one(Place, self.place_ids[number])

    def steps(self, run_id: int) -> list[str]:
        with self.store.read() as session:
            return list(session.scalars(select(Trace.step).where(Trace.run_id == run_id).order_by(Trace.id)))

    def pass_time(self, seconds: int, every: int = 5) -> None:
        """Live on: sweep and do what is rung for, as processes do."""
        for _ in range(0, seconds, every):
            self.clock.move(seconds=every)
            self.bells.clear()
            sweep.sweep(self.app)
            self.settle()
            self.deliver()


def outside(
    store: Store, *, places: int = 3, reads_back: bool = False, limits: Sequence[Limit] = (), kind: str = "group"
) -> Outside:
    """Make it, in a fresh database."""
    clock = Clock(NOON)
    platform = Platform(clock, reads_back=reads_back, limits=tuple(limits))
    bells: list[tuple[str, list[int]]] = []
    app = App(
        settings=Settings(),
        store=store,
        adapters={"test": platform},
        render=Renderer(None),
        now=clock.now,
        ring=lambda kind, ids: bells.append((kind, list(ids))),
        sleep=clock.sleep,
    )
    with store.write() as session:
        community = Community(name="cercle", zone="Europe/Paris", language="fr")
        connection = Connection(name="test", platform="slack")
        session.add_all([community, connection])
        session.flush()
        ids = []
        for number in range(places):
            space = Space(community_id=community.id, name=f"salon{number}")
            session.add(space)
            session.flush()
            place = Place(space_id=space.id, connection_id=connection.id, ref=f"-10{number}", kind=kind)
            session.add(place)
            session.flush()
            ids.append(place.id)
        return Outside(store, clock, platform, app, connection.id, ids, bells)


def run_of(there: Outside, *, hosts: str | None = None) -> int:
    """A run that is due now, of a prompt in salon0; gives its id."""
    written = Written(
        name="question",
        kind="prompt",
        model=Model.model_validate({"ask": ["Quel prix ?"], "open_for": timedelta(days=2)}),
        when=["every monday at 13:00"],
        where=["salon0"],
    )
    playbook = Playbook(
        playbook="cercle",
        title="Cercle",
        community="cercle",
        language="fr",
        timezone="Europe/Paris",
        hosts=Hosts(people=["ines"], space=hosts) if hosts else None,
        rituals={"question": written},
    )
    with there.store.write() as session:
        community = session.scalars(select(Community)).one()
        above = PlaybookRow(community_id=community.id, name="cercle")
        session.add(above)
        session.flush()
        version = PlaybookVersion(playbook_id=above.id, digest="d", body=playbook.model_dump_json(), created_at=NOON)
        session.add(version)
        session.flush()
        ritual = Ritual(playbook_id=above.id, version_id=version.id, name="question", kind="prompt")
        session.add(ritual)
        session.flush()
        run = Run(
            ritual_id=ritual.id, version_id=version.id, key="2026-11-30T13:00", code="c0de", due_at=NOON, made_at=NOON
        )
        session.add(run)
        session.flush()
        session.add(Stage(run_id=run.id, name="close", at=NOON + timedelta(days=2)))
        return run.id
