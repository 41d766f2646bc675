"""The two votes of a debate: their tallies, and who moved between them, without a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from orchestrator.rituals.contract import Vote, Word

#: The stages that ask for the votes.
BEFORE, AFTER = "before", "after"

#: What may be chosen, in this order.
OPTIONS = ("for", "against", "undecided")
SIDES = OPTIONS[:2]
OPTION_WORDS = (Word("for"), Word("against"), Word("undecided"))

#: With fewer who voted twice, a list of moves would point at people, and a shift would be chance.
ENOUGH = 5

#: A tally of one vote tells what one person thinks.
FEWEST = 2


def positions(votes: Iterable[Vote], stage: str) -> dict[int, int]:
    """Where each member stands at a stage, by the position of their option; hosts are not counted."""
    counted = (vote for vote in votes if vote.counted and vote.stage == stage and vote.options)
    return {vote.member_id: vote.options[0] for vote in counted if vote.options[0] < len(OPTIONS)}


def tally(votes: Iterable[Vote], stage: str) -> dict[str, int]:
    """{"pro", "con", "undecided", "voters"} of a stage, as templates read it."""
    found = Counter(positions(votes, stage).values())
    return {"pro": found[0], "con": found[1], "undecided": found[2], "voters": found.total()}


@dataclass(frozen=True, slots=True)
class Shift:
    """What changed among those who voted twice.

    moves: (option before, option after) → how many, of those who changed. gained: by each side, in voters.
    net: voters gained by "for" less those gained by "against"; a move from one side to the other makes two.
    """

    twice: int
    moves: dict[tuple[int, int], int] = field(default_factory=dict)
    gained: tuple[int, int] = (0, 0)

    @property
    def moved(self) -> int:
        """How many changed their mind."""
        return sum(self.moves.values())

    @property
    def net(self) -> int:
        """Towards "for" where positive, towards "against" where negative."""
        return self.gained[0] - self.gained[1]


def shift(votes: Iterable[Vote]) -> Shift:
    """Compare the two votes of everyone who cast both."""
    cast = tuple(votes)
    first, second = positions(cast, BEFORE), positions(cast, AFTER)
    pairs = [(first[member], second[member]) for member in sorted(first.keys() & second.keys())]
    moves = Counter(pair for pair in pairs if pair[0] != pair[1])
    gained = [sum(after == side for _, after in pairs) - sum(before == side for before, _ in pairs) for side in (0, 1)]
    return Shift(len(pairs), dict(moves), (gained[0], gained[1]))


def values(votes: Iterable[Vote]) -> dict[str, Any]:
    """What a recap says of the votes, honest with small numbers."""
    cast = tuple(votes)
    seen = shift(cast)
    listed = sorted(seen.moves.items(), key=lambda one: (-one[1], one[0]))
    return {
        "before": tally(cast, BEFORE),
        "after": tally(cast, AFTER),
        "twice": seen.twice,
        "enough": seen.twice >= ENOUGH,
        "moved": seen.moved,
        "moves": [
            {"was": OPTION_WORDS[was], "now": OPTION_WORDS[now], "members": members} for (was, now), members in listed
        ],
        "towards": "for" if seen.net > 0 else "against" if seen.net < 0 else "",
        "net": abs(seen.net),
    }
