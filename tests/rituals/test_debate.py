"""A debate's rules: who is invited, when replacing ends, what a press does, and how far opinions moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rituals import debate, debate_speakers, debate_votes
from orchestrator.rituals.contract import Cast, Facts, Heard, Keep, Part, Person, Play, Redo, Tell, Vote
from orchestrator.rules.values import Unreadable
from tests.rituals.debates import AHEAD, ENDS, MOTION, at, ended, model, pair, part, people, press, votes
from tests.rituals.examples import MONDAY, SLACK, answered, heard


def chosen(wanted: int, facts: Facts) -> list[tuple[int, str]]:
    return [(play.member_id, play.facts["side"]) for play in debate_speakers.invite(wanted, facts)]


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ({"speakers": 3}, "3 speakers cannot be shared out"),
        ({"speakers": 10}, "10 speakers are more"),
        ({"speakers": "none"}, "not a whole number"),
        ({"motion": "  ?! "}, "no question"),
        ({"motion": "x" * 301}, "at most 300"),
        ({"vote": "perhaps"}, "neither yes nor no"),
        ({"open_for": "long"}, "not a length of time"),
        ({"moderator": "Ana"}, "moderator"),
    ],
)
def test_what_makes_no_debate_is_refused(bad: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        model(**bad)


def test_numbers_and_lengths_read_as_words() -> None:
    read = model(speakers="deux", open_for="2 jours", vote="non")
    assert (read.speakers, read.open_for, read.vote) == (2, timedelta(days=2), False)
    assert model() == debate.Model(motion=MOTION["fr"])
    assert issubclass(Unreadable, ValueError)


def test_its_stages_lie_around_when() -> None:
    days = {stage.name: (stage.at - MONDAY) / timedelta(days=1) for stage in debate.stages(model(), MONDAY)}
    assert days == {
        "before": -3,
        "invite": -3,
        "silence": -2,
        "statements": pytest.approx(-4 / 24),
        "opening": 0,
        "after": 1,
        "close": 2,
        "recap": 2,
    }
    assert [stage.name for stage in debate.stages(model(), MONDAY) if stage.closes] == ["close"]
    assert [stage.name for stage in debate.stages(model(), MONDAY) if stage.asks_approval] == ["before"]
    quiet = {stage.name: stage.at for stage in debate.stages(model(vote=False), MONDAY)}
    assert "after" not in quiet and quiet["close"] == MONDAY + timedelta(days=1)


# Who is invited.


def test_half_are_invited_for_each_side() -> None:
    found = chosen(4, at(AHEAD, people=people(*range(20))))
    assert sorted(side for _, side in found) == ["against", "against", "for", "for"]


def test_few_people_are_shared_out_between_the_sides() -> None:
    assert sorted(side for _, side in chosen(8, at(AHEAD, people=people(1, 2)))) == ["against", "for"]


@pytest.mark.parametrize(
    "person",
    [Person(1, reachable=False), Person(1, places=(99,))],
    ids=["cannot be written to", "is in none of the places"],
)
def test_who_cannot_take_part_is_not_invited(person: Person) -> None:
    assert chosen(2, at(AHEAD, people=(person,))) == []


def test_whose_places_nobody_knows_may_be_invited() -> None:
    assert chosen(2, at(AHEAD, people=(Person(1),), places=(SLACK,))) == [(1, "for")]


def test_who_was_asked_lately_comes_last() -> None:
    def asked(days: int) -> tuple[Part, ...]:
        return (part(0, "accepted", at=AHEAD - timedelta(days=days)),)

    some = (Person(1, earlier=asked(7)), Person(2, earlier=asked(90)), Person(3), Person(4, earlier=asked(20)))
    assert [member for member, _ in chosen(8, at(AHEAD, people=some))] == [3, 2, 4, 1]


def test_nobody_is_asked_to_argue_against_their_own_vote_while_others_are_there() -> None:
    cast = (Vote(1, "before", (0,), AHEAD), Vote(2, "before", (1,), AHEAD))
    assert dict(chosen(2, at(AHEAD, people=people(1, 2), votes=cast))) == {1: "for", 2: "against"}
    assert dict(chosen(2, at(AHEAD, people=people(1), votes=cast[:1]))) == {1: "for"}


def test_the_same_run_chooses_the_same_people_and_another_run_others() -> None:
    some = people(*range(40))
    one, again = at(AHEAD, people=some), at(AHEAD, people=tuple(reversed(some)))
    assert chosen(8, one) == chosen(8, again)
    assert chosen(8, one) != chosen(8, at(AHEAD, people=some, due_at=MONDAY + timedelta(days=14)))


def after(facts: Facts, plays: list[Play]) -> tuple[Part, ...]:
    known = {one.member_id: one for one in facts.parts}
    for play in plays:
        told = {**known[play.member_id].facts, **play.facts} if play.member_id in known else play.facts
        known[play.member_id] = Part(play.member_id, play.role, play.state, facts.now, told)
    return tuple(known.values())


@given(
    count=st.integers(0, 30),
    wanted=st.sampled_from([2, 4, 6, 8]),
    moves=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["accept", "decline", "wait"])), max_size=80),
)
def test_replacing_ends_and_nobody_is_invited_twice(count: int, wanted: int, moves: list[tuple[int, str]]) -> None:
    now, some, asked = AHEAD, people(*range(count)), list[int]()
    parts: tuple[Part, ...] = ()
    for which, what in moves:
        facts = at(now, people=some, parts=parts)
        plays = debate_speakers.silent(facts)
        facts = at(now, people=some, parts=after(facts, plays))
        invited = debate_speakers.invite(wanted, facts)
        asked += [play.member_id for play in invited]
        parts = after(facts, invited)
        held = at(now, people=some, parts=parts)
        for side in debate_votes.SIDES:
            taken = debate_speakers.on(side, debate_speakers.of(held, "invited", "accepted"))
            assert len(taken) <= wanted // 2
        if what == "wait":
            now += timedelta(hours=9)
        elif parts:
            member = parts[which % len(parts)].member_id
            told = debate_speakers.answer(wanted, press(what, "invite", member_id=member, at=now), held, ENDS)
            parts = after(held, [effect for effect in told if isinstance(effect, Play)])
    assert len(asked) == len(set(asked)) <= count


# What presses do.


def test_an_answer_pressed_twice_moves_once() -> None:
    invited, accepted = at(AHEAD, parts=pair("invited")), at(AHEAD, parts=pair("accepted"))
    first = debate.hear(model(), "invite", press("accept", "invite"), invited)
    assert [type(one) for one in first] == [Play, Tell, Redo, Redo]
    assert [type(one) for one in debate.hear(model(), "invite", press("accept", "invite"), accepted)] == [Tell]


def test_who_was_not_invited_presses_in_vain() -> None:
    assert (
        debate.hear(model(), "invite", press("accept", "invite", member_id=5), at(AHEAD, parts=pair("invited"))) == []
    )


@pytest.mark.parametrize("state", ["silent", "declined"])
@pytest.mark.parametrize(("free", "accepted"), [(True, True), (False, False)])
def test_a_late_yes_is_taken_while_the_seat_is_free(state: str, free: bool, accepted: bool) -> None:
    parts = (part(0, state), *(() if free else (part(1, "accepted"), part(2, "invited"))))
    told = debate.hear(model(), "invite", press("accept", "invite"), at(AHEAD, parts=parts))
    assert any(isinstance(one, Play) for one in told) is accepted


@pytest.mark.parametrize(
    ("stage", "verb", "arg", "cast"),
    [
        ("before", "vote", "0", (0,)),
        ("before", "vote", "2", (2,)),
        ("before", "vote", "3", None),
        ("before", "vote", "", None),
        ("before", "unvote", "", ()),
        ("opening", "vote", "0", None),
        ("invite", "vote", "0", None),
        ("before", "dance", "0", None),
    ],
)
def test_a_vote_is_one_of_three(stage: str, verb: str, arg: str, cast: tuple[int, ...] | None) -> None:
    told = debate.hear(model(), stage, press(verb, stage, arg), at(AHEAD))
    assert [one.options for one in told if isinstance(one, Cast)] == ([] if cast is None else [cast])


@pytest.mark.parametrize(("stage", "closes_at"), [("before", MONDAY), ("after", ENDS)])
def test_votes_are_taken_until_their_close_and_not_at_it(stage: str, closes_at: Any) -> None:
    tick = timedelta(microseconds=1)
    for moment, taken in ((closes_at - tick, True), (closes_at, False)):
        told = debate.hear(model(), stage, press("vote", stage, "1", at=moment), at(moment, closes_at=ENDS))
        assert any(isinstance(one, Cast) for one in told) is taken


# What is said in it.


@pytest.mark.parametrize(
    ("stage", "by", "kept"),
    [
        ("opening", "thread", True),
        ("opening", "reply", True),
        ("statements", "direct", True),
        ("after", "thread", True),
        ("before", "thread", False),
        ("invite", "direct", False),
    ],
)
def test_only_what_stands_in_the_debate_is_kept(stage: str, by: Any, kept: bool) -> None:
    told = debate.hear(model(), stage, heard(by), at(run={"held": True, "speakers": [1]}))
    assert any(isinstance(one, Keep) for one in told) is kept


def test_in_a_debate_that_does_not_take_place_nothing_is_kept() -> None:
    assert debate.hear(model(), "opening", heard(), at(run={"held": False, "speakers": []})) == []


@pytest.mark.parametrize(("member", "redone"), [(1, True), (9, False)])
def test_a_speakers_words_may_change_the_opening_post(member: int, redone: bool) -> None:
    said: Heard = heard(member_id=member)
    told = debate.hear(model(), "opening", said, at(run={"held": True, "speakers": [1]}))
    assert any(isinstance(one, Redo) for one in told) is redone


def test_long_statements_of_eight_fit_into_one_post() -> None:
    parts = tuple(part(n, "accepted", ("for", "against")[n % 2], f"Membre{n}") for n in range(8))
    said = tuple(answered(n, "mot " * 900, stage="statements", place_id=None) for n in range(8))
    (draft, _) = debate.say(model(speakers=8), "opening", at(parts=parts, answers=said))
    assert sum(len(one["text"]) for one in draft.values["statements"]) <= 2400


def test_a_statement_is_not_repeated_where_it_was_made() -> None:
    parts = pair("accepted", "accepted")
    there = answered(0, "Ici même.", stage="statements", place_id=1)
    here, elsewhere = debate.say(model(), "opening", at(parts=parts, answers=(there,)))
    assert (len(here.values["statements"]), len(elsewhere.values["statements"])) == (0, 1)


# How far opinions moved.

_CAST = st.dictionaries(st.integers(0, 12), st.integers(0, 2), max_size=13)


@given(before=_CAST, after=_CAST, hosts=st.sets(st.integers(0, 12)))
def test_the_shift_equals_an_independent_count(before: dict[int, int], after: dict[int, int], hosts: set[int]) -> None:
    cast = [
        Vote(member, stage, (option,), MONDAY, counted=member not in hosts)
        for stage, chosen in (("before", before), ("after", after))
        for member, option in chosen.items()
    ]
    worth = {0: 1, 1: -1, 2: 0}
    both = [member for member in before if member in after and member not in hosts]
    seen = debate_votes.shift(cast)
    assert seen.twice == len(both)
    assert seen.moved == len([member for member in both if before[member] != after[member]])
    assert seen.net == sum(worth[after[member]] - worth[before[member]] for member in both)
    assert sum(seen.moves.values()) == seen.moved and all(was != now for was, now in seen.moves)


@pytest.mark.parametrize(
    ("before", "after_", "enough", "towards"),
    [
        ((0, 0, 0, 0), (1, 1, 1, 1), False, "against"),
        ((0, 0, 0, 0, 0), (1, 1, 0, 0, 0), True, "against"),
        ((2, 2, 1, 1, 0), (0, 0, 1, 1, 0), True, "for"),
        ((0, 1, 2, 2, 2), (1, 0, 2, 2, 2), True, ""),
    ],
)
def test_a_recap_is_honest_with_small_numbers(
    before: tuple[int, ...], after_: tuple[int, ...], enough: bool, towards: str
) -> None:
    told = debate_votes.values((*votes("before", *before), *votes("after", *after_)))
    assert (told["enough"], told["towards"]) == (enough, towards)


def test_a_recap_takes_one_argument_a_member_and_names_only_where_it_was_said() -> None:
    (here, there) = debate.say(model(), "recap", ended("fr", (0, 1), (0, 0)))
    assert [str(one["by"]) for one in here.values["excerpts"]] == ["Karim", "member on telegram"]
    assert [str(one["by"]) for one in there.values["excerpts"]] == ["member on slack", "Zoé"]
    assert here.values["thanked"] == ["Léa", "Karim"]


def test_the_measure_is_speakers_who_spoke_of_those_wanted() -> None:
    found = debate.result(model(), ended("fr", (0, 1), (0, 0)))
    assert (found.counted, found.of, found.unanswered) == (2, 4, False)
    assert (found.more["voices"], found.more["voted twice"], found.more["net towards for"]) == (3, 2, 2)


@pytest.mark.parametrize(
    ("facts", "unanswered"),
    [(at(ENDS), True), (at(ENDS, votes=votes("before", 0)), False), (at(ENDS, parts=pair("accepted")), False)],
    ids=["nothing at all", "a vote", "a speaker"],
)
def test_a_run_is_unanswered_when_nobody_did_anything(facts: Facts, unanswered: bool) -> None:
    assert debate.result(model(), facts).unanswered is unanswered
