"""A vote is exact: many at once, told twice and out of order, minds changed, on both platforms."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from orchestrator.bus import Bus
from orchestrator.flow import bring_forward
from orchestrator.flow.receive import receive
from orchestrator.flow.settle import settle
from orchestrator.measures.run import results
from orchestrator.ports import Address, Capabilities, ClosePoll, Inbound, Notice, Outgoing, Poll, Receipt
from orchestrator.store import polls
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Run, to_us
from tests.flow.theatre import MONDAY, Theatre, Town, playbook, ritual, theatre

OPTIONS = ["Prix", "Recrutement", "IA"]
VOTERS, CHANCE = 500, random.Random(2026)
SECOND = timedelta(seconds=1)


class Polls(Town):
    """A platform with polls of its own, that keeps every act on them."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.clock, "telegram")
        self.capabilities = Capabilities("telegram", 4000, forms=False, reads_back=False, native_polls=True)
        self.acts: list[Outgoing] = []
        self.made = 0

    def _act(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        if isinstance(outgoing, Poll | ClosePoll):
            self.acts.append(outgoing)
        if isinstance(outgoing, Poll):
            self.made += 1
            return Receipt(f"p{self.made}", to.place_ref, to_us(self.clock.now()), poll_ref=f"poll-{self.made}")
        return super()._act(to, outgoing, key)


@dataclass
class Booth:
    """A vote that is open in a theatre, and the bus before it."""

    there: Theatre
    bus: Bus
    run: Run
    number: int = 0

    @property
    def polls(self) -> Polls:
        town = self.there.telegram
        assert isinstance(town, Polls)
        return town

    def press(self, who: int, option: int | None, at: float = 60.0) -> tuple[str, Inbound]:
        """A member on Slack presses an option, or takes the vote back."""
        self.number += 1
        key = f"vote-{self.run.code}-open-{option}" if option is not None else f"unvote-{self.run.code}-open"
        known: dict[str, Any] = {"place_ref": "C1", "message_ref": "1", "member_ref": f"U{100 + who}", "to_us": True}
        moment = to_us(MONDAY + at * SECOND) + self.number
        data = {"key": key, "trigger_ref": f"t{self.number}"}
        return "slack", Inbound(kind="pressed", event_ref=f"E{self.number}", at=moment, data=data, **known)

    def choose(self, who: int, *options: int, poll_ref: str = "poll-1") -> tuple[str, Inbound]:
        """A member on Telegram votes in the poll; no option: the vote is taken back."""
        self.number += 1
        data = {"poll_ref": poll_ref, "options": list(options)}
        ref = str(870_000_000 + self.number)
        return "telegram", Inbound(kind="voted", event_ref=ref, member_ref=f"{9000 + who}", data=data, to_us=True)

    def hear(self, *told: tuple[str, Inbound]) -> None:
        for connection, one in told:
            self.bus.publish(connection, [one])
        receive(self.there.app)

    def pass_time(self, seconds: float) -> None:
        self.there.live_until(self.there.clock.at + seconds * SECOND)

    def tally(self) -> dict[str, int]:
        with self.there.store.read() as session:
            told = results(session, session.get_one(Run, self.run.id))
        return {line["option"]: line["votes"] for line in told["tally"]} | {"voters": told["members"]}

    def edits(self) -> list[str]:
        return [edit.text for edit in self.there.slack.edits]


@pytest.fixture
def opened(store: Store) -> Iterator[Callable[..., Booth]]:
    """Opens a vote with these keys more."""
    buses: list[Bus] = []

    def opens(*, asks_hosts: bool = False, **more: object) -> Booth:
        there = theatre(store)
        there.telegram = Polls(there.telegram)
        there.app = replace(there.app, adapters={"slack": there.slack, "telegram": there.telegram})
        model = {"question": "Quel sujet ?", "options": OPTIONS, **more}
        there.apply(playbook(ritual("vote", "poll", model=model, approval={"required": asks_hosts})))
        there.live_until(MONDAY)
        buses.append(Bus(store, there.clock.now))
        return Booth(there, buses[-1], there.run())

    yield opens
    for bus in buses:
        bus.close()


def test_five_hundred_votes_at_once_with_changed_minds_and_duplicates_are_counted_exactly(
    opened: Callable[..., Booth],
) -> None:
    booth = opened()
    wanted, told = a_busy_hour(booth)
    CHANCE.shuffle(told)
    with ThreadPoolExecutor(8) as crowd:
        waiting = [crowd.submit(booth.bus.publish, connection, [one]) for connection, one in told]
        readers = [threading.Thread(target=until_empty, args=(booth, waiting)) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert all(one.exception() is None for one in waiting)
    receive(booth.there.app)
    assert booth.tally() == wanted
    booth.pass_time(10)
    assert len(booth.edits()) <= 2, "a post is edited now and then, however many votes"
    assert f"Prix\n{'█' * 0}" in booth.edits()[-1] and f"{wanted['voters']} personnes ont voté" in booth.edits()[-1]


def a_busy_hour(booth: Booth) -> tuple[dict[str, int], list[tuple[str, Inbound]]]:
    """What everybody's last word makes, and all that is told of it: some twice, in any order."""
    tally: Counter[str] = Counter()
    told: list[tuple[str, Inbound]] = []
    for who in range(VOTERS):
        for turn in range(CHANCE.choice((1, 1, 2, 3))):
            option = CHANCE.choice((0, 1, 2, None)) if turn else CHANCE.choice((0, 1, 2))
            act = booth.press(who, option) if who % 5 < 3 else booth.choose(who, *([] if option is None else [option]))
            told += [act] * CHANCE.choice((1, 1, 2))
        if option is not None:
            tally[OPTIONS[option]] += 1
    return {option: tally[option] for option in OPTIONS} | {"voters": tally.total()}, told


def until_empty(booth: Booth, waiting: list[object]) -> None:
    """Receive while anything is still to be published, and what is left then."""
    while not all(one.done() for one in waiting):  # type: ignore[attr-defined]
        receive(booth.there.app, 50)
    while receive(booth.there.app, 50):
        pass


def test_the_post_with_buttons_shows_the_votes_of_all_places(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.hear(booth.press(1, 0), booth.choose(2, 0), booth.choose(3, 2))
    booth.pass_time(5)
    assert "Prix\n███████░░░ 2 voix · 67" in booth.edits()[-1]
    assert [type(act) for act in booth.polls.acts] == [Poll], "Telegram shows its own"


def test_hidden_votes_are_told_at_the_close_only(opened: Callable[..., Booth]) -> None:
    booth = opened(hidden=True)
    booth.hear(booth.press(1, 0))
    booth.pass_time(5)
    assert "Une personne a voté" in booth.edits()[-1] and "█" not in booth.edits()[-1]
    booth.pass_time(2 * 86_400)
    assert "█" in booth.edits()[-1]


def test_several_choices_are_added_one_by_one_and_taken_back_together(opened: Callable[..., Booth]) -> None:
    booth = opened(several=True)
    booth.hear(booth.press(1, 0), booth.press(1, 2), booth.choose(2, 0, 1))
    assert booth.tally() == {"Prix": 2, "Recrutement": 1, "IA": 1, "voters": 2}
    again = booth.press(1, 1)
    booth.hear(again, booth.press(1, None), again)
    assert booth.tally() == {"Prix": 1, "Recrutement": 1, "IA": 0, "voters": 1}


def test_at_the_close_the_buttons_go_the_poll_ends_and_the_results_are_told_everywhere(
    opened: Callable[..., Booth],
) -> None:
    booth = opened()
    booth.hear(booth.press(1, 0), booth.choose(2, 1))
    booth.pass_time(2 * 86_400)
    assert booth.there.slack.edits[-1].buttons == ()
    assert booth.polls.acts[-1] == ClosePoll("p1")
    for town in (booth.there.slack, booth.there.telegram):
        assert "À égalité\u00a0: Prix et Recrutement" in booth.there.said(town)[-1].text
    assert booth.there.run().state == "done"


def test_a_late_press_is_told_so_and_not_counted(opened: Callable[..., Booth]) -> None:
    booth = opened()
    sent = heard_by(booth)
    booth.hear(booth.press(1, 0))
    booth.pass_time(2 * 86_400)
    booth.hear(booth.press(2, 1, at=2 * 86_400 + 60))
    assert "clos" in [one.text for one in sent if isinstance(one, Notice)][-1]
    assert booth.tally()["voters"] == 1


def test_a_vote_given_in_time_and_told_late_mends_what_was_told(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.hear(booth.press(1, 0))
    booth.pass_time(2 * 86_400)
    assert "Une seule personne a voté" in booth.there.said()[-1].text
    booth.hear(booth.press(2, 1), booth.choose(3, 1))
    booth.pass_time(5)
    assert booth.tally() == {"Prix": 1, "Recrutement": 2, "IA": 0, "voters": 3}
    results_now = [edit for edit in booth.there.slack.edits if "On votait" in edit.text]
    assert "«\u00a0Recrutement\u00a0» l’emporte" in results_now[-1].text
    assert len(booth.there.said()) == 2, "nothing is posted a second time"
    assert booth.there.run().state == "done"


def test_nobody_voted_is_said_by_the_closed_vote_alone(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.pass_time(2 * 86_400)
    assert len(booth.there.said()) == 1
    assert "Personne n’a voté" in booth.edits()[-1]
    assert booth.there.run().facts["result"]["unanswered"]


def test_a_vote_brought_to_its_end_closes_everywhere(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.hear(booth.choose(2, 1))
    booth.pass_time(60)
    bring_forward.close_now(booth.there.app, "cercle", "vote")
    booth.pass_time(10)
    assert booth.polls.acts[-1] == ClosePoll("p1")
    assert booth.there.run().state == "done"


def test_a_vote_in_a_poll_whose_reply_was_lost_proves_that_it_stands(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.pass_time(7 * 86_400 - 1)
    booth.polls.faults.append("lost reply")
    booth.pass_time(2)
    booth.run = booth.there.runs()[-1]
    booth.hear(booth.choose(1, 2, poll_ref="poll-2"))
    assert booth.tally() == {"Prix": 0, "Recrutement": 0, "IA": 1, "voters": 1}
    settle(booth.there.app)
    booth.pass_time(120)
    assert booth.polls.made == 2, "it is not sent again"


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)  # SQLite's writers wait for one another
def test_a_vote_is_heard_whose_polls_receipt_comes_while_it_is_looked_for(
    opened: Callable[..., Booth], monkeypatch: pytest.MonkeyPatch
) -> None:
    booth, look = opened(), polls.on_its_way
    ours = update(Delivery).where(Delivery.poll_ref == "poll-1")
    with booth.there.store.write() as session:
        session.execute(ours.values(state="sending", poll_ref=None))

    def at_that_moment(session: Session, connection_id: int) -> bool:
        with booth.there.store.write() as other:
            other.execute(update(Delivery).where(Delivery.state == "sending").values(state="sent", poll_ref="poll-1"))
        return look(session, connection_id)

    monkeypatch.setattr(polls, "on_its_way", at_that_moment)
    booth.hear(booth.choose(1, 2))
    assert booth.tally() == {"Prix": 0, "Recrutement": 0, "IA": 1, "voters": 1}


def test_votes_in_a_copy_that_a_repeat_left_behind_count_too(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.pass_time(7 * 86_400 - 1)
    booth.polls.faults.append("lost reply")
    booth.pass_time(2)
    booth.run = booth.there.runs()[-1]
    for _ in range(4):
        booth.pass_time(30)
        settle(booth.there.app)
    booth.pass_time(30)
    assert booth.polls.made == 3, "the reply was lost, so it was sent once more"
    booth.hear(booth.choose(1, 2, poll_ref="poll-2"), booth.choose(2, 0, poll_ref="poll-3"))
    booth.hear(booth.choose(1, 1, poll_ref="poll-3"))  # the same member, in the other copy
    assert booth.tally() == {"Prix": 1, "Recrutement": 1, "IA": 0, "voters": 2}


def test_a_vote_in_a_poll_that_cannot_be_ours_is_nothing(opened: Callable[..., Booth]) -> None:
    booth = opened()
    booth.hear(booth.choose(1, 2, poll_ref="poll-9"))
    booth.pass_time(600)
    booth.hear()
    assert booth.tally()["voters"] == 0


def heard_by(booth: Booth) -> list[Outgoing]:
    """All that is sent on Slack from now on."""
    sent: list[Outgoing] = []
    send = booth.there.slack.send

    def noted(to: Address, outgoing: Outgoing, key: str) -> Receipt:
        sent.append(outgoing)
        return send(to, outgoing, key)

    booth.there.slack.send = noted  # type: ignore[method-assign]
    return sent


def test_hosts_see_the_question_and_every_option_before_they_agree(opened: Callable[..., Booth]) -> None:
    booth = opened(asks_hosts=True)
    asked = booth.there.said(place="C9")[0].text
    assert asked.count("Quel sujet") == 2, "of the buttons, and of Telegram's own poll"
    assert all(asked.count(f"- {option}") == 2 for option in OPTIONS)
    assert booth.there.said() == []
