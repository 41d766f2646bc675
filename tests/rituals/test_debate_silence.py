"""A speaker who asks for silence before a debate: neither named nor asked for words, and the seat is free."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.rituals import debate
from orchestrator.rituals.contract import Play
from tests.rituals.debates import AHEAD, at, model, pair, part, people

LEA, KARIM, INES, YANN = pair("accepted", "accepted", "accepted", "accepted")
SILENT = replace(LEA, first_name="", silent=True)


def test_a_silent_speaker_is_not_named_nor_asked_for_words() -> None:
    known = at(parts=(SILENT, KARIM), run={"held": True, "speakers": [0, 1]})

    (opening, *_) = debate.say(model(), debate.OPENING, known)
    assert (opening.values["pros"], opening.values["cons"]) == ([], ["Karim"])
    assert [one.member_id for one in debate.say(model(), debate.STATEMENTS, known)] == [1]
    assert [one.member_id for one in debate.say(model(), debate.INVITE, known)] == [1]


def test_their_seat_goes_to_somebody_else() -> None:
    known = at(AHEAD, parts=(SILENT, KARIM, INES, YANN), people=people(9))
    invited = [one for one in debate.act(model(), debate.INVITE, known) if isinstance(one, Play)]

    assert [(one.member_id, one.facts["side"]) for one in invited] == [(9, "for")]


def test_a_debate_whose_only_speaker_went_silent_is_called_off() -> None:
    (noted, *_) = debate.act(model(), debate.OPENING, at(parts=(SILENT,)))

    assert getattr(noted, "facts", None) == {"held": False, "speakers": []}


def test_an_answer_is_asked_for_before_speakers_are_asked_for_their_words() -> None:
    late = at(parts=(part(3, "invited", at=at().now - debate.INVITE_UNTIL),))
    (invitation,) = debate.say(model(), debate.INVITE, late)

    assert invitation.values["closes_at"] == at().now - debate.STATEMENTS_AT
