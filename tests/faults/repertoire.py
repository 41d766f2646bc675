"""Every scene there is, and what a short run draws of them."""

from __future__ import annotations

import random

from tests.faults import backstage, debates, gatherings, kindness, scenes
from tests.faults.play import Scene

#: The scenes among people.
AMONG_PEOPLE = [*gatherings.EVERY, *debates.EVERY, *kindness.EVERY, *backstage.EVERY]


def every() -> list[Scene]:
    """All of them."""
    return [*_in_public(), *AMONG_PEOPLE]


def shared_out(seed: int) -> tuple[list[Scene], list[Scene]]:
    """What a long run plays on each database: prompts on both; of the scenes among people each on one of them.

    All of them on both would take half an hour; an even and an odd seed together play them so.
    """
    first, second = AMONG_PEOPLE[seed % 2 :: 2], AMONG_PEOPLE[1 - seed % 2 :: 2]
    return [*_in_public(), *first], [*_in_public(), *second]


def _in_public() -> list[Scene]:
    """A kill at every point, and faults of platforms and processes, while prompts are held."""
    return [*scenes.every_kill(), *scenes.OFTEN, *scenes.SELDOM]


def some(rng: random.Random) -> list[Scene]:
    """Two crash points and a scene among people, drawn, and what every run plays."""
    return [*scenes.some_kills(rng), *scenes.OFTEN, rng.choice(_quick())]


def _quick() -> list[Scene]:
    """Scenes among people that wait for no dead worker's lease; a debate takes longer than a short run has."""
    short = [*gatherings.EVERY, *kindness.EVERY, *backstage.EVERY]
    return [one for one in short if any("before_commit" in fault for fault in one.faults)]
