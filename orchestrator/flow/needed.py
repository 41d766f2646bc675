"""How much people must talk in a space for all that is planned there: what a calendar can say of `our_share` ahead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from orchestrator.flow.ahead import Ahead
from orchestrator.flow.moments import APPROVAL
from orchestrator.playbook.schema import OurShare, Playbook
from orchestrator.rules.pace import WEEK, as_fraction


class Needed(NamedTuple):
    """In a space, at most so many posts of ours in a window need so many messages of people's."""

    space: str
    posts: int
    people: int


def needed(rows: Sequence[Ahead], playbooks: Sequence[Playbook]) -> list[Needed]:
    """By space, for those where the floor alone does not do. All rows are of one community, in order."""
    share = playbooks[0].pace.our_share
    moments: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        if row.space is not None and row.verdict != "skip" and row.stage != APPROVAL:
            moments[row.space].append(row.at)
    return [
        Needed(space, most, _people(most, share))
        for space, at in sorted(moments.items())
        if densest(at, WEEK) > share.but_allow and _people(most := densest(at, share.over), share) > 0
    ]


def densest(moments: Sequence[datetime], over: timedelta) -> int:
    """The most of these moments (in order) that lie within a window of that length."""
    most = first = 0
    for last, at in enumerate(moments):
        while moments[first] <= at - over:
            first += 1
        most = max(most, last - first + 1)
    return most


def _people(posts: int, share: OurShare) -> int:
    """Messages of people's that make so many posts just the share that is allowed; 0 where no number does."""
    most = as_fraction(share.at_most)
    return ceil(posts / most) - posts if most else 0
