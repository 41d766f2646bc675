"""Who plays in a rehearsal: simulated members with a temper of their own, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST = """
Ana Ben Chloé Dev Malik Rosa Tom Léa Omar Zoé Ivan Maya Paul Amina Bruno Carla Diego Elsa Farid Gaëlle Hugo Iris
Jules Karim Lina Marc Nina Oscar Pia Quentin Rania Samir Théa Ugo Vera Walid Yara Zack Aïda Basile Coline Damien
Estelle Félix Giulia Hakim Inga Joana Kofi Louise Mateo Noémie Otto Prisca Rémi Sven Tara Ulysse Violette Yanis
"""
LAST = ("Lopes", "Carter", "Martin", "Patel", "Haddad", "Diallo", "Weiss", "Leroy", "Rossi", "Novak", "Silva", "Petit")

#: Of a hundred members: regulars carry the talk, readers hardly speak, the others are in between. A few regulars
#: and many readers is what micro-communities look like (facts of the field; the shares are round numbers).
TEMPERS = {"regular": 0.2, "member": 0.5, "reader": 0.3}

#: By temper: the chance to answer a question, messages of their own a week, the chance to help somebody who asks.
HABITS = {"regular": (0.7, 5.0, 0.2), "member": (0.33, 1.2, 0.06), "reader": (0.08, 0.15, 0.01)}

#: The share that comes in while the rehearsal runs, and the share that falls silent on the way.
NEWCOMERS, LEAVERS = 0.15, 0.15

#: The share that asks us to stop on the way.
STOPPERS = 0.04

#: The share of members on Telegram who wrote to the bot before: only those can be written to.
WROTE_FIRST = 0.7


@dataclass(frozen=True, slots=True)
class Persona:
    """One simulated member on one connection.

    joins_at: None for those who were there before. quiet_at: from then on they neither talk nor answer, until
    somebody writes to them (the chance that this brings them back is `comes_back`). stops_at: they ask us for silence.
    """

    connection: str
    platform: str
    ref: str
    name: str
    answers: float
    talks: float
    helps: float
    comes_back: float
    wrote_first: bool
    joins_at: datetime | None = None
    quiet_at: datetime | None = None
    stops_at: datetime | None = None


def draw(
    chance: random.Random, connections: Sequence[tuple[str, str]], members: int, start: datetime, end: datetime
) -> list[Persona]:
    """So many personas, over (connection, platform) in turn. The same `chance` gives the same ones."""
    names = _names(chance)
    return [
        _one(chance, connections[number % len(connections)], number, next(names), (start, end))
        for number in range(members)
    ]


def hosts(people: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> list[Persona]:
    """The hosts of a playbook, each where its `people` say they are; a host does nothing by chance."""
    return [
        Persona(connection, connection, ref, name, answers=0, talks=0, helps=0, comes_back=0, wrote_first=True)
        for name in names
        for connection, ref in people.get(name, {}).items()
    ]


def _names(chance: random.Random) -> Iterator[str]:
    """Different first names as long as they last: texts name members by them."""
    first_names = FIRST.split()
    for turn in range(len(LAST)):
        for number, first in enumerate(chance.sample(first_names, len(first_names))):
            yield f"{first} {LAST[(number + turn) % len(LAST)]}"


def _one(
    chance: random.Random, on: tuple[str, str], number: int, name: str, span: tuple[datetime, datetime]
) -> Persona:
    connection, platform = on
    answers, talks, helps = HABITS[chance.choices(list(TEMPERS), list(TEMPERS.values()))[0]]
    comes, falls_silent = chance.random() < NEWCOMERS, chance.random() < LEAVERS
    joins_at, quiet_at = _within(chance, span, 0.05, 0.8), _within(chance, span, 0.1, 0.6)
    stops, stops_at = chance.random() < STOPPERS, _within(chance, span, 0.1, 0.9)
    return Persona(
        connection=connection,
        platform=platform,
        # Each lives on one platform: nobody has linked two handles yet.
        ref=f"U{number:08d}" if platform == "slack" else str(500_000 + number),
        name=name,
        answers=answers,
        talks=talks,
        helps=helps,
        comes_back=chance.uniform(0.2, 0.6),
        wrote_first=chance.random() < WROTE_FIRST,
        joins_at=joins_at if comes else None,
        quiet_at=quiet_at if falls_silent and not comes else None,
        stops_at=stops_at if stops and not comes else None,
    )


def _within(chance: random.Random, span: tuple[datetime, datetime], first: float, last: float) -> datetime:
    """A moment in that part of the span, to the minute."""
    minutes = (span[1] - span[0]).total_seconds() / 60 * chance.uniform(first, last)
    return span[0] + timedelta(minutes=int(minutes))
