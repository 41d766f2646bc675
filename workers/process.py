"""One process of the house: starts the parts it was asked for, stops them in order."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import threading
import time
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

#: Seconds that all parts together get to end, so that the whole ends within 3; a second Ctrl-C does not wait.
STOP_SECONDS = 1.5


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
        self._ends_at = 0.0
        self.console_address: str | None = None

    @contextlib.contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Take SIGTERM and Ctrl-C during the `with` block; a second Ctrl-C ends the process at once.

        The handler touches no lock: it may interrupt this very thread while that holds one. It runs on the
        main thread only, and so must this.
        """
        self._woken, wakes = socket.socketpair()
        wakes.setblocking(False)
        with self._woken, wakes:
            signal.set_wakeup_fd(wakes.fileno())
            before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                signal.set_wakeup_fd(-1)
                if self.signal is None:
                    for number, handler in before.items():
                        signal.signal(number, handler)

    def wait(self) -> int | None:
        """Block until a signal that is heeded; give it."""
        while self.signal is None:
            self._woken.recv(1)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # we are ending: told again, there is nothing to add
        return self.signal

    def _on_signal(self, number: int, _frame: object) -> None:
        if self.signal is not None and number == signal.SIGINT:
            os._exit(128 + number)  # the rows are the truth: whatever is cut off here is found again
        self.signal = number

    @contextlib.contextmanager
    def running(self, console: Callable[[App], ASGIApp]) -> Iterator[None]:
        """Start the parts; stop them at the end, the listeners first."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._close)
            try:
                self._start(stack, console)
                settle_memory()
                yield
            finally:
                self._begin_to_end()

    def _start(self, stack: contextlib.ExitStack, console: Callable[[App], ASGIApp]) -> None:
        """Start the parts; each is ended by the stack, the last one first."""
        settings = self.app.settings
        if "worker" in self.parts:
            stack.enter_context(_working(self.broker, self.app, self._left))
        if "clock" in self.parts or "worker" in self.parts:
            stack.enter_context(self._threads([self._thread("clock", self._tick)]))
        if "listen" in self.parts:
            stack.enter_context(self._threads(listen.start(self.app, self.bus, self.name, self.stop)))
            if listens_by_http(self.app):
                hooks = listen.hooks(self.app, self.bus)
                stack.enter_context(serving(hooks, settings.listen_address, "TERTULIA_LISTEN_ADDRESS"))
        if "console" in self.parts:
            web = serving(console(self.app), settings.console_address, "TERTULIA_CONSOLE_ADDRESS")
            self.console_address = stack.enter_context(web)
        stack.enter_context(self._threads([self._thread("beat", self._beat)]))

    def _begin_to_end(self) -> None:
        self._ends_at = time.monotonic() + STOP_SECONDS
        self.stop.set()

    def _left(self) -> float:
        """Seconds that the parts still have to end."""
        return max(0.0, self._ends_at - time.monotonic())

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
            thread.join(self._left())

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


#: Objects made, and not gone by themselves, before the garbage collector looks for rings among them (Python: 700).
YOUNG = 20_000


def settle_memory() -> None:
    """Let the garbage collector pass over what stays for good, and look seldom at what comes and goes.

    A full round over the libraries' objects holds every thread up for 100 ms, every few hundred deliveries:
    what was due meanwhile leaves late. Most of what a message makes is no ring and goes by itself; looked at after
    every 700 objects, the members that the bus remembers cost a tenth of keeping a flood.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)


def listens_by_http(app: App) -> bool:
    """Does any connection take HTTP deliveries?"""
    return bool(app.settings.slack_signing_secret or app.settings.telegram_webhook_secret)


@contextlib.contextmanager
def _working(queue: dramatiq.Broker, app: App, left: Callable[[], float]) -> Iterator[None]:
    worker = dramatiq.Worker(queue, worker_threads=app.settings.worker_threads, worker_timeout=BELL_MS)
    worker.start()
    yield
    worker.stop(timeout=int(left() * 1000))


@contextlib.contextmanager
def serving(web: ASGIApp, address: str, setting: str) -> Iterator[str]:
    """Serve an ASGI app on HOST:PORT from a thread, until the end; gives the address (port 0: a free one)."""
    host, port = address.rsplit(":", 1)
    try:
        listener = socket.create_server((host, int(port)))
    except OSError as error:
        raise Refused(f"{address} cannot be used: {error.strerror}", f"end what uses it, or set {setting}") from None
    config = uvicorn.Config(web, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=f"serve-{port}", daemon=True)
    thread.start()
    yield f"{host}:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(STOP_SECONDS)
