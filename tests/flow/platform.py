"""A platform of our own for tests of the way out: what truly happened is in its ledger, and it fails as asked."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved
from orchestrator.ports import Address, Call, Capabilities, Edit, Limit, Outgoing, Post, Receipt, Remove
from orchestrator.store.tables import to_us


class Clock:
    """A clock that only moves when told to, or when somebody sleeps on it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def move(self, **duration: float) -> None:
        self.at += timedelta(**duration)


@dataclass(slots=True)
class Entry:
    """One message on the platform, removed or not."""

    key: str
    place_ref: str
    message_ref: str
    under: str | None
    text: str
    at: datetime
    removed: bool = False


class Killed(BaseException):
    """Stands for SIGKILL: nothing in our code may catch it."""


AFTER: dict[str, BaseException] = {
    "lost reply": DeliveryUnknown("no reply"),
    "broke": RuntimeError("a bug"),
    "killed late": Killed(),
}


class Platform:
    """An adapter with a ledger. `faults` are played for the next acts, one each:

    "away": not sent, may pass. "gone", "refused": never. "too fast": wait 7 s. "moved": to `moved_to`.
    "lost reply": done, nobody is told. "lost request": not done, nobody is told. "late": done only when
    `arrive()` is called. "broke": done, then a bug of ours. "killed", "killed late": the process dies
    before, or after, it is done.
    """

    def __init__(self, clock: Clock, *, reads_back: bool = False, limits: tuple[Limit, ...] = ()) -> None:
        self.clock = clock
        self.capabilities = Capabilities("test", 4000, forms=False, reads_back=reads_back, limits=limits)
        self.ledger: list[Entry] = []
        self.edits: list[Edit] = []
        self.done: list[tuple[str, str, Outgoing]] = []  # place, message, act: in the order they were carried out
        self.faults: deque[str] = deque()
        self.late: list[tuple[Address, Post, str]] = []
        self.moved_to = "-200"
        self.may_not_read = False
        self.asked: list[datetime] = []  # the moment of each request that reached the platform
        self._lock = threading.Lock()

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        with self._lock:
            return self._send(to, outgoing, key)

    def _send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "away":
            raise DeliveryFailed("away", "the platform does not answer")
        if fault == "killed":
            raise Killed
        self.asked.append(self.clock.now())
        self._refuse(fault)
        if fault == "late" and isinstance(outgoing, Post):
            self.late.append((to, outgoing, key))
        if fault in ("late", "lost request"):
            raise DeliveryUnknown("no reply")
        receipt = self._act(to, outgoing, key)
        if fault in AFTER:
            raise AFTER[fault]
        return receipt

    def _refuse(self, fault: str) -> None:
        if fault in ("gone", "refused"):
            raise DeliveryFailed(fault, "it takes nothing", "look there", permanent=True, gone=fault == "gone")
        if fault == "too fast":
            raise DeliveryFailed("too_fast", "slow down", retry_after=7.0)
        if fault == "moved":
            raise PlaceMoved(self.moved_to)

    def _act(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        place_ref = to.place_ref or to.member_ref or ""
        if isinstance(outgoing, Remove):
            for entry in self.ledger:
                entry.removed |= entry.message_ref == outgoing.message_ref
        if isinstance(outgoing, Edit):
            self.edits.append(outgoing)
        made = isinstance(outgoing, Post)
        ref = str(len(self.ledger) + 1) if made else getattr(outgoing, "message_ref", "")
        self.done.append((place_ref, ref, outgoing))
        if not isinstance(outgoing, Post):
            return Receipt()
        self.ledger.append(Entry(key, place_ref, ref, outgoing.under, outgoing.text, self.clock.now()))
        return Receipt(ref, place_ref, to_us(self.clock.now()))

    def arrive(self) -> None:
        """The requests that were on their way arrive now."""
        for to, outgoing, key in self.late:
            self._act(to, outgoing, key)
        self.late.clear()

    def find(self, to: Address, outgoing: Outgoing, key: str, since: int) -> list[Receipt] | None:
        if not self.capabilities.reads_back:
            return None
        if self.faults and self.faults[0] == "unread":
            self.faults.popleft()
            raise DeliveryFailed("unread", "history is limited", retry_after=30)
        if self.may_not_read:
            raise DeliveryFailed("missing_scope", "the app may not read here", permanent=True)
        here = [one for one in self.standing() if one.key == key and one.place_ref == to.place_ref]
        return [Receipt(one.message_ref, one.place_ref) for one in here if to_us(one.at) >= since]

    def standing(self) -> list[Entry]:
        """What members see."""
        return [entry for entry in self.ledger if not entry.removed]

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]:
        return []

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)  # listening, places: not part of the way out
