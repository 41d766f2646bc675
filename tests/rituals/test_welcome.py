"""What a welcome measures: the first word after somebody joined, and no earlier one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from orchestrator.rituals import welcome
from orchestrator.rituals.contract import Part, Person, Play
from tests.rituals.examples import MONDAY, facts


@pytest.mark.parametrize(
    ("active_at", "spoke"),
    [
        (None, False),
        (MONDAY - timedelta(days=40), False),  # in another space, before they joined this one
        (MONDAY - timedelta(minutes=5), True),  # the platform told of the join a little late
        (MONDAY + timedelta(days=3), True),
    ],
)
def test_only_a_word_since_they_joined_is_their_first(active_at: datetime | None, spoke: bool) -> None:
    newcomer = Part(7, welcome.NEWCOMER, "greeted", MONDAY, active_at=active_at)
    known = facts(subject=Person(7, "Ana"), parts=(newcomer,), now=MONDAY + welcome.LOOK_AFTER)
    (seen,) = welcome.act(welcome.Model(), "look", known)

    assert isinstance(seen, Play) and seen.facts == {"spoke": spoke}
