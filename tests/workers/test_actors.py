"""Bells and the threads that answer them."""

from __future__ import annotations

import threading

import dramatiq
from dramatiq.brokers.stub import StubBroker

from orchestrator.flow.app import App
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
