"""Words between Slack and us: what we escape, what members wrote, and where a text may be cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from adapters.slack.emoji import UNICODE

MARK = "…"
# A zero-width space: it keeps a literal * _ ~ ` from opening a format, and lets one begin inside a word.
GAP = "\u200b"
OPENS_FORMAT = re.compile(r"(?<!\w)([*_~`])(?=\S)")
UNSOUND = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def escape(text: str) -> str:
    """Literal words: no entity, mention, link, quote or format can come out of them.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return entities(OPENS_FORMAT.sub(rf"\1{GAP}", sound(text)))


def shorten(text: str, limit: int) -> str:
    """Plain text of at most `limit` characters; "…" shows that something was left out."""
    if len(text) <= limit:
        return text
    kept = ""
    for visible in graphemes(text):
        if len(kept) + len(visible) > limit - len(MARK):
            break
        kept += visible
    return kept.rstrip() + MARK


def graphemes(text: str) -> Iterator[str]:
    """Visible characters: a base with its accents, joiners, skin tones, or a flag's two letters."""
    start = 0
    for here in range(1, len(text)):
        if not _joined(text, start, here):
            yield text[start:here]
            start = here
    if text:
        yield text[start:]


def _joined(text: str, start: int, here: int) -> bool:
    char, before = text[here], text[here - 1]
    if unicodedata.category(char).startswith("M") or char in "\u200d\ufe0f" or before == "\u200d":
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    flags = "\U0001f1e6" <= char <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    return (flags and (here - start) % 2 == 1) or (char == "\n" and before == "\r")


def entities(text: str) -> str:
    """The three characters that Slack wants written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


ENTITY = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
SHORTCODE = re.compile(r":([a-z0-9_+'-]{1,60}):(?::skin-tone-[2-6]:)?")
ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
ESCAPED = re.compile("|".join(ESCAPES))


def plain(text: str) -> str:
    """What a member wrote, as plain words: entities, mentions, links and emoji decoded.

    https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
    """
    if "<" in text:
        text = ENTITY.sub(_said, text)
    if ":" in text:
        text = SHORTCODE.sub(lambda found: UNICODE.get(found[1], found[0]), text)
    if "&" in text:
        text = ESCAPED.sub(lambda found: ESCAPES[found[0]], text)
    return sound(text)


def sound(text: str) -> str:
    """The text without what no database and no screen keeps: controls and halves of surrogate pairs."""
    return text if text.isprintable() else UNSOUND.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _said(found: re.Match[str]) -> str:
    sign, target, label = found[1], found[2], found[3]
    if sign in ("@", "#"):
        return sign + (label or target).removeprefix(sign)
    if sign == "!":
        name = label or target.split("^")[0]
        return name if label and target.startswith("date^") else "@" + name.removeprefix("@")
    return _said_link(target, label)


def _said_link(target: str, label: str | None) -> str:
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in target:
        return address
    return f"{label} ({address})"
