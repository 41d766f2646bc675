"""Shortens what a member wrote to a line, never inside a word or a visible character."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 140  # characters of an excerpt in a recap, the mark of the cut included
CUT = "…"
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # no-break spaces are how French is written
_JOINER = "\u200d"
_VIRAMA = 9  # canonical combining class: the next consonant belongs to the same visible character


def excerpt(text: str, limit: int = LIMIT) -> str:
    """One line of at most `limit` code points; a cut ends in "…"."""
    line = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if len(line) <= limit:
        return line
    end = _last_boundary(line, limit - len(CUT))
    space = line.rfind(" ", 0, end + 1)
    # A single word longer than half the room (a link, a language without spaces) is cut where it must be.
    kept = line[:space] if space >= limit // 2 else line[:end]
    return kept.rstrip(" ,;:.!?…-–—«(") + CUT


def _last_boundary(line: str, end: int) -> int:
    while end > 0 and not _starts_character(line, end):
        end -= 1
    return end


def _starts_character(line: str, at: int) -> bool:
    """Does a new visible character start here? The rules of Unicode Annex 29 that text from people meets."""
    before, here = line[at - 1], line[at]
    if _extends(here) or before == _JOINER or unicodedata.combining(before) == _VIRAMA:
        return False
    return not (_is_flag_half(here) and _flag_halves_before(line, at) % 2)


def _extends(char: str) -> bool:
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    tag = "\U000e0020" <= char <= "\U000e007f"
    return skin_tone or tag or char in "\u200c\u200d" or unicodedata.category(char) in ("Mn", "Me", "Mc")


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(line: str, at: int) -> int:
    start = at
    while start and _is_flag_half(line[start - 1]):
        start -= 1
    return at - start
