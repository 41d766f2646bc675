"""What one simulated member makes of one message of ours: an answer, a vote, a press, a word, or nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from orchestrator.console import small_talk
from orchestrator.console.extras import ANSWERS
from orchestrator.store.rehearsal import Seat
from orchestrator.store.tables import RehearsalMessage
from workers.personas import Persona

#: Hours within which members answer, vote or press, and within which some change their vote.
SOON, LATER = (0.05, 30.0), (1.0, 20.0)

#: A vote costs less than an answer: that much more often than they answer do members vote.
VOTES_MORE = 1.6

#: The share of voters who change their mind.
CHANGES_MIND = 0.12

#: The chance that a button of a direct message is pressed, by its verb; what is left of 1 is silence.
TASTES: Mapping[str, float] = {"accept": 0.62, "decline": 0.23, "later": 0.22, "stop": 0.06, "pass": 0.5}

#: The chance that a newcomer answers the question, that a buddy says hello.
DIRECT_WORD = 0.7

#: The chance that whoever is asked for help gives it: a member who knows, a host; and within how many hours.
EXPERT_HELPS, HOST_HELPS, HELP_SOON = 0.65, 0.75, (0.2, 12.0)

#: The chance that a speaker sends the statement they promised, and within how many hours; the share of those who
#: answer questions that argues, and when: the speakers have the floor for an hour.
SPEAKS, QUICKLY, ARGUES, FLOOR_HOURS = 0.9, (0.1, 3.0), 0.6, (1.1, 20.0)

#: How an invitation names the side that speaks for the motion.
PRO_SIDE = re.compile(r"[«“]\s*(?:pour|for)\s*[»”]")

#: What a link to a post ends with: "p1797237000000202" on Slack, a number on Telegram.
LINKED = re.compile(r"\]\([^)]*/p?(\d+)\)")

#: Newcomers look at a greeting in the space, others do not press its buttons.
NEW_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Plan:
    """An act to come. `do` gets the seat, our message, and the place where the member talks; it may give a message.

    wakes: whoever had fallen silent is back; silences: they want no more of us.
    """

    after: timedelta
    do: Callable[[Seat, RehearsalMessage, str], str | None]
    wakes: bool = False
    silences: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of ours before a member: of which kind of ritual, at which stage."""

    row: RehearsalMessage
    kind: str
    stage: str

    @property
    def keys(self) -> Mapping[str, str]:
        """The verbs of its buttons, by their keys."""
        buttons = self.row.sent.get("act", {}).get("buttons", ())
        return {str(button["key"]): str(button["key"]).partition("-")[0] for button in buttons}

    @property
    def is_direct(self) -> bool:
        return self.row.place_ref.startswith("direct:")


