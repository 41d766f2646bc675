"""Finds what no bell rang for, in every process, every five seconds: a lost bell costs one sweep."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator.flow import deeds, errands, names, tell, unsure
from orchestrator.flow.app import App
from orchestrator.flow.deliver import deliver
from orchestrator.flow.guard import missed
from orchestrator.flow.prepare import prepare_all
from orchestrator.flow.receive import receive
from orchestrator.flow.settle import settle
from orchestrator.store import attempts, inbound, waiting

#: What has waited this long although bells were rung is done here: the queue is away, or nobody listens to it.
OVERDUE = timedelta(seconds=10)

#: An inbound is rung for again when it has waited this long.
UNHEARD = timedelta(seconds=5)

#: Parked inbounds, and the text in them, are kept this long.
PARKED_KEPT = timedelta(days=7)

#: Rows ended, and deliveries sent, in one sweep.
BATCH = 500
AT_MOST = 50


def sweep(app: App) -> None:
    """Take over from the dead, end what is too late, and ring for, or do, what waits."""
    now = app.now()
    lapse(app, now)
    expire(app, now)
    _inbox(app, now)
    _stages(app, now)
    _settle(app, now)
    errands.settle(app)
    _deliver(app, now)
    deeds.follow(app)
    names.learn_some(app)


def wake(app: App) -> None:
    """Ring for deliveries that may leave now: what was put off to a moment that has come."""
    now = app.now()
    with app.store.read() as session:
        due = waiting.connections_due(session, now)
    app.ring("deliver", sorted(due))


def lapse(app: App, now: datetime) -> None:
    """Deliveries whose attempt died under way: nobody knows whether they arrived."""
    with app.store.read() as session:
        if not attempts.lapsed(session, now, 1):
            return
    with app.store.write() as session:
        for row in attempts.lapsed(session, now, BATCH):
            unsure.become(app, session, row, row.token, now, "the process that was sending it ended")


def expire(app: App, now: datetime) -> None:
    """Due deliveries whose last moment has passed end with their reason."""
    with app.store.read() as session:
        if not attempts.too_late(session, now, 1):
            return
    with app.store.write() as session:
        for row in attempts.too_late(session, now, BATCH):
            if attempts.end(session, row, "expired", missed(row)):
                tell.story(session, row, now, "expired", reason=str(missed(row)))


def _inbox(app: App, now: datetime) -> None:
    with app.store.read() as session:
        waits = inbound.waiting(session, now - UNHEARD)
        overdue = waits and inbound.waiting(session, now - OVERDUE)
        parked = inbound.parked(session)
    if parked:
        with app.store.write() as session:
            inbound.forget_parked(session, now - PARKED_KEPT)
    if overdue:
        receive(app)
    elif waits:
        app.ring("receive", [])


def _stages(app: App, now: datetime) -> None:
    """Due stages are rung for by the clock; those that nobody took are prepared here."""
    with app.store.read() as session:
        overdue = waiting.stages(session, now - OVERDUE, BATCH)
    if overdue:
        app.ring("deliver", prepare_all(app, overdue))


def _settle(app: App, now: datetime) -> None:
    with app.store.read() as session:
        waits = attempts.looks_due(session, now, 1)
        overdue = attempts.looks_due(session, now - OVERDUE, 1)
    if overdue:
        settle(app)
    elif waits:
        app.ring("settle", [])


def _deliver(app: App, now: datetime) -> None:
    with app.store.read() as session:
        due = waiting.connections_due(session, now)
    app.ring("deliver", sorted(due))
    for connection_id, since in due.items():
        if since < now - OVERDUE:
            deliver(app, connection_id, AT_MOST)
