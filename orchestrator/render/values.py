"""How a text's values are looped over, changed and written; what would grow or run long is stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, TemplateError

from orchestrator.render.markdown import Ours, address, escape, strong

MAX_TURNS = 30  # of one loop: what we pass are hosts, a vote's options, three excerpts
MAX_CHANGED = 2_000  # characters that a filter on letters takes: all caps together, 0.3 s measured


class TooMuch(TemplateError):
    """A template went over one of the caps while it ran."""


def finalizer(last: str) -> Callable[[Any], str]:
    """How a value is written: ours as it is, everything else escaped; a list reads "a, b and c"."""

    def write(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, list | tuple):
            return _joined([write(item) for item in value], last)
        if isinstance(value, dict):
            raise TooMuch(f"a group of values cannot be written as one: name one of {', '.join(value)}")
        if not isinstance(value, str | int | float | StrictUndefined):
            raise TooMuch("this is not a text")
        return value if isinstance(value, Ours) else escape(str(value))

    return write


def _joined(parts: Sequence[str], last: str) -> Ours:
    if len(parts) < 2:
        return Ours("".join(parts))
    return Ours(f"{', '.join(parts[:-1])} {last} {parts[-1]}")


def _within(value: Any) -> Sequence[Any]:
    """What a loop runs over: a list, and not a long one."""
    if not isinstance(value, list | tuple):
        len(value)  # an unknown variable says so itself
        raise TooMuch("a loop runs over a list, and this is not one")
    if len(value) > MAX_TURNS:
        raise TooMuch(f"a loop runs over {MAX_TURNS} things at most")
    return value


def _ours(change: Callable[[str], str]) -> Callable[[Any], str]:
    """A filter on letters: our own Markdown stays ours."""

    def changed(value: Any) -> str:
        text = str(value)
        if len(text) > MAX_CHANGED:
            raise TooMuch(f"a filter takes {MAX_CHANGED} characters at most")
        return Ours(change(text)) if isinstance(value, Ours) else change(text)

    return changed


def _default(value: Any, instead: Any = "") -> Any:
    return instead if isinstance(value, StrictUndefined) or value in (None, "") else value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "within": _within,
    "strong": strong,
    "address": address,
    "lower": _ours(str.lower),
    "upper": _ours(str.upper),
    "capitalize": _ours(lambda text: text[:1].upper() + text[1:]),
    "trim": _ours(str.strip),
    "default": _default,
    "first": lambda value: _within(value)[0] if _within(value) else "",
    "last": lambda value: _within(value)[-1] if _within(value) else "",
    "length": len,
    "count": len,
}
