"""Bench (e): from an accepted answer to our reaction, while nothing else happens: the whole process at work."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.circle import make
from benchmarks.wire import PLACES, ROOT
from orchestrator.flow.app import App
from orchestrator.ports import Address, Capabilities, Inbound, MemberSeen, Outgoing, Publish, React, Receipt
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, to_us
from tests import servers
from workers.process import Process

#: Answers, each by another member, and the seconds of rest between them.
ANSWERS, REST_SECONDS = 100, 0.15

#: Seconds after which a reaction counts as lost.
PATIENCE_SECONDS = 10.0


@dataclass
class Ear:
    """A platform that takes everything at once; it notes when a reaction to a message arrived."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities("slack", 4000, forms=True, reads_back=True))
    publish: Publish | None = None
    listening: threading.Event = field(default_factory=threading.Event)
    reacted: dict[str, threading.Event] = field(default_factory=dict)

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        if isinstance(outgoing, React):
            self.reacted[outgoing.message_ref].set()
        return Receipt()

    def listen(self, publish: Publish, may_listen: object, stop: threading.Event) -> None:
        self.publish = publish
        self.listening.set()
        stop.wait()

    def member(self, ref: str) -> MemberSeen:
        return MemberSeen(ref, ref)

    def silent_for(self) -> float:
        return 0.0

    def close(self) -> None:
        pass


def measure(short: bool) -> list[dict[str, Any]]:
    """Milliseconds at the 95th percentile: SQLite in one process, and PostgreSQL with Redis."""
    answers = 30 if short else ANSWERS
    rows = []
    for kind, opened in (("SQLite", _embedded), ("PostgreSQL and Redis", _served)):
        with opened() as settings:
            waited = sorted(_wait_for_reactions(settings, answers))
        p95 = waited[int(len(waited) * 0.95)]
        figure = f"accepted answer to our reaction, idle, {kind}"
        for name, value in ((f"{figure}, median", statistics.median(waited)), (f"{figure}, p95 (goal 100)", p95)):
            rows.append({"figure": name, "ours": round(value, 1), "theirs": None, "ratio": None, "unit": "ms"})
    return rows


@contextlib.contextmanager
def _embedded() -> Iterator[Mapping[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        yield {"database_url": f"sqlite:///{Path(folder) / 'latency.db'}"}


@contextlib.contextmanager
def _served() -> Iterator[Mapping[str, Any]]:
    with servers.postgres() as database, servers.redis() as redis:
        yield {"database_url": database, "redis_url": SecretStr(redis)}


def _wait_for_reactions(settings: Mapping[str, Any], answers: int) -> list[float]:
    store = Store(settings["database_url"])
    Base.metadata.create_all(store.engine)
    make(store, ["U999999"])
    ear = Ear()
    app = App(Settings(**settings), store, {"slack": ear}, Renderer(None))  # type: ignore[dict-item]
    process = Process(app, ("listen", "worker", "clock"))
    with process.running(_no_console):
        ear.listening.wait(PATIENCE_SECONDS)
        for warm_up in (0, 1):
            _answer(app, ear, warm_up)
        return [_answer(app, ear, number) for number in range(2, answers + 2)]


def _no_console(_app: App) -> Any:
    raise AssertionError("this process has no console")


def _answer(app: App, ear: Ear, number: int) -> float:
    """Answer, and wait for our reaction: milliseconds since the answer was accepted."""
    time.sleep(REST_SECONDS)
    ref = f"1767000001.{number:06d}"
    here = {"place_ref": PLACES[0], "thread_ref": ROOT, "message_ref": ref, "member_ref": f"U{number:06d}"}
    answer = Inbound(kind="said", event_ref=ref, at=to_us(app.now()), text="vingt euros", to_us=True, **here)
    reacted = ear.reacted[ref] = threading.Event()
    assert ear.publish is not None
    ear.publish([answer])
    accepted = time.perf_counter()
    if not reacted.wait(PATIENCE_SECONDS):
        raise AssertionError("no reaction came")
    return (time.perf_counter() - accepted) * 1000
