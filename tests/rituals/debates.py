"""Debates at every stage, with the facts that make each of them speak."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orchestrator.rituals import debate
from orchestrator.rituals.contract import Draft, Effect, Facts, Heard, Part, Person, Tell, Vote
from tests.rituals.examples import MONDAY, answered, facts

MOTION = {"fr": "Faut-il publier ses *prix* ?", "en": "Should we publish our *prices*?"}
AHEAD = MONDAY - debate.AHEAD
ENDS = MONDAY + timedelta(days=2)
SIDES = ("for", "against")
WORDS = {
    "fr": ("Un prix affiché fait gagner du temps.", "Hors contexte, un prix ne dit rien <!channel>"),
    "en": ("A shown price saves everybody’s time.", "Out of context a price says nothing <!channel>"),
}


def model(language: str = "fr", **more: Any) -> debate.Model:
    return debate.Model.model_validate({"motion": MOTION[language], **more})


def part(member_id: int, state: str, side: str = "for", name: str = "", **more: Any) -> Part:
    return Part(member_id, "speaker", state, more.pop("at", AHEAD), {"side": side}, name, **more)


def people(*ids: int, **more: Any) -> tuple[Person, ...]:
    return tuple(Person(member_id, f"Membre{member_id}", **more) for member_id in ids)


def votes(stage: str, *chosen: int) -> tuple[Vote, ...]:
    return tuple(Vote(100 + number, stage, (option,), MONDAY) for number, option in enumerate(chosen))


def at(now: Any = MONDAY, **more: Any) -> Facts:
    return facts(*more.pop("answers", ()), **{"now": now, "opened_at": AHEAD, "question": None, **more})


def pair(*states: str) -> tuple[Part, ...]:
    names = ("Léa", "Karim", "Inès", "Yann")
    return tuple(part(n, state, SIDES[n % 2], names[n]) for n, state in enumerate(states))


def ended(language: str, before: tuple[int, ...], after: tuple[int, ...]) -> Facts:
    """A debate that is over: two spoke, a third joined in."""
    told = (
        answered(0, WORDS[language][0], stage="statements", place_id=None, first_name=None),
        answered(1, WORDS[language][1], stage="statements", first_name="Karim", reactions=3),
        answered(9, WORDS[language][0], stage="floor", place_id=2, platform="telegram", first_name="Zoé", reactions=1),
    )
    cast = (*votes("before", *before), *votes("after", *after))
    held = {"held": True, "speakers": [0, 1]}
    return at(ENDS, closes_at=ENDS, answers=told, parts=pair("accepted", "accepted"), votes=cast, run=held)


def scenes(language: str) -> Iterator[tuple[str, list[Draft]]]:
    """(what it is, what is said) of every stage, in every state that it may be in."""
    asks, quiet = model(language), model(language, vote=False)
    held, off = {"held": True, "speakers": [0, 1]}, {"held": False, "speakers": []}
    two, cast = pair("accepted", "accepted"), votes("before", 0, 0, 1, 2)
    statement = answered(0, WORDS[language][0], stage="statements", place_id=None, first_name=None)
    yield "before", debate.say(asks, "before", at(AHEAD))
    yield "before, without votes", debate.say(quiet, "before", at(AHEAD))
    yield "before, closed", debate.say(asks, "before", at(votes=cast, run=held, parts=two))
    yield "before, called off", debate.say(asks, "before", at(votes=cast, run=off))
    for state in ("invited", "accepted", "declined", "silent"):
        yield f"invite, {state}", debate.say(asks, "invite", at(AHEAD, parts=pair(state)))
    yield "invite, accepted, begun", debate.say(asks, "invite", at(parts=two[:1], run=held))
    yield "statements", debate.say(asks, "statements", at(AHEAD, parts=two[:1]))
    four = pair("accepted", "accepted", "accepted", "accepted")
    yield "opening, four", debate.say(asks, "opening", at(parts=four, answers=(statement,)))
    yield "opening, two", debate.say(asks, "opening", at(parts=two))
    yield "opening, one", debate.say(asks, "opening", at(parts=two[:1]))
    yield "opening, without votes", debate.say(quiet, "opening", at(parts=two))
    yield "opening, nobody", debate.say(asks, "opening", at(votes=cast))
    yield "opening, nobody and no votes", debate.say(asks, "opening", at())
    yield "after", debate.say(asks, "after", at(MONDAY + timedelta(days=1), run=held))
    yield "after, closed", debate.say(asks, "after", at(ENDS, closes_at=ENDS, run=held, votes=votes("after", 0, 1)))
    recaps = {
        "moved": ((1, 1, 2, 0, 0, 0), (0, 0, 1, 0, 0, 0)),
        "nobody moved": ((0, 0, 0, 1, 1), (0, 0, 0, 1, 1)),
        "even": ((0, 1, 0, 1, 2), (1, 0, 0, 1, 2)),
        "too few": ((0, 1), (1, 1)),
        "no second vote": ((0, 1, 1), ()),
    }
    for name, cast_twice in recaps.items():
        yield f"recap, {name}", debate.say(asks, "recap", ended(language, *cast_twice))
    silent = at(ENDS, closes_at=ENDS, parts=two, votes=cast, run=held)
    yield "recap, nobody spoke", debate.say(asks, "recap", silent)


def press(verb: str, stage: str, arg: str = "", member_id: int = 0, **more: Any) -> Heard:
    return Heard(member_id, "", more.pop("at", AHEAD), "press", verb=verb, arg=arg, **more)


def tells(language: str) -> Iterator[tuple[str, Tell]]:
    """(what was pressed, what the presser reads)."""
    asks = model(language)
    invited, late = at(AHEAD, parts=pair("invited")), MONDAY + timedelta(hours=1)
    full = at(AHEAD, parts=(part(0, "silent"), part(1, "accepted"), part(2, "invited")))
    told: dict[str, list[Effect]] = {
        "voted": debate.hear(asks, "before", press("vote", "before", "2"), invited),
        "unvoted": debate.hear(asks, "before", press("unvote", "before"), invited),
        "vote closed": debate.hear(asks, "before", press("vote", "before", "1", at=late), invited),
        "yes": debate.hear(asks, "invite", press("accept", "invite"), invited),
        "no": debate.hear(asks, "invite", press("decline", "invite"), invited),
        "taken": debate.hear(asks, "invite", press("accept", "invite"), full),
        "too late": debate.hear(asks, "invite", press("accept", "invite", at=late), invited),
    }
    for name, effects in told.items():
        (tell,) = [effect for effect in effects if isinstance(effect, Tell)]
        yield name, tell
