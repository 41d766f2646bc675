"""The actors: each runs one verb on row ids. They never raise, for a lost bell costs only a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import dramatiq

from orchestrator import log
from orchestrator.flow import deliver, prepare, receive, settle, sweep
from orchestrator.flow.app import App, Ring
from workers.pulse import Pulse

logger = log.get("workers")

#: Rings that one bell may carry; more rows are found by the verb itself or by the sweep.
IDS_PER_BELL = 250


def declare(broker: dramatiq.Broker, open_app: Callable[[], App], pulse: Pulse) -> Ring:
    """Declare the actors on a broker, and give the function that rings them."""

    def receive_inbox(_ids: list[int]) -> None:
        receive_and_send(open_app())

    def prepare_stages(ids: list[int]) -> None:
        app = open_app()
        app.ring("deliver", prepare.prepare_all(app, ids))

    def deliver_due(ids: list[int]) -> None:
        for connection_id in ids:
            send(open_app(), connection_id)

    def settle_unknown(_ids: list[int]) -> None:
        settle.settle(open_app())

    def sweep_up(_ids: list[int]) -> None:
        sweep.sweep(open_app())

    verbs: dict[str, Callable[[list[int]], None]] = {
        "receive": receive_inbox,
        "prepare": prepare_stages,
        "deliver": deliver_due,
        "settle": settle_unknown,
        "sweep": sweep_up,
    }
    actors = {
        kind: dramatiq.actor(broker=broker, actor_name=kind, queue_name="tertulia")(_safely(kind, verb, pulse))
        for kind, verb in verbs.items()
    }
    return lambda kind, ids: _ring(actors[kind], kind, ids)


def receive_and_send(app: App) -> None:
    """Apply what waits; after the commit, send what that made due from this very thread.

    A second bell took up to 50 ms. Of several connections the thread takes one, the bell is rung for the others.
    A connection gets no more than its half of the threads, and the first delivery rings for company, as ever.
    """

    def ring(kind: str, ids: Sequence[int]) -> None:
        if kind != "deliver":
            app.ring(kind, ids)
        elif ids:
            app.ring(kind, ids[1:])
            send(app, ids[0])

    receive.receive(replace(app, ring=ring))


def send(app: App, connection_id: int) -> None:
    """Send what is due on a connection: so many deliveries as may be under way on it, then the bell goes on."""
    deliver.deliver(app, connection_id, app.settings.worker_threads // 2 or 1)


def _safely(kind: str, verb: Callable[[list[int]], None], pulse: Pulse) -> Callable[[list[int]], None]:
    def run(ids: list[int]) -> None:
        try:
            with pulse.work():
                verb(ids)
        except Exception:
            logger.error("actor.failed", actor=kind, ids=ids, reference=log.keep_bug())

    return run


def _ring(actor: dramatiq.Actor[[list[int]], None], kind: str, ids: Sequence[int]) -> None:
    if kind != "receive" and not ids:
        return
    try:
        for start in range(0, max(len(ids), 1), IDS_PER_BELL):
            actor.send(list(ids[start : start + IDS_PER_BELL]))
    except Exception as error:  # Redis is away: the rows are there, the sweep finds them
        logger.warning("bell.silent", kind=kind, error=type(error).__name__)
