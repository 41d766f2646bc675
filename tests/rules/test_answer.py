"""Which run a message belongs to, and which act of a member is the answer: in any order, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules.answer import (
    Act,
    Match,
    OpenQuestion,
    OurPost,
    Said,
    answered_before,
    better,
    by_post,
    by_question,
    read_key,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
POSTS = [OurPost(7, "post", "C1", "100", 3), OurPost(8, "post", "C2", "100", 4), OurPost(7, "reminder", "C1", "104", 3)]


@pytest.mark.parametrize(
    ("said", "match"),
    [
        (Said("C1", thread_ref="100"), Match(7, "post", "thread", 3)),
        (Said("C2", thread_ref="100"), Match(8, "post", "thread", 4)),
        (Said("C1", reply_to_ref="100"), Match(7, "post", "reply", 3)),
        (Said("C1", reply_to_ref="104"), Match(7, "reminder", "reply", 3)),
        (Said("C1", thread_ref="100", reply_to_ref="102"), Match(7, "post", "thread", 3)),
        (Said("C1", reply_to_ref="102"), None),  # a reply to somebody's answer
        (Said("C1"), None),
        (Said("C9", thread_ref="100"), None),  # the same number in another place
        (Said(None), None),
    ],
)
def test_a_message_belongs_to_the_post_it_stands_under(said: Said, match: Match | None) -> None:
    assert by_post(said, POSTS) == match


def test_a_direct_message_answers_the_question_asked_last_in_that_chat() -> None:
    old, new = OpenQuestion(1, NOON, "D1"), OpenQuestion(2, NOON + timedelta(hours=1), "D1")
    elsewhere = OpenQuestion(3, NOON + timedelta(hours=2), "D2")
    assert by_question(Said("D1"), [new, old, elsewhere]) == Match(2, "", "direct")
    assert by_question(Said("D3"), [new, old]) is None
    assert by_question(Said("D3"), [replace(old, direct_ref=None)]) == Match(1, "", "direct")
    later = OpenQuestion(1, NOON + timedelta(days=1), "D1", "s4")
    assert by_question(Said("D1"), [later, old]) == Match(1, "s4", "direct")


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("answer-c0de", ("c0de", "")),
        ("answer-c0de-s3", ("c0de", "s3")),
        ("answer-", None),
        ("answer--s3", None),
        ("approve-c0de", None),
        ("", None),
    ],
)
def test_a_key_names_its_run_and_among_several_questions_the_one_it_stands_under(
    key: str, named: tuple[str, str] | None
) -> None:
    assert read_key(key) == named


def first(at: int = 0, ref: str = "5", text: str = "a", **more: object) -> Act:
    return replace(Act(ref, NOON + timedelta(seconds=at), text, place_id=1, handle_id=1), **more)  # type: ignore[arg-type]


FORM = Act(None, NOON + timedelta(seconds=9), "form", handle_id=1)


def test_the_first_message_is_the_answer_and_later_ones_are_replies() -> None:
    assert better(first(1, "5"), first(2, "6")) == first(1, "5")
    assert better(first(2, "6"), first(1, "5")) == first(1, "5")


def test_two_messages_of_one_second_are_told_apart_by_their_number() -> None:
    assert better(first(1, "10"), first(1, "9")).message_ref == "9"
    assert not answered_before(first(1, "10"), first(1, "9"))


def test_an_edit_changes_the_answer_and_an_older_wording_does_not() -> None:
    new = first(0, edited_at=NOON + timedelta(seconds=5), text="b")
    old = first(0, edited_at=NOON + timedelta(seconds=3), text="c")
    assert better(better(first(), new), old) == better(better(first(), old), new) == new


def test_the_form_comes_before_messages_and_the_last_form_before_others() -> None:
    again = replace(FORM, said_at=NOON + timedelta(seconds=20), text="corrected")
    assert better(better(first(), FORM), again).text == "corrected"
    assert better(again, FORM).text == "corrected"


def test_who_answered_in_time_is_not_late_by_correcting_it() -> None:
    late = replace(FORM, late=True)
    assert not better(first(), late).late
    assert better(first(late=True), late).late


acts = st.builds(
    Act,
    message_ref=st.one_of(st.none(), st.sampled_from(["5", "6", "10"])),
    said_at=st.integers(0, 3).map(lambda s: NOON + timedelta(seconds=s)),
    text=st.sampled_from(["a", "b"]),
    place_id=st.just(1),
    handle_id=st.just(1),
    late=st.booleans(),
)


@given(st.lists(acts, min_size=1, max_size=5), st.randoms())
def test_order_and_repetition_do_not_matter(told: list[Act], chance: object) -> None:
    # One message has one first moment; only its wordings differ, each with its own moment.
    moments = {"5": 0, "6": 1, "10": 1}
    same = [
        act
        if act.is_form
        else replace(
            act,
            said_at=NOON + timedelta(seconds=moments[act.message_ref or ""]),
            edited_at=None if act.text == "a" else NOON + timedelta(seconds=30),
            late=False,
        )
        for act in told
    ]

    def answer(given_acts: list[Act]) -> Act | None:
        kept: Act | None = None
        for act in given_acts:
            kept = better(kept, act)
        return kept

    shuffled = same + same[:2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert answer(shuffled) == answer(same)
