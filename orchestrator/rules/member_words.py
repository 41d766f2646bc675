"""The words by which members ask something of us, in English and in French, always both."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from orchestrator.rules import codes


class Wish(StrEnum):
    """What a member may ask of us (docs/members.md)."""

    HELP = "help"
    STOP = "stop"
    START = "start"
    NO_PRAISE = "stop praise"
    PRAISE = "start praise"
    ME = "me"
    LINK = "link"
    UNLINK = "unlink"
    IDEA = "idea"
    FORGET = "forget me"
    EXPORT = "export me"


class Said(NamedTuple):
    """A word and what follows it: an idea's text, a code."""

    wish: Wish
    rest: str = ""


#: As people write them, without accents, hyphens and underscores.
WHOLE = {
    "help": Wish.HELP,
    "aide": Wish.HELP,
    "stop": Wish.STOP,
    "start": Wish.START,
    "stop praise": Wish.NO_PRAISE,
    "no praise": Wish.NO_PRAISE,
    "sans eloge": Wish.NO_PRAISE,
    "sans eloges": Wish.NO_PRAISE,
    "start praise": Wish.PRAISE,
    "avec eloge": Wish.PRAISE,
    "avec eloges": Wish.PRAISE,
    "me": Wish.ME,
    "moi": Wish.ME,
    "link": Wish.LINK,
    "lier": Wish.LINK,
    "unlink": Wish.UNLINK,
    "delier": Wish.UNLINK,
    "idea": Wish.IDEA,
    "idee": Wish.IDEA,
    "forget me": Wish.FORGET,
    "oublie moi": Wish.FORGET,
    "oubliez moi": Wish.FORGET,
    "export me": Wish.EXPORT,
    "mes donnees": Wish.EXPORT,
}

#: Words that may as well be somebody's whole answer to an open question: there, the question comes first.
MAY_BE_AN_ANSWER = frozenset({Wish.HELP, Wish.ME, Wish.LINK, Wish.IDEA})

#: What may stand around a word: as our own pages quote it, as a sentence ends.
_AROUND = " .,:;!?\"'«»“”„‘’"

_IDEA = re.compile(r"(idea|id[eé]e)(?!\w)[\s:]*([^\s:].*)", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"(link|lier)\s+(\S.*)", re.IGNORECASE | re.DOTALL)


def read(text: str) -> Said | None:
    """The word that a whole message is, None where it is only talk."""
    said = unicodedata.normalize("NFC", text).strip().removeprefix("/").strip()
    whole = WHOLE.get(_plain(said))
    if whole is not None:
        return Said(whole)
    if found := _IDEA.fullmatch(said):
        return Said(Wish.IDEA, found[2])
    if (found := _CODE.fullmatch(said)) and codes.read(found[2]):
        return Said(Wish.LINK, found[2])
    return None


def read_command(word: str, rest: str) -> Said | None:
    """The same of a command, whose first word is surely meant for us: what follows a code's word is a code."""
    if found := read(f"{word} {rest}".strip()):
        return found
    alone = WHOLE.get(_plain(word))
    if alone is Wish.LINK:
        return Said(alone, rest)
    return None if alone is None or alone is Wish.IDEA else Said(alone)


def yields(said: Said) -> bool:
    """Does an open direct question come before this word, where it is written as plain text?"""
    return said.wish in MAY_BE_AN_ANSWER and not (said.wish is Wish.LINK and said.rest)


def _plain(text: str) -> str:
    """Small letters without accents and invisible marks, one space for hyphens and underscores; bare of punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not _is_mark(letter))
    return re.sub(r"[\s_\-\u2010\u2011]+", " ", bare).strip(_AROUND)


def _is_mark(letter: str) -> bool:
    """An accent, or what keyboards leave behind unseen: joiners, marks of direction."""
    return unicodedata.category(letter) in ("Mn", "Cf")
