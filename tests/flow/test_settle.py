"""A lost reply: proved by reading back where the platform can, repeated once or held where it cannot."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.errors import Refused
from orchestrator.flow import unsure
from orchestrator.rules.reasons import Reason
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from tests import databases
from tests.flow.outside import NOON, Outside, outside, run_of
from tests.flow.platform import Killed


def lost(there: Outside, fault: str = "lost reply", **more: object) -> int:
    """A post whose reply was lost a moment ago."""
    there.platform.faults.append(fault)
    one = there.plan(**more)  # type: ignore[arg-type]
    there.deliver()
    assert there.row(one).state == "unknown"
    return one


def standing(there: Outside) -> list[str]:
    return [entry.text for entry in there.platform.standing()]


def test_a_post_found_by_its_key_is_sent(store: Store) -> None:
    there = outside(store, reads_back=True)
    run_id = run_of(there)
    one = lost(there, run_id=run_id)
    there.pass_time(15)

    row = there.row(one)
    assert (row.state, row.reason, row.message_ref, row.lease_until) == ("sent", "posted", "1", None)
    assert {"unknown", "found", "posted", "open"} <= set(there.steps(run_id))


def test_absent_in_two_reads_half_a_minute_apart_it_is_sent_again_with_the_same_key(store: Store) -> None:
    there = outside(store, reads_back=True)
    one = lost(there, "lost request")
    there.pass_time(45)
    assert there.row(one).state == "unknown"
    there.pass_time(20)

    assert there.row(one).state == "sent"
    assert [entry.key for entry in there.platform.ledger] == [there.row(one).key]


def test_a_post_proved_absent_is_repeated_until_it_arrives(store: Store) -> None:
    there = outside(store, reads_back=True)
    one = lost(there, "lost request", late_until=NOON + timedelta(hours=2))
    there.platform.faults.extend(["lost request", "lost request"])
    there.pass_time(240)

    assert there.row(one).state == "sent"
    assert standing(there) == ["bonjour"]


def test_a_first_request_that_arrives_very_late_loses_its_copy(store: Store) -> None:
    there = outside(store, reads_back=True)
    one = lost(there, "late")
    there.pass_time(65)
    assert there.row(one).state == "sent"
    there.platform.arrive()
    assert len(standing(there)) == 2

    there.pass_time(160)  # looked for after 30 s, then each minute: three times
    assert standing(there) == ["bonjour"]
    assert (there.row(one).message_ref, there.row(one).lease_until) == ("1", None)


def test_a_repeat_that_a_host_saw_arrive_loses_the_copy_that_arrives_after_it(store: Store) -> None:
    there = outside(store, reads_back=True)
    one = lost(there, "late")
    there.platform.faults.append("lost reply")  # of the repeat
    there.pass_time(55)
    assert (there.row(one).state, there.row(one).tries) == ("unknown", 2)
    unsure.by_hand(there.app, one, "arrived", "Inès")
    there.platform.arrive()
    assert len(standing(there)) == 2

    there.pass_time(190)
    assert standing(there) == ["bonjour"]
    assert there.row(one).lease_until is None


def test_a_place_that_cannot_be_read_for_a_while_is_read_later(store: Store) -> None:
    there = outside(store, reads_back=True)
    one = lost(there)
    there.platform.faults.append("unread")
    there.pass_time(15)
    assert (there.row(one).state, there.row(one).detail) == ("unknown", "history is limited")

    there.pass_time(20)
    assert there.row(one).state == "sent"


def test_a_place_that_we_may_not_read_is_settled_as_if_it_could_not_be_read(store: Store) -> None:
    there = outside(store, reads_back=True)
    there.platform.may_not_read = True
    one = lost(there)
    there.pass_time(45)
    assert there.row(one).state == "unknown"
    there.pass_time(20)
    assert len(there.platform.ledger) == 2

    there.pass_time(180)
    assert (there.row(one).state, there.row(one).lease_until) == ("sent", None)


def test_without_reading_back_it_is_sent_again_once_after_a_minute(store: Store) -> None:
    there = outside(store)
    one = lost(there)
    there.pass_time(55)
    assert there.row(one).state == "unknown"
    there.pass_time(10)

    assert there.row(one).state == "sent"
    assert len(there.platform.ledger) == 2  # one extra copy at most


def test_a_second_doubt_is_held_and_the_hosts_are_told(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there, hosts="salon2")
    one = lost(there, run_id=run_id)
    there.platform.faults.append("lost request")
    there.pass_time(150)

    row = there.row(one)
    assert (row.state, row.reason) == ("failed", Reason.UNSURE)
    assert [entry.place_ref for entry in there.platform.ledger] == ["-100", "-102"]
    assert "je ne sais pas si mon message est arrivé" in there.platform.ledger[1].text
    assert "held" in there.steps(run_id)


def test_hold_never_sends_again(store: Store) -> None:
    there = outside(store)
    one = lost(there, "lost request", if_unsure="hold")
    there.pass_time(120)

    assert (there.row(one).state, there.row(one).reason) == ("failed", Reason.UNSURE)
    assert there.platform.ledger == []


def test_a_repeat_is_not_made_long_after_its_moment(store: Store) -> None:
    there = outside(store)
    one = lost(there, "lost request", late_until=NOON + timedelta(minutes=5))
    there.clock.move(hours=3)
    there.pass_time(10)

    assert (there.row(one).state, there.row(one).reason) == ("failed", Reason.UNSURE)


def test_an_answer_to_the_post_is_evidence(store: Store) -> None:
    there = outside(store)
    one = lost(there)
    with store.write() as session:
        seen = deliveries.evidence(session, there.place_ids[0], "1", there.clock.now())
    assert seen is not None

    there.pass_time(120)
    assert (there.row(one).state, there.row(one).message_ref) == ("sent", "1")
    assert len(there.platform.ledger) == 1


def test_an_answer_to_one_of_two_unknown_posts_proves_neither_but_a_press_names_its_run(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    lost(there)
    pressed = lost(there, text="pressed", run_id=run_id)
    with store.write() as session:
        assert deliveries.evidence(session, there.place_ids[0], "9", NOON) is None
        assert deliveries.evidence(session, there.place_ids[0], "9", NOON, run_code="c0de") is not None

    assert (there.row(pressed).state, there.row(pressed).message_ref) == ("sent", "9")


def test_an_answer_to_a_post_that_is_known_proves_nothing_about_another(store: Store) -> None:
    there = outside(store)
    there.plan("known")
    there.deliver()
    one = lost(there)
    with store.write() as session:
        assert deliveries.evidence(session, there.place_ids[0], "1", NOON) is None
    assert there.row(one).state == "unknown"


@pytest.mark.parametrize(
    ("what", "state", "copies"), [("arrived", "sent", 1), ("send again", "sent", 2), ("leave", "failed", 1)]
)
def test_a_host_settles_it_by_hand_once(store: Store, what: str, state: str, copies: int) -> None:
    there = outside(store)
    run_id = run_of(there)
    one = lost(there, if_unsure="hold", run_id=run_id)
    there.pass_time(70)
    unsure.by_hand(there.app, one, what, "Inès")  # type: ignore[arg-type]
    there.deliver()

    assert there.row(one).state == state
    assert len(there.platform.ledger) == copies
    assert "settled by hand" in there.steps(run_id)
    if state == "sent":
        with pytest.raises(Refused):
            unsure.by_hand(there.app, one, "send again", "Inès")


class Cut(Exception):
    """The process ends at a commit: `before` nothing of it is kept, else all of it."""


class CutStore:
    """A store whose n-th write is cut off, before or after its commit."""

    def __init__(self, store: Store, at: int, before: bool) -> None:
        self.inner, self.at, self.before, self.writes = store, at, before, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def write(self) -> object:
        @contextlib.contextmanager
        def cut():  # type: ignore[no-untyped-def]
            self.writes += 1
            with self.inner.write() as session:
                yield session
                if self.writes == self.at and self.before:
                    raise Cut
            if self.writes == self.at:
                raise Cut

        return cut()


FAULTS = ["", "away", "too fast", "lost reply", "lost request", "late", "broke", "killed", "killed late"]
PLAYED = st.lists(st.sampled_from(FAULTS), max_size=8)


@pytest.mark.parametrize("reads_back", [True, False])
@settings(max_examples=10, deadline=None)
@example(["too fast", "late", "broke", "lost request", "killed late", "broke", "broke", "too fast"], 3, True, 8)
@given(faults=PLAYED, cut_at=st.integers(1, 30), before=st.booleans(), arrive_at=st.integers(1, 9))
def test_whatever_breaks_nothing_is_lost_and_copies_stay_within_the_promise(
    kept_memory: Store, reads_back: bool, faults: list[str], cut_at: int, before: bool, arrive_at: int
) -> None:
    """A kill at any commit, any faults: every post stands in the end, or its row says that it may not.

    Where the place can be read back it stands exactly once; elsewhere at most one extra copy a doubt.
    """
    memory = databases.emptied(kept_memory)
    there = outside(memory, reads_back=reads_back)
    posts = [there.plan(f"n{number}", place=number % 2) for number in range(3)]
    there.platform.faults.extend(faults)
    there.app = replace(there.app, store=CutStore(memory, cut_at, before))  # type: ignore[arg-type]
    for step in range(40):
        with contextlib.suppress(Killed, Cut):
            there.pass_time(20, every=20)
        if step == arrive_at:
            there.platform.arrive()
    for number, one in enumerate(posts):
        row, copies = there.row(one), standing(there).count(f"n{number}")
        assert row.state == "sent" or (row.state, row.reason) == ("failed", Reason.UNSURE)
        assert row.lease_until is None
        if row.state == "sent":
            assert 1 <= copies <= (1 if reads_back else row.tries)
