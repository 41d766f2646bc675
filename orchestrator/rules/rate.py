"""When the next act may leave: the generic cell rate algorithm over several limits at once, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: µs. A slot this near is taken and waited for; one further ahead is not taken, so nobody sleeps longer.
AHEAD = 1_000_000


@dataclass(frozen=True, slots=True)
class Slot:
    """The act may leave at `at` (µs); `tats` are to be kept, one a limit.

    moved: by how many µs the connection's slots had been moved in all when this one was taken.
    """

    at: int
    tats: tuple[int, ...]
    moved: int = 0


@dataclass(frozen=True, slots=True)
class NotBefore:
    """No slot before `at` (µs), because of the limit with that index."""

    at: int
    limit: int


def gcra(now: int, tats: Sequence[int], everies: Sequence[int], bursts: Sequence[int]) -> Slot | NotBefore:
    """Reserve the first moment that every limit allows. All moments and periods in µs.

    tats: each limit's theoretical arrival time (0: never used). everies: its period. bursts: how many
    acts it lets through at once after a rest. The first limit is the one that others wait for too: only
    its slot may lie ahead of `now`. Where another limit is later, no slot is taken, or it would keep
    everybody else waiting for one chat. An act never leaves before `now` nor before its slot.
    """
    free = [free_at(*limit) for limit in zip(tats, everies, bursts, strict=True)] or [now]
    shared, own = max(now, free[0]), max(free)
    if shared > now + AHEAD:
        return NotBefore(shared, 0)
    if own > shared:
        return NotBefore(own, free.index(own))
    return Slot(shared, tuple(max(tat, shared) + every for tat, every in zip(tats, everies, strict=True)))


def free_at(tat: int, every: int, burst: int) -> int:
    """The first moment (µs) at which a limit lets the next act through."""
    return tat - (burst - 1) * every


def held_until(at: int, every: int, burst: int) -> int:
    """The tat that keeps a limit shut until `at` (µs): the platform asked for it."""
    return at + (burst - 1) * every
