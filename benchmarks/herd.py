"""10,000 rituals due at the same minute: how long until all are prepared, and how late the first posts are."""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
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
from workers.actors import IDS_PER_BELL
from workers.process import settle_memory

#: Monday, 09:30 in Paris.
MOMENT = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)

COMMUNITIES, SPACES, PER_SPACE = 100, 10, 10

#: All of them fall on that minute.
PHRASES = (
    "every monday at 09:30",
    "every weekday at 09:30",
    "every monday, thursday at 09:30",
    "every month on last day at 09:30",
    "every 2 weeks on monday at 09:30 from 2026-11-30",
)

#: Rituals made due in one transaction, as the clock does; the ids in one bell are the actors' own number.
BATCH = 500


class Instant:
    """A platform that takes everything at once."""

    capabilities = Capabilities("slack", 4000, forms=False, reads_back=False)

    def resolve(self, ref: str) -> PlaceSeen:
        return PlaceSeen(ref=ref, title=ref, kind="channel")

    def people(self, place_ref: str) -> list[Any]:
        return []

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        return Receipt(message_ref=key, place_ref=to.place_ref)


def measure(short: bool) -> list[dict[str, Any]]:
    """Figures on SQLite and on PostgreSQL."""
    communities = COMMUNITIES // 10 if short else COMMUNITIES
    with tempfile.TemporaryDirectory() as folder:
        rows = _on("SQLite", f"sqlite:///{Path(folder) / 'herd.db'}", communities)
    with servers.postgres() as url:
        return rows + _on("PostgreSQL", url, communities)


def _on(database: str, url: str, communities: int) -> list[dict[str, Any]]:
    """Some prepare while others send, so both are seen at their worst."""
    rituals = communities * SPACES * PER_SPACE
    app = _house(url, lambda: MOMENT - timedelta(hours=1))
    Base.metadata.create_all(app.store.engine)
    apply.apply(app, [_playbook(f"cercle{number}") for number in range(communities)])
    started = time.time() + 2.0  # the sender needs a moment to start
    with _sender(app, started):
        app = replace(app, now=_clock(started))
        settle_memory()  # as a process of ours does once it runs
        time.sleep(max(0.0, started - time.time()))
        spent = time.process_time()
        _prepare_all(app)
        spent, seconds = time.process_time() - spent, time.time() - started
        assert _count(app, Run) == _count(app, Delivery) == rituals, "every ritual was prepared once"
        late = _first_sent(app, 100)
    app.store.close()
    name = f"{rituals:,} rituals due at one minute, {database}"
    return [
        _figure(f"{name}: all prepared (goal 10 for 10,000)", seconds),
        _figure(f"{name}: CPU of the process that prepares (SQLite: and sends)", spent),
        _figure(f"{name}: first post late", late[0]),
        _figure(f"{name}: 100th post late", late[-1]),
    ]


def _figure(name: str, seconds: float) -> dict[str, Any]:
    return {"figure": name, "ours": seconds, "theirs": None, "ratio": None, "unit": "s"}


def _clock(started: float) -> Callable[[], datetime]:
    """The moment everything is due comes when the wall clock shows `started`."""
    return lambda: MOMENT + timedelta(seconds=time.time() - started)


def _house(url: str, now: Callable[[], datetime]) -> App:
    return App(
        settings=Settings(),
        store=Store(url),
        adapters={"slack": Instant()},  # type: ignore[dict-item]
        render=Renderer(None),
        now=now,
    )


def _playbook(name: str) -> Playbook:
    """A community of ten spaces with ten prompts each."""
    model = Model.model_validate({"ask": [f"Question {number}" for number in range(20)]})
    rituals = [
        Ritual(
            name=f"r{space}-{number}",
            kind="prompt",
            model=model,
            when=[PHRASES[number % len(PHRASES)]],
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
        pace={"posts": PER_SPACE, "our_share": {"at_most": "100%"}},  # type: ignore[arg-type]
        rituals={ritual.name: ritual for ritual in rituals},
    )


def _prepare_all(app: App) -> None:
    """What the clock and one worker thread do."""
    while True:
        with app.store.write() as session:
            stages = due.due(session, app.now(), BATCH)
        for start in range(0, len(stages), IDS_PER_BELL):
            prepare.prepare_all(app, stages[start : start + IDS_PER_BELL])
        if len(stages) < BATCH:
            return


@contextmanager
def _sender(app: App, started: float) -> Iterator[None]:
    """Whoever sends all the while: a process of its own, and on SQLite a thread of the one process, as deployed."""
    context = multiprocessing.get_context("spawn")
    stop = threading.Event() if app.store.is_sqlite else context.Event()
    if app.store.is_sqlite:
        sender: Any = threading.Thread(target=_send, args=(replace(app, now=_clock(started)), stop))
    else:
        sender = context.Process(target=_send_alone, args=(app.store.url, started, stop))
    sender.start()
    try:
        yield
    finally:
        stop.set()
        sender.join()


def _send_alone(url: str, started: float, stop: Any) -> None:
    app = _house(url, _clock(started))
    _send(app, stop)
    app.store.close()


def _send(app: App, stop: Any) -> None:
    with app.store.read() as session:
        connection_id = session.scalars(select(Connection.id)).one()
    while not stop.is_set():
        if not deliver(app, connection_id, 10):
            stop.wait(0.02)


def _first_sent(app: App, posts: int) -> list[float]:
    """How late the first posts were, in seconds; waits for them."""
    sent = select(Delivery.sent_at).where(Delivery.sent_at.is_not(None)).order_by(Delivery.sent_at).limit(posts)
    for _ in range(600):
        with app.store.read() as session:
            found = [at for at in session.scalars(sent) if at is not None]
        if len(found) == posts:
            break
        time.sleep(0.1)
    return [(at - MOMENT).total_seconds() for at in found]


def _count(app: App, table: type[Base]) -> int:
    with app.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
