"""Where reading broke off, and what that means to the writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from orchestrator.playbook.source import Spot


@dataclass(frozen=True, slots=True)
class Piece:
    """The last thing that was read: from (line, column) up to, not including, (end_line, end_column)."""

    quote: str  # the quote it stands in, "" for plain text, "[" or "{" for what such a bracket holds
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Break:
    """Where and how reading broke off; `said` is the parser's word, `since` where the broken thing began."""

    line: int
    column: int
    said: str
    since: tuple[int, int] | None
    last: Piece | None
    in_brackets: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A problem's place, code and words; `mended` are the lines as they were probably meant."""

    spot: Spot
    code: str
    what: str
    mend: str
    mended: dict[int, str] = field(default_factory=dict)


Explain = Callable[[Sequence[str], Break], Explained | None]