def reaction(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    """What they will do about a message that they see. The same `chance` gives the same plans."""
    verbs = set(seen.keys.values())
    if seen.row.kind == "poll":
        options = seen.row.sent.get("act", {}).get("options", ())
        yield from _votes(chance, one, [_in_poll(n) for n, _ in enumerate(options)])
    elif "vote" in verbs:
        yield from _votes(chance, one, [_press(key) for key, verb in seen.keys.items() if verb == "vote"])
    elif "answer" in verbs:
        yield from _answers(chance, one, language)
    elif seen.is_direct:
        yield from DIRECTLY.get(seen.kind, _asked)(chance, one, seen, language)
    elif (seen.kind, seen.stage) == ("debate", "opening"):
        yield from _argues(chance, one, language)
    elif "accept" in verbs and one.joins_at is not None and seen.row.at - one.joins_at < NEW_FOR:
        yield from _presses(chance, seen)


def host_reaction(chance: random.Random, seen: Seen, language: str) -> Iterator[Plan]:
    """What a host makes of a word in the hosts' space: a question that nobody answered, they answer."""
    if seen.kind == "relaunch" and not seen.keys and chance.random() < HOST_HELPS:
        yield _help_out(chance, seen, language)


def _votes(chance: random.Random, one: Persona, choices: Sequence[_Act]) -> Iterator[Plan]:
    """One of the choices, the first ones a little more often; some choose again later."""
    if not choices or chance.random() > one.answers * VOTES_MORE:
        return
    weights = [len(choices) + 2 - n for n, _ in enumerate(choices)]
    after = _hours(chance, SOON)
    yield Plan(after, chance.choices(choices, weights)[0], wakes=True)
    if chance.random() < CHANGES_MIND:
        yield Plan(after + _hours(chance, LATER), chance.choice(choices))


def _answers(chance: random.Random, one: Persona, language: str) -> Iterator[Plan]:
    if chance.random() < one.answers:
        text = chance.choice(ANSWERS["fr" if language == "fr" else "en"])
        yield Plan(_hours(chance, SOON), _reply(text), wakes=True)


def _nudged(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    """Somebody who fell silent may come back; others press a button, or go on being silent."""
    if chance.random() < one.comes_back:
        text = chance.choice(small_talk.of(small_talk.BACK, language))
        yield Plan(_hours(chance, SOON), _talk(text), wakes=True)
    else:
        yield from _presses(chance, seen)


def _welcomed(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    """A newcomer accepts the charter and answers the question; a buddy says hello in the space."""
    yield from _presses(chance, seen)
    if chance.random() < DIRECT_WORD:
        if "?" in seen.row.text:
            yield Plan(_hours(chance, SOON), _say_directly(chance.choice(ANSWERS["fr" if language == "fr" else "en"])))
        elif not seen.keys:
            yield Plan(_hours(chance, SOON), _talk(chance.choice(small_talk.of(small_talk.HELLO, language))))


def _expert(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    """Who is asked for help follows the link and helps, or passes."""
    if chance.random() < EXPERT_HELPS:
        yield _help_out(chance, seen, language)
    else:
        yield from _presses(chance, seen)


def _speaker(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    """Who is invited accepts or declines; who accepted sends a statement when asked for it."""
    if "accept" in seen.keys.values():
        yield from _presses(chance, seen)
    elif seen.stage == "statements" and chance.random() < SPEAKS:
        side = small_talk.PRO if PRO_SIDE.search(seen.row.text) else small_talk.CON
        text = chance.choice(small_talk.of(side, language))
        yield Plan(_hours(chance, QUICKLY), _say_directly(text))


def _asked(chance: random.Random, one: Persona, seen: Seen, language: str) -> Iterator[Plan]:
    yield from _presses(chance, seen)


_Directly = Callable[[random.Random, Persona, Seen, str], Iterator[Plan]]

#: By kind, what is made of a message that comes to one member alone.
DIRECTLY: Mapping[str, _Directly] = {
    "nudge": _nudged,
    "welcome": _welcomed,
    "relaunch": _expert,
    "debate": _speaker,
}


def _argues(chance: random.Random, one: Persona, language: str) -> Iterator[Plan]:
    """A word in the debate's thread, once the speakers had theirs."""
    if chance.random() < one.answers * ARGUES:
        text = chance.choice(small_talk.of(small_talk.ARGUMENTS, language))
        yield Plan(_hours(chance, FLOOR_HOURS), _reply(text), wakes=True)


def _help_out(chance: random.Random, seen: Seen, language: str) -> Plan:
    """An answer under the question that the message links to."""
    text, found = chance.choice(small_talk.of(small_talk.HELP, language)), LINKED.search(seen.row.text)
    number = found[1] if found else ""
    slack_ref = f"{number[:-6]}.{number[-6:]}"

    def answer(seat: Seat, _row: RehearsalMessage, spot: str) -> None:
        if number:
            seat.says(spot, text, under=slack_ref if seat.platform == "slack" else number)

    return Plan(_hours(chance, HELP_SOON), answer)


def _presses(chance: random.Random, seen: Seen) -> Iterator[Plan]:
    """At most one of the buttons, by the taste for its verb."""
    left = chance.random()
    for key, verb in seen.keys.items():
        left -= TASTES.get(verb, 0.0)
        if left < 0:
            yield Plan(_hours(chance, SOON), _press(key), silences=verb == "stop")
            return


def _hours(chance: random.Random, within: tuple[float, float]) -> timedelta:
    return timedelta(hours=chance.uniform(*within))


_Act = Callable[[Seat, RehearsalMessage, str], str | None]


def _press(key: str) -> _Act:
    def press(seat: Seat, row: RehearsalMessage, _spot: str) -> None:
        seat.presses(row.place_ref, row.message_ref, key)

    return press


def _in_poll(option: int) -> _Act:
    def vote(seat: Seat, row: RehearsalMessage, _spot: str) -> None:
        seat.votes(row.place_ref, row.message_ref, [option])

    return vote


def _reply(text: str) -> _Act:
    return lambda seat, row, _spot: seat.says(row.place_ref, text, under=row.message_ref)


def _say_directly(text: str) -> _Act:
    def say(seat: Seat, row: RehearsalMessage, _spot: str) -> None:
        seat.says(row.place_ref, text)

    return say


def _talk(text: str) -> _Act:
    def talk(seat: Seat, _row: RehearsalMessage, spot: str) -> None:
        seat.says(spot, text)

    return talk
