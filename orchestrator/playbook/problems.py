"""What is wrong in a file and how to mend it: one shape, and its printers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 110  # characters of a source line that are printed
BEFORE = 30  # of them before the place, when the line is longer


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake (code P…) or remark (code N…): its place, the fact, and the mend.

    line and column count from 1, in characters; `length` is how many characters are underlined.
    """

    file: str
    line: int
    column: int
    code: str
    what: str
    mend: str
    source_line: str = ""
    length: int = 1

    @property
    def place(self) -> tuple[str, int, int, str, str]:
        """What problems are sorted by."""
        return self.file, self.line, self.column, self.code, self.what

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what} [{self.code}]"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by place, each once."""
    return sorted(set(problems), key=lambda problem: problem.place)


def as_facts(problem: Problem) -> dict[str, str | int]:
    """The problem for a program: {file, line, column, code, what, mend}."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "what": problem.what,
        "mend": problem.mend,
    }


def show(problem: Problem) -> str:
    """The problem for a person: place, fact, source line, carets, mend."""
    gutter = " " * len(str(problem.line))
    parts = [str(problem)]
    if problem.source_line.strip():
        line, column, length = _window(problem)
        pad = "".join("\t" if c == "\t" else " " * _width(c) for c in line[: column - 1])
        carets = "^" * max(1, sum(_width(c) for c in line[column - 1 : column - 1 + length]))
        parts += [f"{gutter} |", f"{problem.line} | {_clean(line)}", f"{gutter} | {pad}{carets}"]
    return "\n".join([*parts, f"{gutter} mend: {problem.mend}"])


def _window(problem: Problem) -> tuple[str, int, int]:
    """The piece of a long line that is shown, and where the place lies in it."""
    line, column, length = problem.source_line, problem.column, problem.length
    if len(line) <= SHOWN:
        return line, column, length
    start = max(0, column - 1 - BEFORE)
    piece = line[start : start + SHOWN - 2]
    before = "…" if start else ""
    after = "…" if start + SHOWN - 2 < len(line) else ""
    column += len(before) - start
    return before + piece + after, column, min(length, len(before + piece) - column + 1)


def _clean(line: str) -> str:
    """Nothing that would move the cursor or colour the terminal."""
    return "".join(c if c.isprintable() or c == "\t" else ("·" if _width(c) else "") for c in line)


def _width(char: str) -> int:
    """Cells that a character takes on a terminal: wide ones two, combining ones none."""
    if unicodedata.combining(char) or char in "\ufe0f\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
