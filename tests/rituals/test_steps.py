"""Steps are held in the order written, with one question whose answers a recap closes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.rituals import steps
from orchestrator.rituals.contract import Give, Keep, Stage
from orchestrator.rituals.kinds import KINDS, NOT_YET
from orchestrator.rituals.steps import Model
from tests.rituals.examples import MONDAY, answered, facts, heard

DAY = timedelta(days=1)
WHOLE = Model.model_validate(
    [
        {"post": "Bienvenue."},
        {"wait": "1 jour"},
        {"ask": "Quel est ton client ?"},
        {"wait": "2 days"},
        {"recap": True},
        {"give": {"badge": "premier-mot"}},
        {"wait": "1 day"},
        {"post": "Merci."},
    ]
)
ONLY_ASKS = Model.model_validate([{"ask": "Et toi ?"}])


def test_each_step_has_its_stage_after_the_waits_above_it() -> None:
    assert steps.stages(WHOLE, MONDAY) == [
        Stage("s1", MONDAY),
        Stage("s3", MONDAY + DAY, opens=True),
        Stage("s5", MONDAY + 3 * DAY, closes=True),
        Stage("s6", MONDAY + 3 * DAY),
        Stage("s8", MONDAY + 4 * DAY),
    ]


@pytest.mark.parametrize(
    ("after", "closes"),
    [
        ([], 2),
        ([{"wait": "5 days"}], 5),
        ([{"wait": "5 days"}, {"post": "Merci."}], 5),
        ([{"wait": "1 day"}, {"post": "Merci."}], 2),
    ],
)
def test_a_question_without_recap_stays_open_to_the_end_and_two_days_at_least(after: list[Any], closes: int) -> None:
    planned = steps.stages(Model.model_validate([{"ask": "Et toi ?"}, *after]), MONDAY)
    assert [stage.at - MONDAY for stage in planned if stage.closes] == [closes * DAY]


def test_the_first_post_opens_and_each_step_says_its_own() -> None:
    first = steps.say(WHOLE, "s1", facts())[0]
    assert (first.template, first.values["post"], first.opening) == ("steps/post", "Bienvenue.", True)
    asks = steps.say(WHOLE, "s3", facts())[0]
    assert (asks.template, asks.values["question"], asks.opening) == ("prompt/post", "Quel est ton client ?", False)
    assert asks.values["closes_at"] == MONDAY + 3 * DAY
    recap = steps.say(WHOLE, "s5", facts(answered(1), answered(2)))[0]
    assert (recap.template, recap.values["question"]) == ("prompt/recap", "Quel est ton client ?")
    assert steps.say(WHOLE, "s5", facts(answered(1))) == []
    assert steps.say(WHOLE, "s6", facts()) == steps.say(WHOLE, "close", facts()) == []


def test_a_question_asked_late_promises_its_full_time() -> None:
    late = MONDAY + timedelta(hours=3)
    assert steps.closing(ONLY_ASKS, facts(now=late)) == late + 2 * DAY


def test_a_recaps_own_words_stand_above_it() -> None:
    model = Model.model_validate([{"ask": "Et toi ?"}, {"wait": "1 day"}, {"recap": "Ce que vous en dites :"}])
    assert steps.say(model, "s3", facts(answered(1), answered(2)))[0].values["text"] == "Ce que vous en dites :"


def test_a_word_under_an_announcement_is_no_answer() -> None:
    assert steps.hear(WHOLE, "s1", heard("thread"), facts()) == []
    assert Keep() in steps.hear(WHOLE, "s3", heard("thread"), facts())
    assert Keep() in steps.hear(WHOLE, "s1", heard("form"), facts())


def test_a_badge_goes_to_those_whose_answer_counts() -> None:
    answers = facts(answered(3), answered(1), answered(2, counted=False))
    assert steps.give(WHOLE, "s6", answers) == [Give("premier-mot", (1, 3))]
    assert steps.give(WHOLE, "s6", facts()) == steps.give(WHOLE, "s1", answers) == []


def test_steps_that_ask_nothing_are_never_unanswered() -> None:
    posts = Model.model_validate([{"post": "Bonjour."}])
    result = steps.result(posts, facts())
    assert (result.asks, result.unanswered) == (False, False)
    assert steps.result(ONLY_ASKS, facts()).unanswered


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ([], "say nothing to anybody"),
        ([{"wait": "2 days"}], "say nothing to anybody"),
        ([{"recap": True}, {"post": "a"}], "nothing to recap before"),
        ([{"post": "a"}, {"give": {"badge": "b"}}], "nothing was asked"),
        ([{"ask": "a"}, {"recap": True}], "nobody has time to answer"),
        ([{"ask": "a"}, {"wait": "1 day"}, {"recap": True}, {"recap": True}], "one question has one recap"),
        ([{"ask": "a"}, {"ask": "b"}], "ask twice"),
        ([{"post": "a", "wait": "2 days"}], "2 things at once: post, wait"),
        ([{"pots": "a"}], '"pots" is not a step'),
        ([{"post": None}], "this step says nothing"),
        ([{"post": " "}], "this step says nothing"),
        (["post: a"], '"post: a" is not a step'),
        ([{"ask": "a"}, {"wait": "soon"}], "is not a length of time"),
        ([{"ask": "a"}, {"wait": "1 day"}, {"recap": "no"}], "need not be written"),
        ([{"post": "a"}] * 31, "31 steps are more"),
    ],
)
def test_a_mistake_is_told_in_the_managers_words(yaml: list[Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Model.model_validate(yaml)


def test_steps_read_back_from_their_stored_form() -> None:
    assert Model.model_validate_json(WHOLE.model_dump_json()) == WHOLE


def test_every_kind_of_the_language_is_held_or_honestly_not_yet() -> None:
    assert {*KINDS} == {"prompt", "steps"}
    assert len(NOT_YET) == 11 and not NOT_YET & {*KINDS}
    assert all(name == kind.NAME for name, kind in KINDS.items())
