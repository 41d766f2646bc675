"""Takes a person's traces out of a text: their names, mentions of them, and what they said; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Any, NamedTuple

#: A shorter saying ("yes") is only theirs where it stands as a quotation.
LONG_ENOUGH = 12

#: How an excerpt ends that does not show the whole text.
CUT = "…"

#: What a plain value of a run or a part may say of somebody who is nobody any more: a state, a side, a number's name.
_CODE = re.compile(r"[a-z_]{1,20}")

_QUOTATION = re.compile(r"^(> ?)(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Traces:
    """By what somebody is known: refs on platforms, whole names, first names, and texts they wrote.

    Names, first names and texts are given in every spelling in which they may stand (plain, escaped, on one line);
    where a text is cut, it ends in "…". ordinary: those names that are words of our own texts, or another member's
    name as well: they count only where somebody is named by them ("— Prix", "**Prix**"), lest whoever calls
    themselves so takes a word out of what we say.
    """

    refs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    first_names: frozenset[str] = frozenset()
    sayings: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()

    def of_theirs(self) -> Traces:
        """What to look for in what is about them: their name is a name there."""
        return replace(self, ordinary=frozenset())

    def strangers(self) -> Traces:
        """What to look for in what only hosts read, where they had no part: a first name may be anybody's."""
        return Traces(self.refs, self.names - self.ordinary)

    def refs_only(self) -> Traces:
        """What to look for where they had no part, in what members read."""
        return Traces(self.refs)


@dataclass(frozen=True, slots=True)
class Instead:
    """What stands for a name, and for what was said."""

    name: str
    saying: str


class _Signs(NamedTuple):
    """Traces, ready to be looked for; the patterns of an empty set match nothing."""

    links: re.Pattern[str]
    quoted: re.Pattern[str]
    sayings: tuple[str, ...]
    names: re.Pattern[str]
    named: re.Pattern[str]
    refs: re.Pattern[str]


def without(text: str, traces: Traces, instead: Instead) -> str:
    """The text with every trace replaced; the same text where there is none."""
    signs = _signs(traces)
    text = signs.links.sub(lambda _: instead.name, text)
    for saying in signs.sayings:
        text = _unsaid(text, saying, instead.saying)
    text = signs.quoted.sub(lambda found: found[1] + instead.saying, text)
    text = signs.names.sub(lambda _: instead.name, text)
    text = signs.named.sub(lambda _: instead.name, text)
    return signs.refs.sub(lambda _: instead.name, text)


@lru_cache(maxsize=32)
def _signs(traces: Traces) -> _Signs:
    long = (one for one in traces.sayings if len(one) >= LONG_ENOUGH)
    short = [one for one in traces.sayings if len(one) < LONG_ENOUGH]
    names = traces.names | traces.first_names
    return _Signs(
        links=re.compile(rf"\[[^\]\n]*\]\(member:{_any(traces.refs)}\)"),
        quoted=re.compile(rf"^(> ?){_any(short)}(?!\w)", re.MULTILINE),
        sayings=tuple(sorted(long, key=len, reverse=True)),
        names=re.compile(rf"(?<!\w){_any(names - traces.ordinary)}(?!\w)"),
        named=re.compile(rf"(?:(?<=— )|(?<=\*\*)){_any(names & traces.ordinary)}(?=\*\*|[,.]|$)", re.MULTILINE),
        refs=re.compile(rf"(?<!\w){_any(traces.refs)}(?!\w)"),
    )


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first; of none, one that matches nothing."""
    known = sorted(filter(None, words), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, known))})" if known else r"(?!)"


def _unsaid(text: str, saying: str, instead: str) -> str:
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


def requoted(text: str, sayings: Collection[str], others: Collection[str], instead: str) -> str:
    """The text with whole quotations of these sayings ("> saying — name") replaced, and nothing beside them.

    others: what others said; a quotation that may as well be one of theirs stays.
    """

    def is_theirs(quoted: str) -> bool:
        return _is_quoted(quoted, sayings) and not _is_quoted(quoted, others)

    def again(found: re.Match[str]) -> str:
        begins, whole = found[1], found[2]
        quoted, dash, by = whole.rpartition(" — ")
        if is_theirs(whole):
            return begins + instead
        return f"{begins}{instead}{dash}{by}" if dash and is_theirs(quoted) else found[0]

    return _QUOTATION.sub(again, text)


def _is_quoted(text: str, sayings: Collection[str]) -> bool:
    cut = text.removesuffix(CUT)
    shortened = cut != text and len(cut) >= LONG_ENOUGH and any(saying.startswith(cut) for saying in sayings)
    return text in sayings or shortened


def scrubbed(value: Any, traces: Traces, instead: Instead) -> Any:
    """Plain values (text, numbers, lists, dicts) with every trace in them replaced; keys are ours, and stay."""
    if isinstance(value, str):
        return without(value, traces, instead) if value not in traces.sayings else ""
    if isinstance(value, dict):
        return {key: scrubbed(one, traces, instead) for key, one in value.items()}
    return [scrubbed(one, traces, instead) for one in value] if isinstance(value, list) else value


def numbers_only(value: Any) -> Any:
    """Plain values that tell how something went, and no longer of whom: numbers, moments' absence, single words."""
    if isinstance(value, dict):
        kept = {key: numbers_only(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not None}
    if isinstance(value, list):
        return [one for one in map(numbers_only, value) if one is not None]
    return value if not isinstance(value, str) or _CODE.fullmatch(value) else None
