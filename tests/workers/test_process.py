"""What a running process writes down about its parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.flow import vitals
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from tests.circle import NOON
from tests.workers.watch import WEDGED, Watch
from workers.process import Process
from workers.pulse import Pulse

THREADS = 2


class Deaf:
    """A connection whose platform does not answer."""

    def __init__(self, silent: float) -> None:
        self.silent = silent

    def listen(self, _publish: Any, _may_listen: Any, stop: threading.Event) -> None:
        stop.wait()

    def silent_for(self) -> float:
        return self.silent

    def close(self) -> None:
        pass


@contextmanager
def running(store: Store, *parts: str, watch: Watch | None = None, **adapters: Any) -> Iterator[Process]:
    """A process with these parts, whose time stands still at noon; its pulse follows the watch."""
    settings = Settings(worker_threads=THREADS)
    app = App(settings, store, adapters, Renderer(None), now=lambda: NOON)
    process = Process(app, parts, Pulse(THREADS, watch or Watch()))
    with process.running(lambda _app: None):  # type: ignore[arg-type, return-value]
        yield process


def signs(process: Process) -> dict[str, bool]:
    process.beat()
    return {name: sign["ok"] for name, sign in vitals.parts(process.app).items() if sign["seen_at"]}


def test_a_worker_whose_threads_all_hang_turns_red(sqlite_store: Store) -> None:
    watch = Watch()
    with running(sqlite_store, "console", watch=watch) as process:  # no worker runs: no thread is busy but ours
        process.parts = ("worker",)
        with process.pulse.work(), process.pulse.work():
            assert signs(process)["worker"]
            watch.seconds += WEDGED
            assert not signs(process)["worker"]
        assert signs(process)["worker"]


def test_a_clock_that_hangs_turns_red(sqlite_store: Store) -> None:
    watch = Watch()
    with running(sqlite_store, "console", watch=watch) as process:  # no clock runs: nothing ticks but we
        process.parts = ("clock",)
        assert signs(process)["clock"]
        watch.seconds += WEDGED
        assert not signs(process)["clock"]
        process.pulse.tick()
        assert signs(process)["clock"]


def test_a_running_clock_ticks(sqlite_store: Store) -> None:
    watch = Watch()
    with running(sqlite_store, "clock", watch=watch) as process:
        watch.seconds += WEDGED
        while process.pulse.still("clock"):  # ends with the next tick, a second later
            time.sleep(0.05)
        assert signs(process)["clock"]


def test_a_listener_is_well_while_one_of_its_connections_is_deaf(sqlite_store: Store) -> None:
    with running(sqlite_store, "listen", slack=Deaf(0), telegram=Deaf(WEDGED)) as process:
        assert signs(process) == {"database": True, "listen": True, "slack": True, "telegram": False}
        process.app.adapters["telegram"].silent = 0  # type: ignore[attr-defined]
        assert signs(process)["telegram"]


def test_a_process_that_ends_in_order_is_not_missed(sqlite_store: Store) -> None:
    with running(sqlite_store, "worker") as process:
        assert "worker" in signs(process)
        app = process.app
    assert vitals.parts(app)["worker"]["seen_at"] is None
