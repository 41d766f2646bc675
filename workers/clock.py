"""The clock: in every process, with no leader. Claims make two of anything safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from orchestrator import log
from orchestrator.flow import due, sweep
from orchestrator.flow.app import App

logger = log.get("clock")

#: Seconds between two looks for due rituals and stages.
TICK_SECONDS = 1.0

#: Seconds between two sweeps: what a lost bell costs.
SWEEP_SECONDS = 5.0

#: Rituals made due in one transaction.
BATCH = 500


def run(app: App, stop: threading.Event, ticked: Callable[[], None]) -> None:
    """Tick until `stop` is set, and tell whenever everything due was looked at."""
    swept_at = 0.0
    while not stop.is_set():
        try:
            tick(app)
            if time.monotonic() - swept_at >= SWEEP_SECONDS:
                swept_at = time.monotonic()
                sweep.sweep(app)
            ticked()
        except Exception as error:  # the database is away for a moment: the next tick finds the rest
            logger.warning("clock.failed", error=type(error).__name__, reference=log.keep_bug())
        stop.wait(TICK_SECONDS)


def tick(app: App) -> None:
    """Make what is due, and ring for it and for what may leave now."""
    while True:
        with app.store.write() as session:
            stages = due.due(session, app.now(), BATCH)
        app.ring("prepare", stages)
        if len(stages) < BATCH:
            break
    sweep.wake(app)
