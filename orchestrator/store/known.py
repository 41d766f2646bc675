"""What a process remembers of places and members, so that a message costs no look-up."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.ports import Inbound
from orchestrator.rules.days import LocalDays
from orchestrator.store import members, places
from orchestrator.store.members import HandleKey
from orchestrator.store.places import LivePlace
from orchestrator.store.sharing import NEW, Agreed
from orchestrator.store.tables import Connection

#: Seconds after which places are read anew (a place that moved, a community's zone that changed).
#: Places not known are looked for each time, so a new one is heard at once.
PLACES_SECONDS = 5.0

MAX_MEMBERS = 200_000

#: Handles of a community that are read at its first word: a circle at once, instead of a look-up a batch.
AT_ONCE = 50_000


#: Kinds that are about a whole chat, whatever topics it has.
OF_THE_CHAT = frozenset({"joined", "left"})

Circle: TypeAlias = tuple[int, int]
"""connection_id, community_id: those of a community who are on one connection."""


class Known:
    """A cache that is filled only with what is committed: `learn` after the commit, never before."""

    def __init__(self) -> None:
        self.connections: dict[str, int] = {}
        self.members: dict[HandleKey, int] = {}
        self.spaces: dict[int, int] = {}  # place_id → space_id
        self._places: dict[tuple[int, str], dict[str, tuple[LivePlace, ...]]] = {}
        self._met: set[Circle] = set()
        self._days: dict[str, LocalDays] = {}
        self._places_until = 0.0
        self._agreed = NEW

    def agree(self, agreed: Agreed) -> None:
        """Begin a transaction with what all processes agreed on: linked or erased members are read anew."""
        if agreed != self._agreed:
            self._forget_members()
        self._agreed = agreed

    def look(self, session: Session, refs: Collection[tuple[int, str]]) -> None:
        """Be ready to answer `places` for these (connection_id, place_ref); first forget what is old."""
        if time.monotonic() >= self._places_until:
            self._places.clear()
            self.spaces.clear()
            self._places_until = time.monotonic() + PLACES_SECONDS
        if len(self.members) > MAX_MEMBERS:
            self._forget_members()
        missing = [ref for ref in refs if ref not in self._places]
        if missing:
            self._remember(places.live(session, missing))

    def places(self, connection_id: int, place_ref: str | None, thread_ref: str | None) -> tuple[LivePlace, ...]:
        """The places an inbound is about: those of its topic, else those without one; one a community."""
        here = self._places.get((connection_id, place_ref or ""))
        if here is None:
            return ()
        return here.get(thread_ref or "") or here.get("", ())

    def everywhere(self, connection_id: int, place_ref: str | None) -> tuple[LivePlace, ...]:
        """All places of a chat: the whole of it and its topics."""
        here = self._places.get((connection_id, place_ref or ""), {})
        return tuple(place for topic in here.values() for place in topic)

    def about(self, connection_id: int, one: Inbound) -> tuple[LivePlace, ...]:
        """The places an inbound is about: whoever comes to a chat or leaves it does so in all of them."""
        if one.kind in OF_THE_CHAT:
            return self.everywhere(connection_id, one.place_ref)
        return self.places(connection_id, one.place_ref, one.thread_ref)

    def day(self, place: LivePlace, at: int) -> int:
        """The local day of a moment in microseconds, in the zone of the place's community."""
        return self.days(place)(at)

    def days(self, place: LivePlace) -> LocalDays:
        """The calendar of a place's community."""
        days = self._days.get(place.zone)
        if days is None:
            days = self._days[place.zone] = LocalDays(place.zone)
        return days

    def connection(self, session: Session, name: str) -> int | None:
        """The id of a connection, None while no playbook names it."""
        found = self.connections.get(name)
        if found is None:
            found = session.scalar(select(Connection.id).where(Connection.name == name))
            if found is not None:
                self.connections[name] = found
        return found

    @property
    def tombstones_key(self) -> bytes | None:
        """The key of tombstones, None as long as nobody was erased."""
        return self._agreed.key

    def meet(self, session: Session, circles: Collection[Circle]) -> None:
        """Remember who is known of these; each is read once. A very large one is met as its members speak."""
        for circle in circles:
            if circle not in self._met:
                self.members.update(members.of_circle(session, *circle, AT_ONCE))
                self._met.add(circle)

    def resolve(
        self, session: Session, names: Mapping[HandleKey, str], at: Mapping[HandleKey, datetime] | None = None
    ) -> dict[HandleKey, int]:
        """Members of handles not remembered, making those who are new. Remembered only by `learn`.

        `at` tells when each was last heard: who was erased since then is not made again, and not among them.
        """
        new = {key: name for key, name in names.items() if key not in self.members}
        return members.ensure(session, new, at, self._agreed.key) if new else {}

    def learn(self, found: Mapping[HandleKey, int]) -> None:
        """Remember members whose rows are committed."""
        self.members.update(found)

    def forget(self) -> None:
        """Remember nothing (after an error that what we remember may have caused)."""
        self._places_until = 0.0
        self._agreed = NEW
        self._forget_members()
        self.connections.clear()

    def _forget_members(self) -> None:
        self.members.clear()
        self._met.clear()

    def _remember(self, found: Collection[LivePlace]) -> None:
        for one in found:
            here = self._places.setdefault((one.connection_id, one.ref), {})
            before = here.get(one.topic_ref, ())
            if all(place.community_id != one.community_id for place in before):
                here[one.topic_ref] = (*before, one)
            self.spaces[one.place_id] = one.space_id
