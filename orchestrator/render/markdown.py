"""Makes a text of unknown origin safe to stand in our Markdown: it shows as itself and does nothing."""

from __future__ import annotations

import re
from typing import Any

# The characters that give CommonMark, strikethrough, tables, addresses and mentions their meaning; a colon
# or an ampersand before a space means nothing, and escaping it would only make the text hard to read.
_LIVE = re.compile(r"[\\`*_\[\]<>#|~]|[:&@](?=\S)|[!&]$")
# These mean something only at the beginning: a list, a heading's underline, a link's second half.
_FIRST = re.compile(r"^(\d*)([-+=(.)])")
# Characters that turn or hide the text around them; U+2028 and U+2029 are spaces to us.
_TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # no-break spaces are how French is written
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_ADDRESS = re.compile(r"https?://[^\s<>\x00-\x1f]+")
_APART = "\u2060"  # word joiner: invisible, and no platform sees a name behind it


class Ours(str):
    """A text that is our own Markdown already: it is not escaped again."""

    __slots__ = ()


def clean(text: str) -> str:
    """What a reader is to see of a text: one line, no control characters, nothing that turns it around.

    A mention is taken apart, so that nobody is called again by being quoted.
    """
    line = _SPACES.sub(" ", _TURNING.sub("", _CONTROL.sub("", text))).strip()
    return _MENTION.sub("@" + _APART, line)


def escape(text: str) -> Ours:
    """Markdown that shows as `clean(text)`, wherever in a line it stands."""
    line = _LIVE.sub(r"\\\g<0>", clean(text))
    return Ours(_FIRST.sub(r"\1\\\2", line))


def strong(text: str) -> str:
    """Our own line in bold; what has emphasis, links, code or several lines of its own stays as it is."""
    line = text.strip()
    if not isinstance(text, Ours) or not line or re.search(r"[*_`\[\n<]", line):
        return text
    return Ours(f"**{line}**")


def address(text: Any) -> Ours:
    """A web address for the round half of a link: nothing in it can end the link. "" for anything else."""
    found = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
    return Ours(text.replace("(", "%28").replace(")", "%29").replace("\\", "%5C") if found else "")
