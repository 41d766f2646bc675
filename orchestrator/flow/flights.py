"""How many acts of each connection are under way in this process: one platform never takes all the threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Flights:
    """Seats by connection. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[int] = Counter()

    @contextmanager
    def seat(self, connection_id: int, most: int) -> Iterator[bool]:
        """Take one of `most` seats for the `with` block; False when all are taken."""
        with self._lock:
            free = self._taken[connection_id] < most
            self._taken[connection_id] += free
        try:
            yield free
        finally:
            with self._lock:
                self._taken[connection_id] -= free

    def alone(self, connection_id: int) -> bool:
        """Is this the only seat taken?"""
        with self._lock:
            return self._taken[connection_id] <= 1
