"""Who opens a debate: whom to invite for each side, whom to ask instead, and what an invitation's answer does."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from orchestrator.rituals.contract import Effect, Facts, Heard, Part, Person, Play, Redo, Tell, Word
from orchestrator.rituals.debate_votes import BEFORE, OPTION_WORDS, SIDES, positions

ROLE = "speaker"
INVITED, ACCEPTED, DECLINED, SILENT = "invited", "accepted", "declined", "silent"

#: The stage whose messages are the invitations, and the one at which speakers are asked for their statements.
INVITE, STATEMENTS = "invite", "statements"

#: An invitation waits this long for its answer; then somebody else is asked.
PATIENCE = timedelta(days=1)

_NEVER = datetime.min.replace(tzinfo=UTC)


def of(facts: Facts, *states: str) -> list[Part]:
    """The speakers in these states, in the order they were invited; whoever asked for silence meanwhile is none."""
    return [part for part in facts.parts if part.role == ROLE and part.state in states and not part.silent]


def on(side: str, parts: Collection[Part]) -> list[Part]:
    """Those of them who speak for a side."""
    return [part for part in parts if part.facts.get("side") == side]


def side_word(part: Part) -> Word:
    """The side that somebody speaks for, as texts call it."""
    return dict(zip(SIDES, OPTION_WORDS, strict=False))[str(part.facts.get("side", SIDES[0]))]


def free(wanted: int, side: str, facts: Facts) -> int:
    """Seats of a side that nobody holds or considers."""
    return wanted // 2 - len(on(side, of(facts, INVITED, ACCEPTED)))


def invite(wanted: int, facts: Facts) -> list[Play]:
    """Invitations for every free seat, as far as there are people: nobody twice, the emptier side first.

    The same facts choose the same people. Each choice takes one who was not asked yet, so that replacing ends.
    """
    asked = {part.member_id for part in facts.parts if part.role == ROLE}
    waiting = [person for person in facts.people if person.member_id not in asked and _can(person, facts)]
    seats = {side: free(wanted, side, facts) for side in SIDES}
    chosen = []
    while waiting and max(seats.values()) > 0:
        side = max(SIDES, key=lambda one: seats[one])
        person = min(waiting, key=lambda one: _turn(one, side, facts))
        waiting.remove(person)
        seats[side] -= 1
        chosen.append(Play(person.member_id, ROLE, INVITED, {"side": side}))
    return chosen


def _can(person: Person, facts: Facts) -> bool:
    """Can we write to them, and are they in one of the run's places, as far as anybody knows?"""
    here = {place.place_id for place in facts.places}
    return person.reachable and (not person.places or bool(here & set(person.places)))


def _turn(person: Person, side: str, facts: Facts) -> tuple[bool, datetime, str]:
    """Nobody is asked to argue against their own vote while others are there; then who was asked longest ago."""
    voted = positions(facts.votes, BEFORE).get(person.member_id)
    other = voted in (0, 1) and SIDES[voted] != side
    last = max((part.at for part in person.earlier if part.role == ROLE), default=_NEVER)
    run = f"{facts.ritual_id}|{facts.due_at:%Y-%m-%dT%H:%M:%S}|{person.member_id}"
    return other, last, hashlib.sha256(run.encode()).hexdigest()


def silent(facts: Facts) -> list[Play]:
    """Those who have not answered for a day."""
    gone = [part for part in of(facts, INVITED) if facts.now >= part.at + PATIENCE]
    return [Play(part.member_id, ROLE, SILENT) for part in gone]


def next_silence(facts: Facts) -> timedelta | None:
    """How long until the next one has been silent for a day; None when nobody is waited for."""
    waits = [part.at + PATIENCE - facts.now for part in of(facts, INVITED)]
    return min((wait for wait in waits if wait > timedelta(0)), default=None)


def answer(wanted: int, heard: Heard, facts: Facts, opens_at: datetime) -> list[Effect]:
    """What "accept" and "decline" do: until the debate opens, and as long as the seat is free."""
    part = facts.part(heard.member_id, ROLE)
    if part is None:
        return []
    values = {"side": side_word(part), "starts_at": opens_at}
    if heard.at >= opens_at:
        return [Tell("debate/too_late", values)]
    if heard.verb == "decline":
        return _moved(part, DECLINED, Tell("debate/no", values))
    if part.state in (DECLINED, SILENT) and free(wanted, str(part.facts.get("side")), facts) < 1:
        return [Tell("debate/taken", values)]
    return _moved(part, ACCEPTED, Tell("debate/yes", values))


def _moved(part: Part, state: str, tell: Tell) -> list[Effect]:
    """The new state; pressed twice it is only told again. Who accepts late is still asked for their statement."""
    if part.state == state:
        return [tell]
    return [Play(part.member_id, ROLE, state), tell, Redo(INVITE), *([Redo(STATEMENTS)] if state == ACCEPTED else [])]
