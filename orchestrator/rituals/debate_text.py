"""What a debate says: the drafts of its stages, from facts that are settled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.rituals import debate_speakers as speakers
from orchestrator.rituals import debate_votes as votes
from orchestrator.rituals import recap
from orchestrator.rituals.contract import Answered, ButtonDraft, Draft, Facts, Part, PlaceFacts, Word, Written
from orchestrator.rituals.debate_speakers import ACCEPTED, DECLINED, INVITED, PATIENCE, SILENT, STATEMENTS
from orchestrator.rituals.debate_votes import AFTER, BEFORE
from orchestrator.rituals.excerpt import excerpt

OPENING = "opening"

#: Characters of all statements together that the opening post shows: Telegram takes 4,096 in one message.
STATEMENTS_ROOM, STATEMENT = 2400, 600

ACCEPT = ButtonDraft("accept speech", "accept-{run}-invite", style="good")
DECLINE = ButtonDraft("decline speech", "decline-{run}-invite")
WITHDRAW = ButtonDraft("withdraw speech", "decline-{run}-invite")
BUTTONS = {INVITED: (ACCEPT, DECLINE), ACCEPTED: (WITHDRAW,), SILENT: (ACCEPT,)}
TEMPLATES = {INVITED: "debate/invite", ACCEPTED: "debate/accepted", DECLINED: "debate/declined"}


@dataclass(frozen=True, slots=True)
class Moments:
    """When speakers are asked for their words, the debate opens, the floor is everybody's, it ends, all is closed."""

    statements: datetime
    opens: datetime
    floor: datetime
    votes: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """The motion, whether there are votes, how many speakers are wanted, the moments and the facts."""

    motion: str
    vote: bool
    wanted: int
    at: Moments
    facts: Facts

    def values(self, space: str = "", **more: Any) -> dict[str, Any]:
        """What every text of a debate knows."""
        return {"question": Written(self.motion), "space": space, "starts_at": self.at.opens, **more}


def before(told: Told) -> list[Draft]:
    """The announcement with the first vote; once the debate has begun, without its buttons."""
    facts = told.facts
    closed = "held" in facts.run
    values = {
        "vote": told.vote,
        "closed": closed,
        "held": facts.run.get("held") is not False,
        "voters": votes.tally(facts.votes, BEFORE)["voters"],
        "closes_at": told.at.opens,
    }
    buttons = _ballot(BEFORE) if told.vote and not closed else ()
    return [
        Draft("debate/before", place.place_id, told.values(place.space, **values), buttons, opening=True)
        for place in facts.places
    ]


def after(told: Told) -> list[Draft]:
    """The second vote; once it is closed, without its buttons."""
    facts = told.facts
    closed = facts.now >= told.at.ends
    values = {"closed": closed, "closes_at": told.at.ends, "voters": votes.tally(facts.votes, AFTER)["voters"]}
    buttons = () if closed else _ballot(AFTER)
    return [
        Draft("debate/after", place.place_id, {**told.values(place.space, **values), "link": _thread(place)}, buttons)
        for place in facts.places
    ]


def _ballot(stage: str) -> tuple[ButtonDraft, ...]:
    return (
        ButtonDraft("for", f"vote-{{run}}-{stage}-0"),
        ButtonDraft("against", f"vote-{{run}}-{stage}-1"),
        ButtonDraft("undecided", f"vote-{{run}}-{stage}-2"),
        ButtonDraft("unvote", f"unvote-{{run}}-{stage}"),
    )


def invitation(told: Told, part: Part) -> Draft:
    """The one message to somebody invited: it changes as they answer, or as somebody else is asked."""
    space = told.facts.places[0].space if told.facts.places else ""
    reply_by = min(part.at + PATIENCE, told.at.statements)
    begun = "held" in told.facts.run
    values = told.values(space, member=_name(part), side=speakers.side_word(part), closes_at=reply_by, begun=begun)
    buttons = () if begun else BUTTONS.get(part.state, ())
    template = TEMPLATES.get(part.state, "debate/replaced")
    return Draft(template, None, values, buttons, member_id=part.member_id)


