"""What every reader of plain words shares: how words are compared, repeated, and refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
SHOWN = 60  # characters of a value that a message repeats


class Unreadable(ValueError):
    """A value that is not one of ours: `what` states it, `mend` starts with a verb, `code` is the problem's."""

    def __init__(self, what: str, mend: str, code: str = "P200") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.code = code


def plain(text: str) -> str:
    """Lower case, one plain space between words, straight apostrophes."""
    return SPACES.sub(" ", text.replace("’", "'").replace("ʼ", "'")).strip().casefold()


def quoted(value: object) -> str:
    """The value as a message repeats it: in quotes, on one line, shortened, nothing unprintable."""
    if isinstance(value, list | dict):
        return "this list" if isinstance(value, list) else "this group of keys"
    text = SPACES.sub(" ", str(value).lower() if isinstance(value, bool) else str(value))  # as a file writes it
    text = "".join(c if c.isprintable() else "·" for c in text)
    return f'"{text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"}"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when none is near."""
    by_plain = {plain(k): k for k in known}
    found = difflib.get_close_matches(plain(word), list(by_plain), n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


class Choice:
    """A reader of one of a few phrases, for an annotated type; made by `choice`."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.ours = list(words)
        spellings = [(w.strip(), ours) for ours, others in words.items() for w in (ours, *others.split("|"))]
        self.known = {plain(word): ours for word, ours in spellings if word}

    def read(self, value: object) -> str:
        """Give our word for a phrase. Raises Unreadable (P205)."""
        found = self.known.get(plain(value)) if isinstance(value, str) else None
        if found is None:
            near = nearest(value, self.known) if isinstance(value, str) else None
            mend = f'did you mean "{near}"?' if near else f"write one of: {', '.join(self.ours)}"
            raise Unreadable(f"{quoted(value)} is not one of the words allowed here", mend, "P205")
        return found

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return outline(self.known)


def outline(words: Iterable[str]) -> dict[str, Any]:
    """What an editor may take where one of these phrases is read: it proposes them, and underlines no capitals."""
    words = list(words)
    return {"anyOf": [{"enum": words}, {"type": "string", "pattern": in_any_case(words)}]}


def in_any_case(words: Iterable[str]) -> str:
    """A pattern of the phrases as `plain` reads them, without what editors' dialects of patterns differ in."""
    alike = {" ": r"\s+", "'": "['’ʼ]"}
    letters = ("".join(alike.get(c, f"[{c}{c.upper()}]") for c in word) for word in words)
    return rf"^\s*(?:{'|'.join(letters)})\s*$"


def choice(words: Mapping[str, str]) -> Choice:
    """A reader of one of a few phrases: {ours: "other | spellings"}."""
    return Choice(words)
