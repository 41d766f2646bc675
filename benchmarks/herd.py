"""10,000 rituals due at the same minute: how long until all are prepared, and how late the first posts are."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from orchestrator.flow import apply, due, prepare
from orchestrator.flow.app import App
from orchestrator.flow.deliver import deliver
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.ports import Address, Capabilities, Outgoing, PlaceSeen, Receipt
from orchestrator.render import Renderer
from orchestrator.rituals.prompt import Model
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Connection, Delivery, Run
from tests import servers

#: Monday, 09:30 in Paris.
MOMENT = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)

COMMUNITIES, SPACES, PER_SPACE = 100, 10, 10

TAKES_ALL = Capabilities("slack", 4000, forms=False, reads_back=False)

#: Rituals made due in one transaction, and stage ids in one bell: what the clock and the actors use.
BATCH, BELL = 500, 100


@dataclass
class Instant:
    """A platform that takes everything at once and notes when."""

    at: list[float] = field(default_factory=list)
    capabilities: Capabilities = TAKES_ALL

    def resolve(self, ref: str) -> PlaceSeen:
        return PlaceSeen(ref=ref, title=ref, kind="channel")

    def people(self, place_ref: str) -> list[Any]:
        return []

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        self.at.append(time.perf_counter())
        return Receipt(message_ref=str(len(self.at)), place_ref=to.place_ref)


def measure(short: bool) -> list[dict[str, Any]]:
    """Figures on SQLite and on PostgreSQL."""
    communities = COMMUNITIES // 10 if short else COMMUNITIES
    with tempfile.TemporaryDirectory() as folder:
        rows = _on("SQLite", f"sqlite:///{Path(folder) / 'herd.db'}", communities)
    with servers.postgres() as url:
        return rows + _on("PostgreSQL", url, communities)


def _on(database: str, url: str, communities: int) -> list[dict[str, Any]]:
    platform = Instant()
    app, clock = _house(url, platform)
    apply.apply(app, [_playbook(f"cercle{number}") for number in range(communities)])
    clock[0] = MOMENT
    with _posting(app):
        started = time.perf_counter()
        _prepare_all(app)
        seconds = time.perf_counter() - started
        rituals = communities * SPACES * PER_SPACE
        assert _count(app, Run) == _count(app, Delivery) == rituals, "every ritual was prepared once"
        _wait_for(platform, 100)
    late = sorted(at - started for at in platform.at)
    app.store.close()
    name = f"{rituals:,} rituals due at one minute, {database}"
    return [
        {"figure": f"{name}: all prepared", "ours": seconds, "theirs": None, "ratio": None, "unit": "s"},
        {"figure": f"{name}: first post late", "ours": late[0], "theirs": None, "ratio": None, "unit": "s"},
        {"figure": f"{name}: 100th post late", "ours": late[99], "theirs": None, "ratio": None, "unit": "s"},
    ]


def _house(url: str, platform: Instant) -> tuple[App, list[datetime]]:
    store = Store(url)
    Base.metadata.create_all(store.engine)
    clock = [MOMENT - timedelta(days=1)]
    app = App(
        settings=Settings(),
        store=store,
        adapters={"slack": platform},  # type: ignore[dict-item]
        render=Renderer(None),
        now=lambda: clock[0],
    )
    return app, clock


def _playbook(name: str) -> Playbook:
    """A community of ten spaces with ten Monday prompts each."""
    model = Model.model_validate({"ask": [f"Question {number}" for number in range(20)]})
    rituals = [
        Ritual(
            name=f"r{space}-{number}",
            kind="prompt",
            model=model,
            when=["every monday at 09:30"],
            where=[f"s{space}"],
            approval={"required": False},  # type: ignore[arg-type]
        )
        for space in range(SPACES)
        for number in range(PER_SPACE)
    ]
    return Playbook(
        playbook=name,
        title=name,
        community=name,
        language="en",
        timezone="Europe/Paris",
        spaces={f"s{space}": {"slack": f"{name}-{space}"} for space in range(SPACES)},
        pace={"posts": PER_SPACE},  # type: ignore[arg-type]
        rituals={ritual.name: ritual for ritual in rituals},
    )


def _prepare_all(app: App) -> None:
    """What the clock and one worker thread do."""
    while True:
        with app.store.write() as session:
            stages = due.due(session, app.now(), BATCH)
        for start in range(0, len(stages), BELL):
            prepare.prepare_all(app, stages[start : start + BELL])
        if len(stages) < BATCH:
            return


@contextmanager
def _posting(app: App) -> Iterator[None]:
    """Another thread that sends all the while."""
    stop = threading.Event()
    with app.store.read() as session:
        connection_id = session.scalars(select(Connection.id)).one()

    def send() -> None:
        while not stop.is_set():
            if not deliver(app, connection_id, 10):
                stop.wait(0.05)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _wait_for(platform: Instant, posts: int) -> None:
    give_up = time.perf_counter() + 60
    while len(platform.at) < posts and time.perf_counter() < give_up:
        time.sleep(0.01)


def _count(app: App, table: type[Base]) -> int:
    with app.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