def asked_to_speak(told: Told, part: Part) -> Draft:
    """The one reminder of somebody who accepted: what to write, and where. Their next word to us is it."""
    space = told.facts.places[0].space if told.facts.places else ""
    values = told.values(
        space, member=_name(part), side=speakers.side_word(part), limit=_room(told), closes_at=told.at.opens
    )
    return Draft("debate/statements", None, values, member_id=part.member_id, expects=True)


def opening(told: Told) -> list[Draft]:
    """The post that opens the debate: who speaks for which side, and the statements given elsewhere than here."""
    found = speakers.of(told.facts, ACCEPTED)
    values = {
        "pros": [_shown(part) for part in speakers.on("for", found)],
        "cons": [_shown(part) for part in speakers.on("against", found)],
        "names": [_shown(part) for part in found],
        "alone": len(found) == 1,
        "pair": len(found) == 2 < told.wanted and len(speakers.on("for", found)) == 1,
        "floor_at": told.at.floor,
        "closes_at": told.at.votes,
        "vote": told.vote,
    }
    return [
        Draft(
            "debate/opening",
            place.place_id,
            told.values(place.space, **values, statements=list(_statements(told, found, place))),
        )
        for place in told.facts.places
    ]


def _statements(told: Told, found: Collection[Part], place: PlaceFacts) -> Iterator[dict[str, Any]]:
    """What speakers told us directly, or said in another place of the debate, in the order of the speakers."""
    said = {one.member_id: one for one in recap.counted(told.facts) if one.stage == STATEMENTS and one.text.strip()}
    for part in found:
        one = said.get(part.member_id)
        if one is not None and one.place_id != place.place_id:
            yield {"text": excerpt(one.text, _room(told)), "by": _shown(part), "side": speakers.side_word(part)}


def _room(told: Told) -> int:
    """Characters that a speaker's statement may have."""
    return min(STATEMENT, STATEMENTS_ROOM // told.wanted)


def called_off(told: Told) -> list[Draft]:
    """A kind word where nobody could open the debate; the votes are not wasted."""
    before = votes.tally(told.facts.votes, BEFORE)
    values = {"before": before, "tally": before["voters"] >= votes.FEWEST}
    return [
        Draft("debate/called_off", place.place_id, told.values(place.space, **values)) for place in told.facts.places
    ]


def ending(told: Told) -> list[Draft]:
    """The recap in each place; none when nobody spoke and nobody voted."""
    said = recap.counted(told.facts)
    voices = {answer.member_id for answer in said}
    counted = votes.values(told.facts.votes)
    can_be_told = max(counted["before"]["voters"], counted["after"]["voters"]) >= votes.FEWEST
    if not voices and not can_be_told:
        return []
    found = [part for part in speakers.of(told.facts, ACCEPTED) if part.member_id in voices]
    values = {
        **counted,
        "vote": told.vote and can_be_told,
        "voices": len(voices),
        "thanked": [_shown(part) for part in found],
    }
    return [
        Draft(
            "debate/recap",
            place.place_id,
            {
                **told.values(place.space, **values),
                **recap.seen_from(place, list(_arguments(said))),
                "link": _thread(place),
            },
        )
        for place in told.facts.places
    ]


def _arguments(said: Collection[Answered]) -> Iterator[Answered]:
    """What was said where others could react to it: of each member the words that drew most."""
    best: dict[int, Answered] = {}
    for answer in said:
        if answer.place_id is None or not answer.text.strip():
            continue
        known = best.get(answer.member_id)
        if known is None or answer.reactions > known.reactions:
            best[answer.member_id] = answer
    yield from best.values()


def _thread(place: PlaceFacts) -> str | None:
    return place.links.get(OPENING, place.link)


def _name(part: Part) -> str:
    return excerpt(part.first_name, recap.NAME)


def _shown(part: Part) -> str:
    """Their first name, which they agreed to be given when they accepted."""
    return _name(part) or Word("member")
