"""One transaction of `receive`: what was claimed, what it changes, and what is to be done after the commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from orchestrator.flow.app import App
from orchestrator.ports import Adapter, Inbound
from orchestrator.store import activity
from orchestrator.store.activity import Fact
from orchestrator.store.known import Known
from orchestrator.store.members import HandleKey
from orchestrator.store.places import LivePlace
from orchestrator.store.tables import Connection, from_us, to_us
from orchestrator.store.texts import Texts

#: What may belong to a message that is not there yet is looked at again after so long …
LOOK_AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed inbound with the places it is about: none, or one a community; all of a chat that somebody joins."""

    row_id: int
    connection_id: int
    received_at: datetime
    inbound: Inbound
    places: tuple[LivePlace, ...]

    @property
    def at(self) -> datetime:
        """Its moment, or that of its arrival where the platform tells none."""
        return self.received_at if self.inbound.at is None else from_us(self.inbound.at)

    @property
    def is_direct(self) -> bool:
        """Was it surely told in its member's own chat with us? Such a chat bears the member's own reference.

        Slack's do not: there we may write first, and learn the chat from what we sent.
        """
        one = self.inbound
        return one.member_ref is not None and (one.place_ref or "").removeprefix("direct:") == one.member_ref

    @property
    def keys(self) -> list[HandleKey]:
        """Who did it, in each community of its places."""
        ref = self.inbound.member_ref
        return [(self.connection_id, place.community_id, ref) for place in self.places] if ref else []


@dataclass(slots=True)
class Hearing:
    """What the effects of a batch share and gather."""

    app: App
    session: Session
    now: datetime
    known: Known = field(default_factory=Known)
    facts: list[Fact] = field(default_factory=list)
    texts: Texts = field(default_factory=Texts)
    spaces: dict[int, int] = field(default_factory=dict)  # of places met beside those known
    waits: set[int] = field(default_factory=set)  # rows to look at again
    stages: list[int] = field(default_factory=list)  # now due
    connections: set[int] = field(default_factory=set)  # with something to send
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def look_again(self, item: Item, for_at_most: timedelta) -> bool:
        """Leave the row in the inbox for a moment; False when it has waited long enough."""
        if self.now - item.received_at >= for_at_most:
            return False
        self.waits.add(item.row_id)
        return True

    def present(self, item: Item) -> list[tuple[LivePlace, int]]:
        """The places an inbound is about, each with the member who did it there."""
        return [(place, self.known.members[key]) for place, key in zip(item.places, item.keys, strict=False)]

    def adapter(self, connection_id: int) -> Adapter | None:
        """The adapter of a connection, None when this process has none."""
        connection = self.session.get(Connection, connection_id)
        return None if connection is None else self.app.adapters.get(connection.name)

    def count(self, item: Item) -> None:
        """Keep the fact that a member said something, or reacted to it, in a place."""
        if item.inbound.message_ref is None:
            return
        at = to_us(item.at)
        for place, member_id in self.present(item):
            day = self.known.day(place, at)
            fact = activity.fact(item.inbound, place.place_id, member_id, day, at)
            self.facts.append(fact)
            self.texts.said(place, item.inbound, fact)

    def finish(self) -> None:
        """Keep the facts of the whole batch with their roll-ups, in one statement."""
        activity.keep(self.session, self.facts, {**self.known.spaces, **self.spaces}, self.texts.asked)
        self.texts.write(self.session)

    def ring(self) -> None:
        """After the commit: wake the workers, and do what is best effort and somebody waits for: a form, a name."""
        if self.stages:
            self.app.ring("prepare", self.stages)
        for act in self.afterwards:
            act()
        if self.connections:  # last: an actor delivers itself, which may take a while
            self.app.ring("deliver", sorted(self.connections))
