"""Keeps what was mended in memory, and leads every place back to the file as it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.playbook.beside import beside_their_name
from orchestrator.playbook.broken import Explained
from orchestrator.playbook.layout import odd_indents
from orchestrator.playbook.source import Source, Spot

MOST = 40  # broken places of one file: behind them it is hardly a playbook
MOST_OF_A_LINE = 3  # mending a text in quotes may break it anew, and longer
MISREAD = {"P010", "P011", "P015", "P016", "P017", "P018"}  # nothing else said about such a line would be true


class Mends:
    """The lines of a file, mended so far, and the first explanation of each broken one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.written = lines
        self.now = list(lines)
        self._told: dict[int, Explained] = {}
        self._moved: Counter[int] = Counter()  # by how many characters a line was moved to the right
        self._times: Counter[int] = Counter()
        for found in odd_indents(lines):
            self.take(found)
        for found in beside_their_name(self.now):
            self.take(found)

    def take(self, found: Explained) -> bool:
        """Keep an explanation and mend its lines; False when that changes nothing, or was tried too often."""
        line = found.spot.line
        spot = self._led_back(found.spot)
        self._told.setdefault(line, replace(found, spot=spot))
        self._times[line] += 1
        fresh = {number: text for number, text in found.mended.items() if self.now[number - 1] != text}
        if not fresh or len(self._told) > MOST or self._times[line] > MOST_OF_A_LINE:
            return False
        for number, text in fresh.items():
            if number != line:
                self._moved[number] += len(text) - len(self.now[number - 1])
            self.now[number - 1] = text
        return True

    def settle(self, source: Source) -> Source:
        """What was read from the mended lines, with the places and the problems of the written ones."""
        source.lines = list(self.written)
        source.keys = {way: self._led_back(spot) for way, spot in source.keys.items()}
        source.values = {way: self._led_back(spot) for way, spot in source.values.items()}
        problems = [problem for problem in source.problems if problem.line not in self._told]
        source.problems = [
            source.at(self._led_back(Spot(one.line, one.column, one.length)), one.code, one.what, one.mend)
            for one in problems
        ]
        source.broken.update(self._told, (one.line for one in problems if one.code in MISREAD))
        for found in self._told.values():
            source.problems.append(source.at(found.spot, found.code, found.what, found.mend))
        return source

    def _led_back(self, spot: Spot) -> Spot:
        moved = self._moved[spot.line]
        return spot._replace(column=max(1, spot.column - moved)) if moved else spot
