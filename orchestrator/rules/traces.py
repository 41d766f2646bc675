"""Takes a person's traces out of a text: their names, mentions of them, and what they said; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

#: A shorter saying ("yes") is only theirs where it stands as a quotation.
LONG_ENOUGH = 12

#: How an excerpt ends that does not show the whole text.
CUT = "…"

#: What a plain value of a run or a part may say of somebody who is nobody any more: a state, a side, a number's name.
_CODE = re.compile(r"[a-z_]{1,20}")


@dataclass(frozen=True, slots=True)
class Traces:
    """By what somebody is known: refs on platforms, whole names, first names, and texts they wrote.

    Names, first names and texts are given in every spelling in which they may stand (plain, escaped, on one line);
    where a text is cut, it ends in "…".
    """

    refs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    first_names: frozenset[str] = frozenset()
    sayings: frozenset[str] = frozenset()

    def strangers(self) -> Traces:
        """What to look for where they had no part: a first name alone may be anybody's, words too."""
        return Traces(self.refs, self.names)


@dataclass(frozen=True, slots=True)
class Instead:
    """What stands for a name, and for what was said."""

    name: str
    saying: str


def without(text: str, traces: Traces, instead: Instead) -> str:
    """The text with every trace replaced; the same text where there is none."""
    for ref in traces.refs:
        text = re.sub(rf"\[[^\]\n]*\]\(member:{re.escape(ref)}\)", lambda _: instead.name, text)
    for saying in _longest_first(traces.sayings):
        text = _unsaid(text, saying, instead.saying)
    for name in _longest_first(traces.names | traces.first_names):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: instead.name, text)
    for ref in _longest_first(traces.refs):
        text = re.sub(rf"(?<!\w){re.escape(ref)}(?!\w)", lambda _: instead.name, text)
    return text


def _unsaid(text: str, saying: str, instead: str) -> str:
    if len(saying) < LONG_ENOUGH:
        quoted = re.compile(rf"^(> ?){re.escape(saying)}(?!\w)", re.MULTILINE)
        return quoted.sub(lambda found: found[1] + instead, text)
    at = 0
    while (at := text.find(saying[:LONG_ENOUGH], at)) >= 0:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(text[at:], saying, strict=False))
        end = at + len(list(same))
        if text[end : end + len(CUT)] == CUT:
            end += len(CUT)
        elif end < at + len(saying):
            at += 1
            continue
        text, at = text[:at] + instead + text[end:], at + len(instead)
    return text


def scrubbed(value: Any, traces: Traces, instead: Instead) -> Any:
    """Plain values (text, numbers, lists, dicts) with every trace in them replaced."""
    if isinstance(value, str):
        return without(value, traces, instead) if value not in traces.sayings else ""
    if isinstance(value, dict):
        return {scrubbed(key, traces, instead): scrubbed(one, traces, instead) for key, one in value.items()}
    return [scrubbed(one, traces, instead) for one in value] if isinstance(value, list) else value


def numbers_only(value: Any) -> Any:
    """Plain values that tell how something went, and no longer of whom: numbers, moments' absence, single words."""
    if isinstance(value, dict):
        kept = {key: numbers_only(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not None}
    if isinstance(value, list):
        return [one for one in map(numbers_only, value) if one is not None]
    return value if not isinstance(value, str) or _CODE.fullmatch(value) else None


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(filter(None, words), key=len, reverse=True)
