"""The listening part: one thread a connection, and the HTTP hooks. The OK follows the commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orchestrator import log
from orchestrator.bus import Bus
from orchestrator.flow.app import App
from orchestrator.ports import Inbound, Publish
from orchestrator.store import leases

logger = log.get("listen")

#: How long a process keeps the right to poll a connection without renewing it.
LEASE = timedelta(seconds=15)

#: Seconds between two renewals.
RENEW_SECONDS = 5.0

#: Seconds before a listener that broke is started again.
RESTART_SECONDS = 5.0

#: Bytes of a hook's body that we are willing to read; both platforms stay far below.
MAX_BODY = 1_000_000


def publisher(app: App, bus: Bus, connection: str) -> Publish:
    """What an adapter calls with the inbounds of its connection: commit, then ring."""

    def publish(inbounds: Sequence[Inbound]) -> None:
        if inbounds and bus.publish(connection, inbounds):
            app.ring("receive", [])

    return publish


def start(app: App, bus: Bus, holder: str, stop: threading.Event) -> list[threading.Thread]:
    """Start one listening thread a connection."""
    threads = []
    for name in app.adapters:
        thread = threading.Thread(
            target=_listen, args=(app, bus, name, holder, stop), name=f"listen-{name}", daemon=True
        )
        thread.start()
        threads.append(thread)
    return threads


def _listen(app: App, bus: Bus, name: str, holder: str, stop: threading.Event) -> None:
    publish = publisher(app, bus, name)
    may_listen = _lease(app, lease_name(name), holder)
    while not stop.is_set():
        try:
            app.adapters[name].listen(publish, may_listen, stop)
            return
        except Exception as error:
            logger.warning("listener.broke", connection=name, error=type(error).__name__, reference=log.keep_bug())
            stop.wait(RESTART_SECONDS)


def lease_name(connection: str) -> str:
    """The lease that one poller of a connection holds."""
    return f"listen:{connection}"


def _lease(app: App, name: str, holder: str) -> Callable[[], bool]:
    """Tell whether this process holds the lease; asks the database every few seconds only."""
    state = {"asked": float("-inf"), "held": False}

    def may_listen() -> bool:
        if time.monotonic() - state["asked"] >= RENEW_SECONDS:
            with app.store.write() as session:
                state["held"] = leases.take(session, name, holder, app.now(), LEASE)
            state["asked"] = time.monotonic()
        return bool(state["held"])

    return may_listen


def hooks(app: App, bus: Bus) -> Starlette:
    """The HTTP side: POST /hooks/<connection>."""
    publishers = {name: publisher(app, bus, name) for name in app.adapters}

    async def hook(request: Request) -> Response:
        name = request.path_params["connection"]
        if name not in app.adapters:
            return Response(status_code=404)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        headers = {key.lower(): value for key, value in request.headers.items()}
        answer = await run_in_threadpool(app.adapters[name].hook, headers, body, publishers[name])
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return Starlette(routes=[Route("/hooks/{connection}", hook, methods=["POST"])])


async def _body(request: Request) -> bytes | None:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > MAX_BODY:
            return None
    return bytes(parts)
