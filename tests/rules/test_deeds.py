"""Who helped and who started, told from what was said in a thread."""

from __future__ import annotations

import pytest

from orchestrator.rules.deeds import HELPED, STARTED, Deed, Spoken, above, answered_at, deeds
from orchestrator.rules.flags import QUESTION, THANKS

ANA, BEN, CLEO = 1, 2, 3


def said(ref: int, who: int, flags: int = 0, under: int | None = 10) -> Spoken:
    return Spoken(ref, who, ref // 10, ref * 1000, flags, under)


ASKED = said(10, ANA, QUESTION, under=None)
TOLD = said(10, ANA, under=None)

CASES: dict[str, tuple[Spoken | None, list[Spoken], set[int], dict[Deed, int]]] = {
    "nobody replied": (ASKED, [], set(), {}),
    "the asker alone": (ASKED, [said(20, ANA, THANKS)], {20}, {}),
    "a post of ours": (None, [said(20, ANA), said(30, BEN, THANKS)], set(), {}),
    "no question": (TOLD, [said(20, BEN), said(30, ANA, THANKS)], {20}, {(ANA, STARTED): 1}),
    "not thanked": (ASKED, [said(20, BEN), said(30, ANA)], set(), {(ANA, STARTED): 1}),
    "thanked by another": (ASKED, [said(20, BEN), said(30, CLEO, THANKS)], set(), {(ANA, STARTED): 1}),
    "liked": (ASKED, [said(20, BEN), said(30, CLEO)], {30}, {(ANA, STARTED): 1, (CLEO, HELPED): 3}),
    "thanked, all who had replied": (
        ASKED,
        [said(20, BEN), said(30, CLEO), said(40, ANA, THANKS), said(50, 4)],
        set(),
        {(ANA, STARTED): 1, (BEN, HELPED): 2, (CLEO, HELPED): 3},
    ),
    "thanked by a reply to one of them": (
        ASKED,
        [said(20, BEN), said(30, CLEO), said(40, ANA, THANKS, under=20)],
        set(),
        {(ANA, STARTED): 1, (BEN, HELPED): 2},
    ),
    "once a thread, on the first day that helped": (
        ASKED,
        [said(20, BEN), said(30, BEN), said(40, BEN)],
        {30, 40},
        {(ANA, STARTED): 1, (BEN, HELPED): 3},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_thread_tells_what_was_done_in_it_in_any_order(case: str) -> None:
    root, replies, liked, found = CASES[case]

    assert deeds(root, replies, liked) == found
    assert deeds(root, replies[::-1], liked) == found


def test_a_question_is_answered_by_the_first_other_voice() -> None:
    assert answered_at(ASKED, [said(20, ANA), said(50, CLEO), said(40, BEN)]) == 40_000
    assert answered_at(ASKED, [said(20, ANA)]) is None


def test_a_topic_of_telegram_is_no_thread() -> None:
    assert above(7, None) is None
    assert above(7, 12) == 12
    assert above(1_700_000_000_000_001, None) == 1_700_000_000_000_001
    assert above(None, None) is None
