"""A vote on the rehearsal platform, which plays Slack beside Telegram, from its opening to its results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import select

import adapters
from adapters.rehearsal.adapter import Rehearsal
from orchestrator.bus import Bus
from orchestrator.flow import apply, due, prepare
from orchestrator.flow.app import App
from orchestrator.flow.deliver import deliver
from orchestrator.flow.receive import receive
from orchestrator.measures.run import results
from orchestrator.ports import Inbound, Publish
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store import rehearsal
from orchestrator.store.session import Store
from orchestrator.store.tables import Connection, Place, RehearsalMessage, Run
from tests.flow.platform import Clock
from tests.flow.theatre import MONDAY, SUNDAY, playbook, ritual

OPTIONS = ["Prix", "Recrutement", "IA"]
VOTE = ritual("vote", "poll", model={"question": "Quel sujet ?", "options": OPTIONS, "several": True})


@dataclass
class Hall:
    """Both rehearsed platforms, and the house between them."""

    app: App
    clock: Clock
    publish: Callable[[str], Publish]

    def work(self, **duration: float) -> None:
        """Let time pass, and do all there is to do."""
        self.clock.move(**duration)
        for _ in range(30):
            heard = sum(self.adapter(name).hear(self.publish(name)) for name in ("slack", "telegram"))
            applied = receive(self.app)
            with self.app.store.write() as session:
                stages = due.due(session, self.clock.now())
                ids = list(session.scalars(select(Connection.id)))
            for stage_id in stages:
                prepare.prepare(self.app, stage_id)
            sent = sum(deliver(self.app, one, 100) for one in ids)
            if not (heard or applied or stages or sent):
                return
        raise AssertionError("it never comes to rest")

    def adapter(self, name: str) -> Rehearsal:
        found = self.app.adapters[name]
        assert isinstance(found, Rehearsal)
        return found

    def posts(self, name: str) -> list[RehearsalMessage]:
        """Ours in the salon of a platform, oldest first."""
        with self.app.store.read() as session:
            there = select(Place.ref).join(Connection).where(Connection.name == name, Place.written == "#salon")
            rows = rehearsal.messages(session, name, session.scalars(there).one(), 100)
        return [row for row in rows if row.author_ref is None]

    def press(self, who: str, *labels: str) -> None:
        post = self.posts("slack")[0]
        keys = {button["label"]: button["key"] for button in post.sent["act"]["buttons"]}
        for label in labels:
            self.clock.move(seconds=1)
            with self.app.store.write() as session:
                seat = rehearsal.Seat(session, "slack", "slack", who, self.clock.now())
                seat.presses(post.place_ref, post.message_ref, keys[label])

    def choose(self, who: str, *options: int) -> bool:
        post = self.posts("telegram")[0]
        with self.app.store.write() as session:
            seat = rehearsal.Seat(session, "telegram", "telegram", who, self.clock.now())
            return seat.votes(post.place_ref, post.message_ref, options)

    def on_telegram(self) -> Counter[str]:
        """The count of Telegram's poll by the platform's own ledger."""
        with self.app.store.read() as session:
            (votes,) = rehearsal.votes(session, [self.posts("telegram")[0].id]).values()
        return Counter(OPTIONS[number] for chosen in votes.values() for number in chosen)

    def tally(self) -> dict[str, int]:
        with self.app.store.read() as session:
            told = results(session, session.scalars(select(Run)).one())
        return {line["option"]: line["votes"] for line in told["tally"]} | {"voters": told["members"]}


@pytest.fixture
def hall(store: Store) -> Iterator[Hall]:
    clock = Clock(SUNDAY)
    platforms = {
        name: Rehearsal(name, store, adapters.part(name, "outbound"), clock.now) for name in ("slack", "telegram")
    }
    app = App(
        settings=Settings(), store=store, adapters=platforms, render=Renderer(None), now=clock.now, sleep=clock.sleep
    )
    bus = Bus(store, clock.now)
    apply.apply(app, [playbook(VOTE)])
    yield Hall(app, clock, partial(publisher, bus))
    bus.close()


def publisher(bus: Bus, name: str) -> Publish:
    """What a connection's inbounds are given to."""

    def publish(inbounds: Sequence[Inbound]) -> None:
        bus.publish(name, inbounds)

    return publish


def test_a_vote_is_rehearsed_from_its_opening_to_its_results(hall: Hall) -> None:
    hall.work(seconds=(MONDAY - SUNDAY).total_seconds())
    assert [button["label"] for button in hall.posts("slack")[0].sent["act"]["buttons"]][:3] == OPTIONS
    assert hall.posts("telegram")[0].kind == "poll"

    hall.press("U70", "Prix", "IA")
    hall.press("U71", "Recrutement", "Retirer mon vote", "Prix")
    for chosen in ((1,), (), (0, 2)):
        assert hall.choose("970", *chosen)
    assert hall.choose("971", 2)
    hall.press("U1", "Recrutement")  # a host
    hall.work(seconds=10)
    on_slack = Counter({"Prix": 2, "IA": 1})
    wanted = {option: (on_slack + hall.on_telegram())[option] for option in OPTIONS} | {"voters": 4}
    assert hall.tally() == wanted == {"Prix": 3, "Recrutement": 0, "IA": 3, "voters": 4}
    assert "Prix\n████████░░ 3 voix · 75\u00a0%" in hall.posts("slack")[0].text

    hall.work(days=2)
    hall.work(seconds=60)
    assert not hall.choose("972", 1), "the platform refuses late votes"
    assert hall.posts("slack")[0].sent["act"]["buttons"] == []
    assert hall.posts("telegram")[0].sent["closed"]
    for name in ("slack", "telegram"):
        assert "À égalité\u00a0: Prix et IA, avec 3 voix chacun." in hall.posts(name)[-1].text
    assert hall.tally() == wanted
