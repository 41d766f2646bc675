"""A poll and a file in the practice room, as its page shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import adapters
from adapters.rehearsal.adapter import Rehearsal
from orchestrator.console import shown
from orchestrator.ports import Address, ClosePoll, Document, Poll
from orchestrator.store import rehearsal
from orchestrator.store.session import Store
from orchestrator.store.tables import RehearsalMessage, to_us

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACE = Address(place_ref="-1001")
ANA, BEN = "701", "702"


class Room:
    """A rehearsed Telegram group."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOON
        self.adapter = Rehearsal("telegram", store, adapters.part("telegram", "outbound"), lambda: self.now)

    def ask(self, **more: Any) -> str:
        poll = Poll("Quel **sujet** ?", ("Prix", "IA"), closes_at=to_us(NOON + HOUR), **more)
        return str(self.adapter.send(PLACE, poll, "k1").message_ref)

    def votes(self, who: str, ref: str, *options: int) -> bool:
        with self.store.write() as session:
            return rehearsal.Seat(session, "telegram", "telegram", who, self.now).votes("-1001", ref, options)

    def seen(self, ref: str, who: str = ANA) -> shown.PollShown:
        with self.store.read() as session:
            row = self.row(ref)
            poll = shown.poll(row, rehearsal.votes(session, [row.id]).get(row.id, {}), [who], self.now)
        assert poll is not None
        return poll

    def row(self, ref: str) -> RehearsalMessage:
        with self.store.read() as session:
            found = rehearsal.find(session, "telegram", "-1001", ref)
        assert found is not None
        return found


@pytest.fixture
def room(sqlite_store: Store) -> Room:
    return Room(sqlite_store)


def test_a_vote_is_seen_with_ones_own_choice_and_pressing_it_again_takes_it_back(room: Room) -> None:
    ref = room.ask()
    room.votes(ANA, ref, 1)
    room.votes(BEN, ref, 1)
    poll = room.seen(ref)
    assert (poll.question, poll.voters) == ("Quel sujet ?", 2)
    assert [(one.label, one.votes, one.mine, one.becomes) for one in poll.choices] == [
        ("Prix", 0, False, "0"),
        ("IA", 2, True, ""),
    ]


def test_several_choices_are_added_and_taken_away_one_by_one(room: Room) -> None:
    ref = room.ask(several=True)
    room.votes(ANA, ref, 1)
    assert [one.becomes for one in room.seen(ref).choices] == ["0,1", ""]
    assert [one.becomes for one in room.seen(ref, BEN).choices] == ["0", "1"]


def test_hidden_counts_are_shown_once_the_poll_has_closed_itself(room: Room) -> None:
    ref = room.ask(hidden=True)
    room.votes(ANA, ref, 0)
    assert [one.votes for one in room.seen(ref).choices] == [None, None]
    room.now += HOUR
    assert [one.votes for one in room.seen(ref).choices] == [1, 0]
    assert not room.votes(BEN, ref, 1)


def test_a_poll_that_we_closed_takes_no_votes(room: Room) -> None:
    ref = room.ask()
    room.adapter.send(PLACE, ClosePoll(ref), "k2")
    assert not room.votes(ANA, ref, 0)
    assert not room.seen(ref).takes_votes


def test_a_file_can_be_taken_whole(room: Room) -> None:
    receipt = room.adapter.send(Address(member_ref=ANA), Document("ana.json", b"{}", "Voici."), "k1")
    with room.store.read() as session:
        row = rehearsal.find(session, "telegram", rehearsal.direct(ANA), str(receipt.message_ref))
    assert row is not None
    assert shown.file(row) == shown.FileShown("ana.json", "data:application/octet-stream;base64,e30=")
    assert shown.poll(row, {}, [ANA], NOON) is None
