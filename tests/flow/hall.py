"""A hall to test hearing in: the circle, an open run, a bus, and adapters that note what they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from orchestrator.bus import Bus
from orchestrator.flow.app import App
from orchestrator.flow.receive import receive
from orchestrator.ports import Address, Capabilities, Inbound, MemberSeen, Outgoing, Receipt
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Answer, Base, Handle, Inbox, Run
from tests.circle import NOON, Circle, circle, inbound, open_run


@dataclass
class Ear:
    """An adapter that keeps what it is asked to send, and knows everybody's name."""

    capabilities: Capabilities
    sent: list[Outgoing] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)  # where each of them went

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        self.sent.append(outgoing)
        self.to.append(to)
        return Receipt()

    def member(self, ref: str) -> MemberSeen:
        return MemberSeen(ref, f"Name of {ref}")


@dataclass
class Hall:
    """The app of a test, what it rang for, and its clock."""

    store: Store
    here: Circle
    bus: Bus
    run_id: int
    slack: Ear
    telegram: Ear
    clock: list[datetime]
    bells: list[tuple[str, list[int]]]
    app: App

    def hear(self, *inbounds: Inbound, connection: str = "slack") -> int:
        """Publish these, and apply all that can be applied now."""
        self.bus.publish(connection, inbounds)
        return self.receive()

    def receive(self) -> int:
        return receive(self.app)

    def pass_time(self, **duration: float) -> None:
        self.clock[0] += timedelta(**duration)

    def answers(self) -> list[tuple[str, str, bool]]:
        """(who, text, late) of each answer of the run, as they are kept."""
        with self.store.read() as session:
            rows = session.execute(
                select(Handle.ref, Answer.text, Answer.late)
                .join(Handle, Handle.id == Answer.handle_id)
                .where(Answer.run_id == self.run_id)
                .order_by(Answer.said_at)
            )
            return [(ref, text, late) for ref, text, late in rows]

    def all(self, table: type[Base], *where: Any) -> list[Any]:
        with self.store.read() as session:
            return list(session.scalars(select(table).where(*where)))

    def waiting(self) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(Inbox)) or 0

    def change_run(self, **values: Any) -> None:
        with self.store.write() as session:
            run = session.get_one(Run, self.run_id)
            for name, value in values.items():
                setattr(run, name, value)


@contextmanager
def opened(store: Store, state: str = "sent") -> Iterator[Hall]:
    """A hall whose run's posts are in this state."""
    here = circle(store)
    clock = [NOON + timedelta(hours=1)]
    bells: list[tuple[str, list[int]]] = []
    slack = Ear(Capabilities("slack", 4000, forms=True, reads_back=True))
    telegram = Ear(Capabilities("telegram", 4096, forms=False, reads_back=False))
    app = App(
        settings=Settings(),
        store=store,
        adapters={"slack": slack, "telegram": telegram},  # type: ignore[dict-item]
        render=Renderer(None),
        now=lambda: clock[0],
        ring=lambda kind, ids: bells.append((kind, list(ids))),
    )
    bus = Bus(store, app.now)
    run_id = open_run(store, here, state)
    yield Hall(store, here, bus, run_id, slack, telegram, clock, bells, app)
    bus.close()


def in_thread(number: int, text: str = "20 euros", member: str = "U1", **facts: Any) -> Inbound:
    """A reply in the thread of the run's post on Slack."""
    at = facts.pop("at", NOON + timedelta(seconds=number))
    known = {"thread_ref": "1699999999.000100", "text": text, "to_us": True}
    return inbound("said", number, member, at, **{**known, **facts})


def replied(number: int, text: str = "20 euros", member: str = "77", to: str = "40", **facts: Any) -> Inbound:
    """A reply to a message of the Telegram group, by default to the run's post."""
    at = facts.pop("at", NOON + timedelta(seconds=number))
    known = {"place_ref": "-100", "message_ref": str(number), "reply_to_ref": to, "text": text, "to_us": True}
    return inbound("said", number, member, at, **{**known, **facts})


def direct(number: int, text: str = "20 euros", member: str = "77", **facts: Any) -> Inbound:
    """A message to us alone on Telegram."""
    known = {"place_ref": member, "message_ref": str(number), "text": text, "to_us": True}
    return inbound("said", number, member, NOON + timedelta(seconds=number), **{**known, **facts})


def commanded(number: int, word: str, rest: str = "", member: str = "77", **facts: Any) -> Inbound:
    """A word to us in the direct chat on Telegram."""
    known = {"place_ref": member, "message_ref": str(number), "data": {"word": word, "rest": rest}, "to_us": True}
    return inbound("commanded", number, member, NOON + timedelta(seconds=number), **{**known, **facts})


def texts(found: Sequence[tuple[str, str, bool]]) -> list[str]:
    """The texts of answers."""
    return [text for _, text, _ in found]
