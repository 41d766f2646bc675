"""Lengths, cuts and harmless words: what Telegram counts, strips, and would turn into live links."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

# A word joiner: invisible, no line break, and no part of a name or an address for Telegram, unlike the
# zero-width joiners, which its search for addresses steps over (tdlib/td, MessageEntity.cpp).
GAP = "\u2060"

# What Telegram would find by itself. Whole addresses and e-mail addresses come first: they stay as typed.
_FOUND = re.compile(
    r"(?P<kept>https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<!\w)@(?=\w)"  # @everyone, @channelname
    r"|(?<![\w/])/(?=\w)"  # /command
    r"|(?<=\w)\.(?=[^\W\d_]{2})"  # t.me/…, evil.com
    r"|(?<!\w)(?:tg|ton):(?=//)",
    re.IGNORECASE,
)
_OPENERS = frozenset("@/.:#")

# Telegram strips these itself, so that offsets counted with them would be wrong: line and paragraph
# separators, bidi embeddings and overrides, and three accents drawn as lines (tdlib/td, misc.cpp).
_STRIPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f]")


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def harmless(words: str, escaped: Set[int] = frozenset(), *, code: bool = False) -> str:
    """Words that notify nobody and lead nowhere, except by a whole https:// or e-mail address that was typed.

    escaped: positions of characters the renderer escaped, because a member wrote them: an address
    among them stays dead. In code Telegram looks for nothing.
    """
    if escaped:
        words = "".join(c + GAP if n in escaped and _opens(words, n) else c for n, c in enumerate(words))
    if not code:
        words = _FOUND.sub(lambda found: found[0] if found["kept"] else found[0] + GAP, words)
    words = words if words.isascii() else words.encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub(" ", _STRIPPED.sub("", words))


def _opens(words: str, place: int) -> bool:
    """Could this character begin or join something live, with the one that follows it?"""
    after = words[place + 1 : place + 2]
    return words[place] in _OPENERS and (after.isalnum() or after in ("_", "/"))


def cut(text: str, limit: int) -> str:
    """As much of the text as `limit` units hold, ending between two visible characters."""
    end = len(text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
    while 0 < end < len(text) and _joined(text, end):
        end -= 1
    return text[:end]


def _joined(text: str, place: int) -> bool:
    """Do the characters before and at `place` make one visible character?"""
    char, before = text[place], text[place - 1]
    if unicodedata.category(char).startswith("M") or "\u200d" in (char, before):
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True  # a skin tone, a flag's tag
    flags = re.search("[\U0001f1e6-\U0001f1ff]*$", text[:place])
    is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
    return is_flag and flags is not None and len(flags[0]) % 2 == 1
