"""What one simulated member makes of one message of ours: an answer, a vote, a press, a word, or nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orchestrator.console.extras import ANSWERS
from orchestrator.store.rehearsal import Seat
from orchestrator.store.tables import RehearsalMessage
from workers import small_talk
from workers.personas import Persona

#: Hours within which members answer, vote or press, and within which some change their vote.
SOON, LATER = (0.05, 30.0), (1.0, 20.0)

#: A vote costs less than an answer: that much more often than they answer do members vote.
VOTES_MORE = 1.6

#: The share of voters who change their mind.
CHANGES_MIND = 0.12

#: The chance that a button of a direct message is pressed, by its verb; what is left of 1 is silence.
TASTES: Mapping[str, float] = {"accept": 0.62, "decline": 0.23, "later": 0.22, "stop": 0.06, "yes": 0.6, "no": 0.2}

#: The chance that a newcomer's or a buddy's direct chat is answered by a word.
DIRECT_WORD = 0.6

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


def reaction(chance: random.Random, one: Persona, row: RehearsalMessage, language: str) -> Iterator[Plan]:
    """What they will do about a message that they see. The same `chance` gives the same plans."""
    act: Mapping[str, Any] = row.sent.get("act", {})
    keys = {str(button["key"]): str(button["key"]).partition("-")[0] for button in act.get("buttons", ())}
    votes = [key for key, verb in keys.items() if verb == "vote"]
    if row.kind == "poll":
        yield from _votes(chance, one, [_in_poll(n) for n, _ in enumerate(act.get("options", ()))])
    elif votes:
        yield from _votes(chance, one, [_press(key) for key in votes])
    elif "answer" in keys.values():
        yield from _answers(chance, one, language)
    elif row.place_ref.startswith("direct:"):
        yield from _directly(chance, one, row, keys, language)
    elif "accept" in keys.values() and one.joins_at is not None and row.at - one.joins_at < NEW_FOR:
        yield from _presses(chance, keys)


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


def _directly(
    chance: random.Random, one: Persona, row: RehearsalMessage, keys: Mapping[str, str], language: str
) -> Iterator[Plan]:
    """A message to them alone: somebody who fell silent may come back; others press, or write a word."""
    if "later" in keys.values() and chance.random() < one.comes_back:
        text = chance.choice(small_talk.of(small_talk.BACK, language))
        yield Plan(_hours(chance, SOON), _talk(text), wakes=True)
    elif keys:
        yield from _presses(chance, keys)
    if "later" not in keys.values() and "?" in row.text and chance.random() < DIRECT_WORD:
        text = chance.choice(ANSWERS["fr" if language == "fr" else "en"])
        yield Plan(_hours(chance, SOON), _say_directly(text))


def _presses(chance: random.Random, keys: Mapping[str, str]) -> Iterator[Plan]:
    """At most one of the buttons, by the taste for its verb."""
    left = chance.random()
    for key, verb in keys.items():
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
