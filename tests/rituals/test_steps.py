"""Steps are held in the order written, and each question is open until its recap, the next one, or the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.rituals import steps
from orchestrator.rituals.contract import Give, Keep, PlaceFacts, Stage
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
TWICE = Model.model_validate(
    [
        {"ask": "Quel petit pas ?"},
        {"wait": "3 days"},
        {"recap": "Les pas."},
        {"ask": "Et alors ?"},
        {"wait": "2 days"},
        {"recap": True},
        {"give": {"badge": "pas"}},
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
    assert steps.asks(ONLY_ASKS, facts(now=late))[0].closes_at == late + 2 * DAY


def test_a_recaps_own_words_stand_above_it() -> None:
    model = Model.model_validate([{"ask": "Et toi ?"}, {"wait": "1 day"}, {"recap": "Ce que vous en dites :"}])
    assert steps.say(model, "s3", facts(answered(1), answered(2)))[0].values["text"] == "Ce que vous en dites :"


def test_each_question_is_open_until_its_recap_the_next_one_or_the_end() -> None:
    def times(*steps_: dict[str, Any], **more: Any) -> list[tuple[str, int, int]]:
        asks = steps.asks(Model.model_validate(list(steps_)), facts(**more))
        return [(ask.stage, (ask.opens_at - MONDAY).days, (ask.closes_at - MONDAY).days) for ask in asks]

    ask, day = {"ask": "a"}, {"wait": "1 day"}
    assert times(ask, day, {"recap": True}, day, ask, day) == [("s1", 0, 1), ("s5", 2, 4)]
    assert times(ask, day, ask, day, day, {"recap": True}) == [("s1", 0, 1), ("s3", 1, 3)]
    assert times(day, ask, day, ask, opened_at=MONDAY + 3 * DAY) == [("s2", 3, 4), ("s4", 4, 6)]
    assert times(ask, day, ask, day, day, {"recap": True}, closes_at=MONDAY) == [("s1", 0, 0), ("s3", 1, 0)]


def test_only_the_end_of_the_last_question_closes_the_run() -> None:
    assert [stage.name for stage in steps.stages(TWICE, MONDAY) if stage.opens] == ["s1", "s4"]
    assert [stage.name for stage in steps.stages(TWICE, MONDAY) if stage.closes] == ["s6"]
    unclosed = Model.model_validate([*TWICE.model_dump(exclude_none=True)[:5]])
    assert [stage for stage in steps.stages(unclosed, MONDAY) if stage.closes] == [
        Stage("close", MONDAY + 5 * DAY, closes=True)
    ]


def test_each_button_names_its_question_and_an_only_one_does_not() -> None:
    keys = [steps.say(TWICE, stage, facts())[0].buttons[0].key for stage in ("s1", "s4")]
    assert keys == ["answer-{run}-s1", "answer-{run}-s4"]
    assert steps.say(ONLY_ASKS, "s1", facts())[0].buttons[0].key == "answer-{run}"


def test_a_recap_tells_of_the_last_question_above_it_and_leads_to_its_post() -> None:
    links = {"s1": "https://x/1", "s4": "https://x/4"}
    place = PlaceFacts(1, "slack", "https://x/1", "salon", links)
    told = facts(*(answered(n, stage=stage) for n, stage in enumerate(["s1", "s1", "s4", "s4", "s4"])), places=(place,))
    first, second = (steps.say(TWICE, stage, told)[0].values for stage in ("s3", "s6"))
    assert (first["question"], first["answers"], first["link"]) == ("Quel petit pas ?", 2, "https://x/1")
    assert (second["question"], second["answers"], second["link"]) == ("Et alors ?", 3, "https://x/4")
    assert steps.say(TWICE, "s6", facts(answered(1, stage="s1"), answered(2, stage="s1"))) == []


@pytest.mark.parametrize(
    ("stage", "by", "day", "late"),
    [
        ("s1", "thread", 1, False),
        ("s1", "thread", 4, True),
        ("s4", "thread", 4, False),
        ("s4", "reply", 5, True),
        ("s1", "form", 4, True),
        ("", "form", 1, False),
        ("", "form", 4, False),
        ("", "direct", 6, True),
    ],
)
def test_an_answer_is_late_once_its_own_question_is_closed(stage: str, by: str, day: int, late: bool) -> None:
    act = heard(by, at=MONDAY + day * DAY)
    assert Keep(late=late) in steps.hear(TWICE, stage, act, facts(opened_at=MONDAY, closes_at=MONDAY + 5 * DAY))


def test_a_badge_and_the_result_count_people_over_all_questions() -> None:
    told = facts(answered(1, stage="s1"), answered(1, stage="s4"), answered(2, stage="s4"), answered(3, late=True))
    assert steps.act(TWICE, "s7", told) == [Give("pas", (1, 2))]
    assert (steps.result(TWICE, told).counted, steps.result(TWICE, told).unanswered) == (2, False)


def test_a_word_under_an_announcement_is_no_answer() -> None:
    assert steps.hear(WHOLE, "s1", heard("thread"), facts()) == []
    assert Keep() in steps.hear(WHOLE, "s3", heard("thread"), facts())
    assert Keep() in steps.hear(WHOLE, "s1", heard("form"), facts())


def test_a_badge_goes_to_those_whose_answer_counts() -> None:
    answers = facts(answered(3), answered(1), answered(2, counted=False))
    assert steps.act(WHOLE, "s6", answers) == [Give("premier-mot", (1, 3))]
    assert steps.act(WHOLE, "s6", facts()) == steps.act(WHOLE, "s1", answers) == []


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
        ([{"ask": "a"}, {"ask": "b"}], "nobody has time to answer before the next question"),
        ([{"ask": "a"}, {"wait": "1 day"}, {"ask": "b"}, {"recap": True}], "nobody has time to answer before this"),
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
    assert len({*KINDS} | NOT_YET) == 13
    assert not NOT_YET & {*KINDS}
    assert all(name == kind.NAME for name, kind in KINDS.items())
