"""A poll asks, counts, closes and tells as the language promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.rituals import poll
from orchestrator.rituals.contract import Cast, Effect, Facts, Heard, Redo, Stage, Tell, Vote, Written
from orchestrator.rituals.poll import LIVE, Model
from tests.rituals.examples import MONDAY, SLACK, TELEGRAM, facts, heard

TWO_DAYS, HOUR = timedelta(days=2), timedelta(hours=1)
GROUP = replace(TELEGRAM, polls=True)
ENDS = MONDAY + TWO_DAYS


def model(**more: Any) -> Model:
    return Model.model_validate({"question": "Quel sujet ?", "options": ["Prix", "Recrutement", "IA"], **more})


def votes(*chosen: tuple[int, ...], **more: Any) -> tuple[Vote, ...]:
    return tuple(Vote(number, "open", options, MONDAY, **more) for number, options in enumerate(chosen))


def at(moment: Any, *chosen: tuple[int, ...], **more: Any) -> Facts:
    """The facts at a moment of a run that is open, or was."""
    known = {"places": (SLACK, GROUP), "opened_at": MONDAY, "closes_at": ENDS, "votes": votes(*chosen)}
    return facts(now=moment, **{**known, **more})


def pressed(key: str, moment: Any = MONDAY + HOUR) -> Heard:
    verb, _, arg = key.partition(" ")
    return heard("press", verb=verb, arg=arg, at=moment)


def test_a_poll_is_open_two_days_and_ends_with_its_results() -> None:
    assert poll.stages(model(), MONDAY) == [
        Stage("open", MONDAY, opens=True),
        Stage("close", ENDS, closes=True),
        Stage("results", ENDS),
    ]
    assert [stage.name for stage in poll.stages(model(recap="non"), MONDAY)] == ["open", "close"]


def test_a_group_with_polls_gets_the_platforms_own_and_every_other_place_a_button_an_option() -> None:
    by_buttons, native = poll.say(model(), "open", at(MONDAY))
    assert [(button.label, button.key) for button in by_buttons.buttons] == [
        ("Prix", "vote-{run}-open-0"),
        ("Recrutement", "vote-{run}-open-1"),
        ("IA", "vote-{run}-open-2"),
        (None, "unvote-{run}-open"),
    ]
    assert (by_buttons.poll, native.buttons, by_buttons.opening, native.opening) == (None, (), True, True)
    assert native.poll is not None
    assert (native.poll.question, native.poll.options) == ("Quel sujet ?", ("Prix", "Recrutement", "IA"))
    assert (native.poll.closes_at, native.poll.closed) == (ENDS, False)
    assert isinstance(by_buttons.values["question"], Written)


def test_what_may_be_chosen_and_seen_is_told_to_the_platform() -> None:
    native = poll.say(model(several="oui", hidden="oui"), "open", at(MONDAY))[1].poll
    assert native is not None and (native.several, native.hidden) == (True, True)


def test_a_poll_that_goes_out_late_stays_open_for_as_long_as_promised() -> None:
    late = MONDAY + HOUR
    first = facts(now=late, places=(SLACK,))
    assert poll.say(model(), "open", first)[0].values["closes_at"] == late + TWO_DAYS


def test_what_telegram_cannot_close_by_itself_is_left_to_us() -> None:
    for length, left in (("30 jours", False), ("31 jours", True)):
        native = poll.say(model(open_for=length), "open", facts(places=(GROUP,)))[0].poll
        assert native is not None and (native.closes_at is None) is left


def test_the_tally_is_live_over_all_places() -> None:
    values = poll.say(model(), "open", at(MONDAY + HOUR, (0,), (2,), (0,)))[0].values
    assert [(row["option"], row["votes"]) for row in values["rows"]] == [("Prix", 2), ("Recrutement", 0), ("IA", 1)]
    assert (values["voters"], values["closed"]) == (3, False)


def test_a_hidden_tally_shows_how_many_voted_and_no_more_until_the_close() -> None:
    one = model(hidden=True)
    before, after = (poll.say(one, "open", at(moment, (0,), (1,)))[0].values for moment in (MONDAY + HOUR, ENDS))
    assert (before["voters"], before["rows"]) == (2, [])
    assert [row["votes"] for row in after["rows"]] == [1, 1, 0]


def test_at_the_close_the_buttons_go_and_the_platforms_poll_is_ended() -> None:
    assert poll.act(model(), "close", at(ENDS)) == [Redo("open")]
    by_buttons, native = poll.say(model(), "open", at(ENDS, (0,)))
    assert (by_buttons.buttons, by_buttons.values["closed"]) == ((), True)
    assert native.poll is not None and native.poll.closed


def test_results_put_most_votes_first_in_every_place() -> None:
    drafts = poll.say(model(), "results", at(ENDS, (2,), (2,), (1,)))
    assert [draft.place_id for draft in drafts] == [1, 2]
    values = drafts[0].values
    assert [(row["option"], row["share"]) for row in values["rows"]] == [("IA", 67), ("Recrutement", 33), ("Prix", 0)]
    assert (values["winners"], values["most"], values["voters"], values["link"]) == (["IA"], 2, 3, SLACK.link)


def test_a_tie_names_everybody_who_is_level() -> None:
    assert poll.say(model(), "results", at(ENDS, (2,), (0,)))[0].values["winners"] == ["Prix", "IA"]


def test_nothing_is_told_of_a_vote_that_nobody_cast() -> None:
    host = votes((0,), counted=False)
    assert poll.say(model(), "results", at(ENDS)) == poll.say(model(), "results", at(ENDS, votes=host)) == []
    assert poll.result(model(), at(ENDS, votes=host)).unanswered


def test_the_measure_is_distinct_voters() -> None:
    several = model(several=True)
    told = poll.result(several, at(ENDS, (0, 1, 2), (1,)))
    assert (told.counted, told.of, told.unanswered) == (2, 23, False)


@pytest.mark.parametrize(
    ("key", "several", "cast"),
    [
        ("vote 2", False, Cast((2,))),
        ("vote 2", True, Cast((2,), added=True)),
        ("unvote ", False, Cast(())),
        ("unvote ", True, Cast(())),
    ],
)
def test_a_press_is_a_vote_and_the_presser_reads_so(key: str, several: bool, cast: Cast) -> None:
    told = poll.hear(model(several=several), "open", pressed(key), at(MONDAY + HOUR))
    assert kinds(told) == [Cast, Tell, Redo]
    assert (told[0], told[2]) == (cast, Redo("open", after=LIVE))


@pytest.mark.parametrize("key", ["vote 3", "vote ", "vote x", "vote -1", "vote ²", "vote 000", "start 0"])
def test_a_press_that_is_no_option_is_nothing(key: str) -> None:
    assert poll.hear(model(), "open", pressed(key), at(MONDAY + HOUR)) == []
    assert poll.hear(model(), "results", pressed("vote 0"), at(MONDAY + HOUR)) == []


def test_a_vote_in_the_platforms_own_poll_is_taken_whole_and_told_to_nobody() -> None:
    for chosen in ((0, 2), (1,), ()):
        told = poll.hear(model(several=True), "open", heard("vote", options=chosen), at(MONDAY + HOUR))
        assert told == [Cast(chosen), Redo("open", after=LIVE)]


def test_a_late_press_is_refused_with_a_line_to_the_presser() -> None:
    told = poll.hear(model(), "open", pressed("vote 0", ENDS), at(ENDS))
    assert told == [Tell("poll/closed", {"closes_at": ENDS})]


def test_a_vote_given_in_time_and_told_late_counts_and_puts_right_what_was_said() -> None:
    after = at(ENDS + HOUR)
    told = poll.hear(model(), "open", pressed("vote 0", ENDS - timedelta(seconds=1)), after)
    assert [told[0], *told[2:]] == [Cast((0,)), Redo("open"), Redo("results")]
    native = heard("vote", options=(1,), at=ENDS + HOUR)  # its moment is that of its arrival
    assert poll.hear(model(), "open", native, after) == [Cast((1,)), Redo("open"), Redo("results")]
    assert poll.hear(model(recap=False), "open", native, after) == [Cast((1,)), Redo("open")]


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ({"options": ["Prix"]}, "a poll has 2 to 12 options, not 1"),
        ({"options": [str(n) for n in range(13)]}, "a poll has 2 to 12 options, not 13"),
        ({"options": ["Prix", "PRIX "]}, "stands twice"),
        ({"options": ["a", "a"]}, "stands twice"),
        ({"options": ["+", "?", "+"]}, "stands twice"),
        ({"options": ["D’accord", "d'accord"]}, "stands twice"),
        ({"options": ["Prix", " "]}, "an option is empty"),
        ({"options": ["Prix", "x" * 76]}, "too long for a button"),
        ({"options": ["Prix", "{{ space }}"]}, "more than a plain label"),
        ({"question": "x" * 301}, "at most 300"),
        ({"question": ""}, "at least 1"),
    ],
)
def test_what_a_platform_could_not_show_is_a_mistake(written: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        model(**written)


def test_options_of_signs_alone_are_told_apart() -> None:
    assert model(options=["👍", "👎"]).options == ["👍", "👎"]


def kinds(told: list[Effect]) -> list[type[Any]]:
    return [type(effect) for effect in told]


@pytest.mark.parametrize("options", [["C", "C++"], ["Oui", "Oui !"], ["+", "-", "?"], ["Été", "Ete"], ["A", "B"]])
def test_options_that_look_different_are_two(options: list[str]) -> None:
    assert model(options=options).options == options
