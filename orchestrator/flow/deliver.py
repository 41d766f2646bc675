"""Sends what is due on one connection, a few at a time, so that no platform takes all the threads."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow.app import App
from orchestrator.flow.attempt import attempt
from orchestrator.flow.claim import claim
from orchestrator.store import attempts

#: What is due within this is waited for, by one thread a connection; the clock rings for the rest.
SOON = timedelta(seconds=1)

#: Waits in one call, each at most SOON.
WAITS = 3


def deliver(app: App, connection_id: int, at_most: int) -> int:
    """Send up to `at_most` due deliveries of a connection; tell how many were attempted.

    At most half of a worker's threads are under way per connection: a call that finds no seat does nothing,
    for those who sit take its work. A call that found work rings for company, and again when it ends early.
    """
    most = max(1, app.settings.worker_threads // 2)
    with app.flights.seat(connection_id, most) as seated:
        done = _deliver(app, connection_id, at_most) if seated else 0
    if 0 < at_most <= done:
        app.ring("deliver", [connection_id])
    return done


def _deliver(app: App, connection_id: int, at_most: int) -> int:
    done = waits = 0
    while done < at_most:
        claimed = claim(app, connection_id)
        if claimed is not None:
            if done == 0:
                app.ring("deliver", [connection_id])
            attempt(app, claimed)
            done += 1
            continue
        waits += 1
        if waits > WAITS or not _wait(app, connection_id):
            break
    return done


def _wait(app: App, connection_id: int) -> bool:
    """Sleep until the next delivery is due, if that is soon and nobody else of this process waits for it."""
    if not app.flights.alone(connection_id):
        return False
    now = app.now()
    with app.store.read() as session:
        at = attempts.next_moment(session, connection_id, now)
    if at is None or at - now > SOON:
        return False
    app.sleep((at - now).total_seconds())
    return True
