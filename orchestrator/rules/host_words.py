"""The words by which hosts run their rituals from their own space, in English and in French, always both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple


class Act(StrEnum):
    """What hosts may ask of us in their space (docs/hosts.md)."""

    PAUSE = "pause"
    RESUME = "resume"
    NEXT = "next"
    SKIP = "skip"
    HOLD = "hold"
    WHY = "why"
    TAKE_BACK = "take back"


class Said(NamedTuple):
    """A word and what follows it: the ritual it is about, or ""."""

    act: Act
    rest: str = ""


#: As platforms let people type them: small letters, a hyphen or underscore for a space.
WORDS: Mapping[str, Act] = {
    "pause": Act.PAUSE,
    "resume": Act.RESUME,
    "reprendre": Act.RESUME,
    "next": Act.NEXT,
    "prochain": Act.NEXT,
    "suite": Act.NEXT,
    "skip": Act.SKIP,
    "passer": Act.SKIP,
    "hold": Act.HOLD,
    "tenir": Act.HOLD,
    "lancer": Act.HOLD,
    "why": Act.WHY,
    "pourquoi": Act.WHY,
    "take back": Act.TAKE_BACK,
    "take it back": Act.TAKE_BACK,
    "takeback": Act.TAKE_BACK,
    "reprends": Act.TAKE_BACK,
    "retire": Act.TAKE_BACK,
    "retirer": Act.TAKE_BACK,
}


#: What stands for the last post where somebody names no ritual: "retire-le".
IT = frozenset({"it", "le", "la", "les", "ca", "cela"})


def read(word: str, rest: str) -> Said | None:
    """What a host's word asks for; None for any other word."""
    said = f"{_flat(word)} {rest.strip()}".strip()
    for known, act in WORDS.items():
        if re.match(rf"{known}(?!\w)", _flat(said)):
            named = said[len(known) :].strip(' .!?«»"“”\u00a0\u202f')
            return Said(act, "" if act is Act.TAKE_BACK and _flat(named) in IT else named)
    return None


def named(name: str, paths: Sequence[str]) -> str | None:
    """The one of these (PLAYBOOK/RITUAL) that somebody means: whole, its last part, or the only one beginning so."""
    meant = _flat(name)
    for form in (str, _last):
        exact = [path for path in paths if _flat(form(path)) == meant]
        if len(exact) == 1:
            return exact[0]
    begun = [path for path in paths if meant and _flat(_last(path)).startswith(meant)]
    return begun[0] if len(begun) == 1 else None


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _flat(text: str) -> str:
    """Small letters without accents; hyphens and underscores are spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[-_\s]+", " ", letters).strip()
