"""GCRA keeps every limit, never sends early, and never reserves further ahead than a second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules.rate import AHEAD, NotBefore, Slot, free_at, gcra, held_until

SECOND = 1_000_000


def test_a_first_act_leaves_at_once() -> None:
    assert gcra(5 * SECOND, [0], [SECOND], [1]) == Slot(5 * SECOND, (6 * SECOND,))


def test_without_limits_everything_leaves_at_once() -> None:
    assert gcra(7, [], [], []) == Slot(7, ())


def test_the_shared_limit_gives_a_slot_ahead() -> None:
    assert gcra(0, [700_000, 10], [33_784, SECOND], [1, 1]) == Slot(700_000, (733_784, 1_700_000))


def test_a_shared_slot_further_ahead_than_a_second_is_not_taken() -> None:
    assert gcra(0, [AHEAD + 1, 0], [1, 3 * SECOND], [1, 1]) == NotBefore(AHEAD + 1, 0)


def test_one_chat_that_must_wait_does_not_keep_the_shared_limit_shut() -> None:
    assert gcra(0, [10, 700_000], [33_784, SECOND], [1, 1]) == NotBefore(700_000, 1)


def test_a_burst_passes_at_once_and_the_next_one_waits() -> None:
    tat, moments = 0, []
    for _ in range(4):
        slot = gcra(10 * SECOND, [tat], [SECOND], [3])
        assert isinstance(slot, Slot)
        moments.append(slot.at)
        (tat,) = slot.tats
    assert moments == [10 * SECOND] * 3 + [11 * SECOND]


@given(st.integers(0, 10**12), st.integers(1, 10**8), st.integers(1, 30))
def test_a_hold_keeps_a_limit_shut_until_its_moment(at: int, every: int, burst: int) -> None:
    assert free_at(held_until(at, every, burst), every, burst) == at


@given(
    st.lists(st.integers(0, 400_000), min_size=2, max_size=120),
    st.integers(1, 10),
    st.integers(20_000, 900_000),
)
def test_no_window_ever_holds_more_than_its_limit(pauses: list[int], burst: int, every: int) -> None:
    """Any window as long as `burst` periods holds at most 2 × burst - 1 acts, and slots never go back."""
    now, tat, sent = 0, 0, []
    for pause in pauses:
        now += pause
        slot = gcra(now, [tat], [every], [burst])
        if isinstance(slot, NotBefore):
            assert slot.at > now + AHEAD
            continue
        assert now <= slot.at <= now + AHEAD
        (tat,) = slot.tats
        sent.append(slot.at)
    assert sent == sorted(sent)
    for first in sent:
        assert sum(first <= at < first + burst * every for at in sent) <= 2 * burst - 1


@given(st.lists(st.integers(0, 300_000), min_size=40, max_size=90))
def test_at_29_point_6_a_second_no_second_holds_more_than_30(pauses: list[int]) -> None:
    every, now, tat, sent = round(1e6 / 29.6), 0, 0, []
    for pause in pauses:
        now += pause // 20
        slot = gcra(now, [tat], [every], [1])
        if isinstance(slot, Slot):
            (tat,) = slot.tats
            sent.append(slot.at)
    assert all(sum(first <= at < first + SECOND for at in sent) <= 30 for first in sent)
