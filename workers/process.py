"""One process of the house: starts the parts it was asked for, stops them in order."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import dramatiq
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from orchestrator import log
from orchestrator.bus import Bus
from orchestrator.errors import Refused
from orchestrator.flow.app import App
from orchestrator.store import heartbeats, leases
from workers import actors, broker, clock, listen
from workers.pulse import Pulse

logger = log.get("process")

PARTS = ("listen", "worker", "clock", "console")

#: Milliseconds a worker waits for a bell before it looks again (Dramatiq's 1,000 reacts after 290 ms median).
BELL_MS = 50

#: Seconds between two heartbeats of a part.
BEAT_SECONDS = 10.0

#: Seconds that parts get to end; a second Ctrl-C does not wait.
STOP_SECONDS = 2.5


class Process:
    """The parts of one process. `with` starts them and stops them; `wait()` lasts until a signal."""

    def __init__(self, app: App, parts: Sequence[str], pulse: Pulse | None = None) -> None:
        self.parts = tuple(parts)
        self.stop = threading.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.broker = broker.connect(app.settings)
        self.pulse = pulse or Pulse(app.settings.worker_threads)
        ring = actors.declare(self.broker, lambda: self.app, self.pulse)
        self.app = replace(app, ring=ring)
        self.bus = Bus(app.store, app.now)
        self.signal: int | None = None
        self.console_address: str | None = None

    def wait(self) -> int | None:
        """Block until SIGTERM or Ctrl-C; give the signal."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        while not self.stop.wait(1.0):
            pass
        return self.signal

    def _on_signal(self, number: int, _frame: object) -> None:
        self.signal = number
        self.stop.set()

    @contextlib.contextmanager
    def running(self, console: Callable[[App], ASGIApp]) -> Iterator[None]:
        """Start the parts; stop them at the end, the listeners first."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._close)
            if "worker" in self.parts:
                stack.enter_context(_working(self.broker, self.app))
            if "clock" in self.parts or "worker" in self.parts:
                stack.enter_context(self._threads([self._thread("clock", self._tick)]))
            if "listen" in self.parts:
                stack.enter_context(self._threads(listen.start(self.app, self.bus, self.name, self.stop)))
                if listens_by_http(self.app):
                    hooks, address = listen.hooks(self.app, self.bus), self.app.settings.listen_address
                    stack.enter_context(serving(hooks, address, "TERTULIA_LISTEN_ADDRESS"))
            if "console" in self.parts:
                address = self.app.settings.console_address
                self.console_address = stack.enter_context(
                    serving(console(self.app), address, "TERTULIA_CONSOLE_ADDRESS")
                )
            stack.enter_context(self._threads([self._thread("beat", self._beat)]))
            stack.callback(self.stop.set)
            yield

    def _tick(self) -> None:
        clock.run(self.app, self.stop, self.pulse.tick)

    def _beat(self) -> None:
        while True:
            try:
                self.beat()
            except SQLAlchemyError as error:
                logger.warning("beat.failed", error=type(error).__name__)
            if self.stop.wait(BEAT_SECONDS):
                return

    def beat(self) -> None:
        """Write down when each part of this process last did its work, and when each connection was last heard."""
        still = {part: self.pulse.still(part) for part in self.parts}
        if "listen" in self.parts:
            still |= {name: adapter.silent_for() for name, adapter in self.app.adapters.items()}
        now = self.app.now()
        with self.app.store.write() as session:
            for part, seconds in still.items():
                heartbeats.beat(session, part, self.name, now - timedelta(seconds=seconds))

    def _thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    @contextlib.contextmanager
    def _threads(self, threads: list[threading.Thread]) -> Iterator[None]:
        yield
        for thread in threads:
            thread.join(STOP_SECONDS)

    def _close(self) -> None:
        self.bus.close()
        with contextlib.suppress(SQLAlchemyError), self.app.store.write() as session:
            heartbeats.leave(session, self.name)
            for name in self.app.adapters:
                leases.give_back(session, listen.lease_name(name), self.name, self.app.now())
        for adapter in self.app.adapters.values():
            adapter.close()
        self.broker.close()
        self.app.store.close()


def listens_by_http(app: App) -> bool:
    """Does any connection take HTTP deliveries?"""
    return bool(app.settings.slack_signing_secret or app.settings.telegram_webhook_secret)


@contextlib.contextmanager
def _working(queue: dramatiq.Broker, app: App) -> Iterator[None]:
    worker = dramatiq.Worker(queue, worker_threads=app.settings.worker_threads, worker_timeout=BELL_MS)
    worker.start()
    yield
    worker.stop(timeout=int(STOP_SECONDS * 1000))


@contextlib.contextmanager
def serving(web: ASGIApp, address: str, setting: str) -> Iterator[str]:
    """Serve an ASGI app on HOST:PORT from a thread, until the end; gives the address (port 0: a free one)."""
    host, port = address.rsplit(":", 1)
    try:
        listener = socket.create_server((host, int(port)))
    except OSError as error:
        raise Refused(f"{address} cannot be used: {error.strerror}", f"end what uses it, or set {setting}") from None
    server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), name=f"serve-{port}", daemon=True)
    thread.start()
    yield f"{host}:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(STOP_SECONDS)
