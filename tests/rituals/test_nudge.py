"""Who is nudged and who is left alone to compare: two groups that differ in nothing but the word they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.rituals import nudge
from orchestrator.rituals.contract import Effect, Lead, Part, Person, Play, Written
from tests.rituals.examples import MONDAY, facts

HALF = nudge.Model(control_group="50%")  # type: ignore[arg-type]


def quiet(count: int) -> tuple[Person, ...]:
    """The first one has the freshest reason."""
    reasons = [Lead("question", "Quel prix ?", MONDAY - timedelta(hours=number)) for number in range(count)]
    return tuple(Person(number, f"Membre{number}", leads=(lead,)) for number, lead in enumerate(reasons))


def chosen(people: tuple[Person, ...], model: nudge.Model = HALF) -> dict[int, str]:
    found: list[Effect] = nudge.act(model, "post", facts(people=people))
    return {one.member_id: one.role for one in found if isinstance(one, Play)}


def test_only_those_who_would_have_been_written_to_are_compared() -> None:
    roles = chosen(quiet(60))

    assert list(roles.values()).count(nudge.NUDGED) == HALF.at_most
    last = max(member_id for member_id, role in roles.items() if role == nudge.NUDGED)
    assert nudge.CONTROL in roles.values() and set(roles) == set(range(last + 1))


def test_nobody_is_in_either_group_twice_without_a_word_of_theirs_between() -> None:
    people, before = quiet(8), MONDAY - timedelta(days=7)
    again = tuple(
        replace(one, earlier=(Part(one.member_id, role, "not yet", MONDAY, opened_at=before, written_at=before),))
        for one in people
        if (role := chosen(people).get(one.member_id))
    )
    spoke = tuple(replace(one, quiet_since=before + timedelta(days=1)) for one in again)

    assert {nudge.NUDGED, nudge.CONTROL} == set(chosen(people).values())
    assert chosen(again) == {}
    assert chosen(spoke) == chosen(people)


def test_a_difference_is_told_over_all_the_runs_of_a_year() -> None:
    ended = [Part(n, nudge.NUDGED, "returned" if n < 3 else "not yet", MONDAY) for n in range(5)]
    alone = [Part(9, nudge.CONTROL, "not yet", MONDAY)]
    now = facts(parts=(*ended, *alone), written_to=frozenset(range(5)))
    week = {"more": {"came back": 4, "nudged": 5, "came back by themselves": 0, "left alone": 2}}

    once = nudge.result(HALF, now).more
    assert (once["note"], once["difference"], once["runs"]) == ("too few to say", None, 1)
    often = nudge.result(HALF, replace(now, before=(week,) * 6)).more
    assert (often["note"], often["difference"], often["runs"]) == ("clear", round(27 / 35, 3), 7)
    assert (often["came back"], often["nudged"], often["left alone"]) == (3, 5, 1), "of this run alone"


def test_whom_no_word_reached_may_be_written_to_the_next_time() -> None:
    people, week_before = quiet(8), MONDAY - timedelta(days=7)
    never_sent = tuple(
        replace(one, earlier=(Part(one.member_id, role, "chosen", week_before),))
        for one in people
        if (role := chosen(people).get(one.member_id))
    )
    assert chosen(never_sent) == chosen(people)


@pytest.mark.parametrize(
    ("kind", "text", "about"),
    [
        ("question", "Et le {{ space }} de *Zoé* ?", "Et le {{ space }} de *Zoé* ?"),
        ("thread", "Quoi de neuf dans {{ space }} ?", Written("Quoi de neuf dans {{ space }} ?")),
        ("thread", "Quoi de neuf ? " * 10 + "{{ space }}", ""),
    ],
)
def test_only_a_question_of_ours_is_rendered_and_never_cut_in_a_variable(kind: str, text: str, about: str) -> None:
    told = {"kind": kind, "text": text}
    (draft,) = nudge.say(HALF, "post", facts(parts=(Part(1, nudge.NUDGED, "chosen", MONDAY, told),)))

    assert (draft.values["about"], type(draft.values["about"])) == (about, type(about))
