"""What one simulated member makes of one message of ours: an answer, a vote, a press, or nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orchestrator.console.extras import ANSWERS
from orchestrator.store.rehearsal import Seat
from orchestrator.store.tables import RehearsalMessage
from workers.personas import Persona

#: Hours within which members answer, vote and press.
ANSWER_HOURS, PRESS_HOURS = (0.05, 30.0), (0.02, 40.0)

#: The share of voters who change their mind, of answers given by the button instead of in the thread.
CHANGES_MIND, BY_BUTTON = 0.12, 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """An act to come. `wakes`: whoever had fallen silent is back; `silences`: they want no more of us."""

    after: timedelta
    do: Callable[[Seat, RehearsalMessage], object]
    wakes: bool = False
    silences: bool = False


def reaction(chance: random.Random, one: Persona, row: RehearsalMessage, language: str) -> Iterator[Plan]:
    """What they will do about a message that they see. The same `chance` gives the same plans."""
    act: Mapping[str, Any] = row.sent.get("act", {})
    buttons = act.get("buttons", ())
    if any(button["kind"] == "answer" for button in buttons) and chance.random() < one.answers:
        yield _answer(chance, buttons, language)


def _answer(chance: random.Random, buttons: Sequence[Mapping[str, Any]], language: str) -> Plan:
    text = chance.choice(ANSWERS["fr" if language == "fr" else "en"])
    after = timedelta(hours=chance.uniform(*ANSWER_HOURS))
    return Plan(after, lambda seat, row: seat.says(row.place_ref, text, under=row.message_ref), wakes=True)
