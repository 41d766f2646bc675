"""CPU time of this process and of servers it started, from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def of_tree(pid: int) -> float:
    """Seconds of CPU of a process, its children, and those of its children that have ended."""
    total = 0.0
    for one in [pid, *_children(pid)]:
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended just now; its parent has its time
        spent = sum(int(field) for field in (fields[11:15] if one == pid else fields[11:13]))
        total += spent / TICKS
    return total


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, found) for one in (child, *_children(child))]


class Meter:
    """Wall and CPU seconds of a block: this process with all its threads, and one server if given."""

    def __init__(self, server: int | None = None) -> None:
        self.server = server
        self.wall = self.cpu = 0.0

    def __enter__(self) -> Meter:
        self._start = self._now()
        return self

    def __exit__(self, *_error: object) -> None:
        wall, cpu = self._now()
        self.wall, self.cpu = wall - self._start[0], cpu - self._start[1]

    def _now(self) -> tuple[float, float]:
        servers = of_tree(self.server) if self.server else 0.0
        return time.perf_counter(), time.process_time() + servers
