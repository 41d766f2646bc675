"""Bells and the threads that answer them."""

from __future__ import annotations

import threading

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from tests.workers.watch import WEDGED, Watch
from workers import actors
from workers.pulse import Pulse


def test_a_bell_that_hangs_is_seen_in_the_pulse_until_it_ends() -> None:
    watch, entered, free = Watch(), threading.Event(), threading.Event()
    pulse = Pulse(1, watch)

    def hang() -> App:
        entered.set()
        free.wait(30)
        raise OSError("the verb ends at last")  # actors never raise

    broker = StubBroker(middleware=[])
    ring = actors.declare(broker, hang, pulse)
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=50)
    worker.start()
    try:
        ring("receive", [])
        assert entered.wait(10)
        watch.seconds += WEDGED
        assert pulse.still("worker") == WEDGED
        free.set()
        worker.join()
        assert pulse.still("worker") == 0
    finally:
        free.set()
        worker.stop(timeout=2_000)


def test_what_a_receiver_makes_due_leaves_from_its_own_thread_and_others_are_rung_for_the_rest(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, list[int]]] = []
    sent: list[int] = []
    app = App(Settings(), sqlite_store, {}, Renderer(None), ring=lambda kind, ids: rung.append((kind, list(ids))))

    def make_due(app: App) -> None:
        app.ring("prepare", [5])
        app.ring("deliver", [1, 2, 3])

    monkeypatch.setattr(actors.receive, "receive", make_due)
    monkeypatch.setattr(actors.deliver, "deliver", lambda app, connection_id, at_most: sent.append(connection_id))
    actors.receive_and_send(app)
    assert (sent, rung) == ([1], [("prepare", [5]), ("deliver", [2, 3])])
