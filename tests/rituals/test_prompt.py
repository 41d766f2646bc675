"""A prompt asks, hears, closes and recaps as the language promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.rituals import prompt
from orchestrator.rituals.contract import Acknowledge, Keep, Stage, Word, Written
from orchestrator.rituals.prompt import Model, Question, choose, text_key
from tests.rituals.examples import MONDAY, SLACK, answered, facts, heard

ASKS = Model.model_validate({"ask": ["Quel prix ?"]})
TWO_DAYS = timedelta(days=2)


def test_a_prompt_is_open_two_days_without_reminder_and_ends_with_a_recap() -> None:
    assert prompt.stages(ASKS, MONDAY) == [
        Stage("post", MONDAY, opens=True),
        Stage("close", MONDAY + TWO_DAYS, closes=True),
        Stage("recap", MONDAY + TWO_DAYS),
    ]


def test_a_reminder_comes_at_three_quarters_of_the_time() -> None:
    model = Model.model_validate({"ask": ["?a"], "open_for": "4 jours", "remind": "oui", "recap": "non"})
    assert [(s.name, s.at - MONDAY) for s in prompt.stages(model, MONDAY)] == [
        ("post", timedelta()),
        ("reminder", timedelta(days=3)),
        ("close", timedelta(days=4)),
    ]


def test_every_place_gets_the_question_with_an_answer_button_and_its_closing_moment() -> None:
    drafts = prompt.say(ASKS, "post", facts())
    assert [(d.place_id, d.buttons[0].key, d.opening) for d in drafts] == [
        (1, "answer-{run}", True),
        (2, "answer-{run}", True),
    ]
    assert drafts[0].values == {"question": "Quel prix ?", "closes_at": MONDAY + TWO_DAYS, "space": "salon"}
    assert isinstance(drafts[0].values["question"], Written)


def test_a_post_that_goes_out_late_tells_the_closing_moment_counted_from_then() -> None:
    late = MONDAY + timedelta(hours=2)
    assert prompt.say(ASKS, "post", facts(now=late))[0].values["closes_at"] == late + TWO_DAYS


@pytest.mark.parametrize(("answers", "lines"), [(0, 2), (2, 2), (3, 0)])
def test_a_reminder_is_one_line_in_the_thread_only_below_three_answers(answers: int, lines: int) -> None:
    drafts = prompt.say(ASKS, "reminder", facts(*map(answered, range(answers))))
    assert [d.under for d in drafts] == ["post"] * lines


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (answered(1),),
        (answered(1), answered(2, counted=False)),
        (answered(1), answered(2, late=True)),
    ],
)
def test_fewer_than_two_counted_answers_make_no_recap(answers: Any) -> None:
    assert prompt.say(ASKS, "recap", facts(*answers)) == []


def test_a_recap_shows_three_lines_most_reacted_to_first_then_earliest() -> None:
    answers = [answered(4), answered(1, reactions=1), answered(3), answered(2, reactions=5), answered(5)]
    values = prompt.say(ASKS, "recap", facts(*answers))[0].values
    assert [line["by"] for line in values["excerpts"]] == ["Member2", "Member1", "Member3"]
    assert (values["answers"], values["active"], values["link"]) == (5, 23, SLACK.link)


def test_a_name_is_shown_only_where_it_was_said_and_only_with_consent() -> None:
    answers = [
        answered(1),
        answered(2, first_name=None),
        answered(3, place_id=2, platform="telegram"),
    ]
    here, there = prompt.say(ASKS, "recap", facts(*answers))
    assert [line["by"] for line in here.values["excerpts"]] == ["Member1", "member", "member on telegram"]
    assert [line["by"] for line in there.values["excerpts"]] == ["member on slack", "member on slack", "Member3"]
    assert isinstance(here.values["excerpts"][2]["by"], Word)


def test_an_answer_said_directly_is_named_nowhere() -> None:
    answers = [answered(1, place_id=None, platform="telegram")] * 2
    for draft in prompt.say(ASKS, "recap", facts(*answers)):
        assert {line["by"] for line in draft.values["excerpts"]} == {"member on telegram"}


def test_a_name_as_long_as_a_novel_is_cut() -> None:
    answers = [answered(1, first_name="Jean-" * 40), answered(2, first_name="  ")]
    lines = prompt.say(ASKS, "recap", facts(*answers))[0].values["excerpts"]
    assert len(lines[0]["by"]) <= 40 and lines[1]["by"] == Word("member")


def test_closing_says_nothing() -> None:
    assert prompt.say(ASKS, "close", facts(answered(1), answered(2))) == []


CLOSES = MONDAY + TWO_DAYS
THANKS = Acknowledge(prompt.HEARD_EMOJI)


@pytest.mark.parametrize(
    ("act", "effects"),
    [
        (heard("thread"), [Keep(), THANKS]),
        (heard("reply"), [Keep(), THANKS]),
        (heard("direct"), [Keep(), THANKS]),
        (heard("form"), [Keep()]),
        (heard(is_host=True), [Keep(counted=False), THANKS]),
        (heard(at=CLOSES), [Keep(late=True), THANKS]),
        (heard(answered_before=True), []),
        (heard(answered_before=True, edited=True), [Keep(text_only=True)]),
        (heard("form", answered_before=True), [Keep(text_only=True)]),
        (heard(edited=True), [Keep(), THANKS]),
    ],
)
def test_the_first_word_is_the_answer_and_later_ones_are_replies(act: Any, effects: list[Any]) -> None:
    assert prompt.hear(ASKS, "post", act, facts(closes_at=CLOSES)) == effects


def test_late_and_hosts_answers_are_not_in_the_result() -> None:
    answers = (answered(1), answered(2, counted=False), answered(3, late=True))
    result = prompt.result(ASKS, facts(*answers))
    assert (result.counted, result.of, result.unanswered) == (1, 23, False)
    assert prompt.result(ASKS, facts(answers[1])).unanswered


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ({}, "needs questions"),
        ({"bank": "a", "ask": ["b"]}, "not from both"),
        ({"ask": []}, "holds no question"),
        ({"ask": ["  ?"]}, "holds no question"),
        ({"ask": ["Quel prix ?", "quel  prix"]}, '"quel prix" stands twice'),
        ({"ask": ["a"], "order": "random"}, "is not one of the words allowed here"),
        ({"ask": ["a"], "open_for": "deux"}, "is not a length of time"),
    ],
)
def test_a_mistake_is_told_in_the_managers_words(yaml: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Model.model_validate(yaml)


def test_one_question_needs_no_list_and_order_reads_in_french() -> None:
    model = Model.model_validate({"ask": "Quel prix ?", "order": "au hasard"})
    assert (model.ask, model.order) == (["Quel prix ?"], "by chance")
    assert model.questions == [Question(id=text_key("quel prix"), text="Quel prix ?")]


def test_a_model_reads_back_from_its_stored_form() -> None:
    assert Model.model_validate_json(ASKS.model_dump_json()) == ASKS


BANK = st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True)


@given(st.lists(BANK, min_size=1, max_size=40), st.sampled_from(["in turn", "by chance"]), st.integers())
def test_between_two_uses_of_a_question_all_others_were_used_whatever_edits_the_bank_saw(
    banks: list[list[str]], order: Any, seed: int
) -> None:
    asked: list[str] = []
    for turn, bank in enumerate(banks):
        questions = [Question(id=name, text=f"about {name}") for name in bank]
        chosen = choose(questions, asked, order, f"{seed}{turn}").id
        if chosen in asked:
            since = len(asked) - 1 - asked[::-1].index(chosen)
            assert set(bank) <= {*asked[since:]}
        asked.append(chosen)


@given(st.integers(1, 30), st.sampled_from(["in turn", "by chance"]), st.integers())
def test_a_whole_bank_is_used_before_any_question_repeats(size: int, order: Any, seed: int) -> None:
    questions = [Question(id=f"q{n}", text=f"text {n}") for n in range(size)]
    asked: list[str] = []
    for turn in range(2 * size):
        asked.append(choose(questions, asked, order, f"{seed}/{turn}").id)
    assert len(set(asked[:size])) == len(set(asked[size:])) == size


def test_a_question_is_known_by_its_text_when_it_got_an_id_later() -> None:
    questions = [Question(id="prix", text="Quel prix ?"), Question(id="b", text="Et toi ?")]
    assert choose(questions, [text_key("quel prix")], "in turn", 1).id == "b"


def test_chance_is_decided_by_the_seed_alone() -> None:
    questions = [Question(id=f"q{n}", text=f"text {n}") for n in range(50)]
    chosen = {choose(questions, [], "by chance", seed).id for seed in range(20)}
    assert len(chosen) > 10
    assert choose(questions, [], "by chance", 7) == choose(questions, [], "by chance", 7)
