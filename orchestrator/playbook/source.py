"""A written file as plain values, and the place of every key and value in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orchestrator.playbook.problems import Problem

Way = tuple[str | int, ...]
"""The way to a value: keys and positions in lists, from the top of the file."""

ODD_SPACES = "\u00a0\u2007\u2009\u202f\u3000"  # no-break and other spaces that look like a plain one
LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # what YAML counts as a line end


class Spot(NamedTuple):
    """A stretch of one line; line and column count from 1, in characters."""

    line: int
    column: int
    length: int


@dataclass(slots=True)
class Source:
    """One file: its lines, its plain values (text, whole numbers, true and false, lists, dicts), their places.

    `broken` holds lines whose punctuation was already reported: nothing more is said about them.
    `meant` holds the ways of keys that an unknown one probably stands for.
    `whole` is False when reading stopped before the end.
    """

    file: str
    lines: list[str]
    value: Any = None
    keys: dict[Way, Spot] = field(default_factory=dict)
    values: dict[Way, Spot] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    meant: set[Way] = field(default_factory=set)
    whole: bool = True

    def at(self, spot: Spot, code: str, what: str, mend: str) -> Problem:
        """A problem at a place of this file."""
        line = self.lines[spot.line - 1] if spot.line <= len(self.lines) else ""
        return Problem(self.file, spot.line, spot.column, code, what, mend, line, max(1, spot.length))

    def at_value(self, way: Way, code: str, what: str, mend: str) -> Problem:
        """A problem of a value, or of the nearest thing written around it."""
        return self.at(self.spot(way, self.values), code, what, mend)

    def at_key(self, way: Way, code: str, what: str, mend: str) -> Problem:
        """A problem of a key, or of what lacks one; the top of a file is known by its `playbook` key."""
        return self.at(self.spot(way, self.keys), code, what, mend)

    def spot(self, way: Way, places: dict[Way, Spot]) -> Spot:
        """The place of a way, else of the nearest written thing around it."""
        for end in range(len(way), 0, -1):
            for known in (places, self.keys, self.values):
                if way[:end] in known:
                    return known[way[:end]]
        tops = [spot for known, spot in self.keys.items() if len(known) == 1]
        return self.keys.get(("playbook",)) or min(tops, default=Spot(1, 1, 1))

    def text_at(self, way: Way) -> str:
        """What stands at a value's place, on its first line."""
        spot = self.spot(way, self.values)
        return self.lines[spot.line - 1][spot.column - 1 : spot.column - 1 + spot.length]

    def gap_above(self, way: Way, allowed: Sequence[str]) -> str | None:
        """The key of the language that holds nothing, right above unknown ones: they may belong under it."""
        beside = [key for key in self.keys if key[:-1] == way[:-1]]
        above = reversed(beside[: beside.index(way)]) if way in beside else ()
        first = next((key for key in above if key[-1] in allowed), None)
        return None if first is None or first in self.values else str(first[-1])

    def wrote(self, way: Way) -> bool:
        """Does something stand in the file at this way?"""
        return way in self.keys or way in self.values


def split_lines(text: str) -> list[str]:
    """The lines of a text as YAML counts them."""
    return LINE_END.split(text)
