"""Counts votes, and draws the count in text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.rituals.contract import Vote

#: Characters of a bar that stands for every voter: the widest that a phone shows beside its numbers.
BAR = 10
FULL, EMPTY = "█", "░"


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes for each option, in the order of the options, by how many voters (hosts are not counted)."""

    options: tuple[str, ...]
    votes: tuple[int, ...]
    voters: int


def of(options: Sequence[str], votes: Iterable[Vote], stage: str) -> Tally:
    """The count of a stage's votes: one a member and option; positions that no option has are nothing."""
    counted = [vote for vote in votes if vote.counted and vote.stage == stage]
    known = [set(vote.options) & set(range(len(options))) for vote in counted]
    each = tuple(sum(number in chosen for chosen in known) for number in range(len(options)))
    return Tally(tuple(options), each, sum(map(bool, known)))


def winners(count: Tally) -> list[str]:
    """The options with the most votes: several when they are level, none when nobody voted."""
    most = max(count.votes, default=0)
    return [option for option, n in zip(count.options, count.votes, strict=True) if n == most and most > 0]


def shares(count: Tally) -> list[int]:
    """Whole percents of the voters. Where each chose one option they make 100 together, if that is fair:

    options with as many votes have the same share, whatever the sum.
    """
    nearest = [(200 * n + count.voters) // (2 * count.voters or 1) for n in count.votes]
    if sum(count.votes) != count.voters:
        return nearest
    made_up = _to_a_hundred(count)
    same = dict(zip(count.votes, made_up, strict=True))
    return made_up if [same[n] for n in count.votes] == made_up else nearest


def _to_a_hundred(count: Tally) -> list[int]:
    """The percents rounded down, and what is missing given to the largest remainders."""
    found = [100 * n // (count.voters or 1) for n in count.votes]
    first = sorted(range(len(found)), key=lambda at: (-(100 * count.votes[at] % (count.voters or 1)), at))
    for at in first[: 100 - sum(found) if count.voters else 0]:
        found[at] += 1
    return found


def bar(votes: int, voters: int) -> str:
    """A bar drawn in text; whoever has a vote has a piece of it, and only all of them fill it."""
    full = round(BAR * votes / voters) if voters else 0
    full = min(max(full, 1 if votes else 0), BAR if votes == voters else BAR - 1)
    return FULL * full + EMPTY * (BAR - full)


def rows(count: Tally) -> list[dict[str, Any]]:
    """A line an option for a template, in the options' order: option, votes, share (percent), bar."""
    return [
        {"option": option, "votes": n, "share": percent, "bar": bar(n, count.voters)}
        for option, n, percent in zip(count.options, count.votes, shares(count), strict=True)
    ]


def ranked(count: Tally) -> list[dict[str, Any]]:
    """The same, most votes first; those that are level keep the options' order."""
    return sorted(rows(count), key=lambda row: -int(row["votes"]))


def values(count: Tally) -> dict[str, Any]:
    """What a text of results says beside the lines: voters, most (votes of the first), winners."""
    return {"voters": count.voters, "most": max(count.votes, default=0), "winners": winners(count)}
