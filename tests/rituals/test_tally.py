"""Counts are of members, bars are honest, and a tie is a tie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rituals import tally
from orchestrator.rituals.contract import Vote
from tests.rituals.examples import MONDAY

OPTIONS = ["Prix", "Recrutement", "IA"]
CHOICES = st.lists(st.sets(st.integers(0, 4), max_size=3).map(tuple), max_size=30)


def votes(*chosen: tuple[int, ...], stage: str = "open", counted: bool = True) -> list[Vote]:
    return [Vote(number, stage, options, MONDAY, counted=counted) for number, options in enumerate(chosen)]


def test_hosts_and_other_stages_are_not_counted() -> None:
    told = [*votes((0,)), *votes((1,), counted=False), *votes((2,), stage="after")]
    assert tally.of(OPTIONS, told, "open") == tally.Tally(tuple(OPTIONS), (1, 0, 0), 1)


@given(CHOICES)
def test_every_known_choice_counts_once_and_voters_are_members(chosen: list[tuple[int, ...]]) -> None:
    count = tally.of(OPTIONS, votes(*chosen), "open")
    known = [[n for n in one if n < len(OPTIONS)] for one in chosen]
    assert sum(count.votes) == sum(map(len, known))
    assert count.voters == sum(map(bool, known))
    assert [row["votes"] for row in tally.ranked(count)] == sorted(count.votes, reverse=True)
    assert bool(tally.winners(count)) == bool(count.voters)


@given(st.integers(1, 500), st.data())
def test_a_bar_shows_something_for_somebody_and_all_only_for_everybody(voters: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, voters))
    drawn = tally.bar(n, voters)
    assert len(drawn) == tally.BAR
    assert (tally.FULL in drawn) == (n > 0)
    assert (tally.EMPTY not in drawn) == (n == voters)


@pytest.mark.parametrize(
    ("votes", "voters", "percents"),
    [
        ((0, 0), 0, [0, 0]),
        ((1, 2), 3, [33, 67]),
        ((5, 2, 1), 8, [63, 25, 12]),
        ((1, 1, 1), 3, [33, 33, 33]),  # a tie looks like one
        ((2, 2, 3), 7, [29, 29, 43]),
        ((5, 0), 5, [100, 0]),
        ((7, 5, 1), 8, [88, 63, 13]),  # several choices each
    ],
)
def test_shares_are_whole_percents_that_make_a_hundred_where_that_is_fair(
    votes: tuple[int, ...], voters: int, percents: list[int]
) -> None:
    assert tally.shares(tally.Tally(tuple("abc"[: len(votes)]), votes, voters)) == percents


@pytest.mark.parametrize(
    ("chosen", "won"),
    [((), []), (((0,), (0,), (1,)), ["Prix"]), (((0,), (2,)), ["Prix", "IA"]), (((0,), (1,), (2,)), OPTIONS)],
)
def test_winners_are_all_who_have_the_most_votes(chosen: tuple[tuple[int, ...], ...], won: list[str]) -> None:
    assert tally.winners(tally.of(OPTIONS, votes(*chosen), "open")) == won
