"""How long each part of this process has done no work: what its heartbeat tells, so that it cannot lie."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pulse:
    """The signs that the clock and the worker's threads give. Every method may be called from any thread."""

    def __init__(self, threads: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._threads = threads
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._busy = 0
        self._moved = self._ticked = monotonic()

    def tick(self) -> None:
        """The clock has looked at everything that is due."""
        self._ticked = self._monotonic()

    @contextmanager
    def work(self) -> Iterator[None]:
        """A thread of the worker answers a bell during the `with` block."""
        self._move(1)
        try:
            yield
        finally:
            self._move(-1)

    def still(self, part: str) -> float:
        """Seconds since the part last did its work; 0 while it could at once.

        A worker is still when every thread is busy and none has begun or ended anything. Bells are short: sends
        are limited in number and in time.
        """
        now = self._monotonic()
        if part == "clock":
            return now - self._ticked
        if part == "worker":
            with self._lock:
                return now - self._moved if self._busy >= self._threads else 0.0
        return 0.0

    def _move(self, by: int) -> None:
        with self._lock:
            self._busy += by
            self._moved = self._monotonic()
