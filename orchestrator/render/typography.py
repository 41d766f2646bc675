"""French no-break spaces in our own texts; links, addresses and code are left alone."""

from __future__ import annotations

import re

WIDE = "\u00a0"  # before a colon, inside « », between a number and its sign
NARROW = "\u202f"  # before ; ! ?

_LEFT_ALONE = re.compile(r"(`+[^`]*`+|\]\([^)\s]*\)|<[^>\s]+>|https?://\S+)")
_SPACE = f"[ {WIDE}{NARROW}]"
_RULES = (
    (re.compile(rf"(?<!\n){_SPACE}+([;!?])"), rf"{NARROW}\1"),
    (re.compile(r"(?<=[\w)»])([!?])(?=\s|$|[*_»)])"), rf"{NARROW}\1"),
    (re.compile(rf"(?<!\n){_SPACE}+:(?=\s|$|»)"), f"{WIDE}:"),
    (re.compile(rf"«{_SPACE}*"), f"«{WIDE}"),
    (re.compile(rf"{_SPACE}*»"), f"{WIDE}»"),
    (re.compile(rf"(?<=\d){_SPACE}+(?=[%€$])"), WIDE),
)


def french(text: str) -> str:
    """The text with the spaces that French punctuation wants; applying it twice changes nothing more."""
    parts = _LEFT_ALONE.split(text)
    parts[::2] = [_spaced(part) for part in parts[::2]]
    return "".join(parts)


def _spaced(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
