"""A rich message (Bot API 10.1) → its plain words; pure, and never a crash.

Its blocks (paragraphs, lists, quotations, tables …) nest. Their texts are a string, a list of texts, or an object
with the text that it formats: https://core.telegram.org/bots/api#richmessage, …#richblock, …#richtext.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# "Rich message limits": 32,768 characters, and 16 levels of blocks and formats; lists of texts lie between these.
MOST_CHARACTERS = 32_768
DEEPEST = 64

#: Where a text keeps its words: a format, a custom emoji, a formula. (An anchor has none.)
WORDS = ("text", "alternative_text", "expression")


def words(message: Any) -> str:
    """What a member reads there, a line for each block; "" for a shape we do not know."""
    blocks = message.get("blocks") if isinstance(message, dict) else None
    return "\n".join(_blocks(blocks, DEEPEST))[:MOST_CHARACTERS]


def _blocks(blocks: Any, depth: int) -> Iterator[str]:
    for block in _items(blocks):
        yield from _block(block, depth)


def _block(block: Any, depth: int) -> Iterator[str]:
    """The lines of a block, whatever its type: what is not there says nothing."""
    if not isinstance(block, dict) or depth == 0:
        return
    lines = [_text(block.get("summary"), depth), _text(block, depth)]
    lines += [_row(row, depth) for row in _items(block.get("cells"))]
    lines += [_point(item, depth) for item in _items(block.get("items"))]
    yield from filter(None, lines)
    yield from _blocks(block.get("blocks"), depth - 1)
    caption = block.get("caption")  # of a table a text; of a picture an object with a text and its credit
    yield from _block(caption, depth - 1) if isinstance(caption, dict) else filter(None, [_text(caption, depth)])
    yield from filter(None, [_text(block.get("credit"), depth)])


def _row(cells: Any, depth: int) -> str:
    return " | ".join(filter(None, (_text(cell, depth) for cell in _items(cells))))


def _point(item: Any, depth: int) -> str:
    """A point of a list, behind its label ("1.")."""
    if not isinstance(item, dict):
        return ""
    label = item.get("label")
    said = "\n".join(_blocks(item.get("blocks"), depth - 1))
    return f"{label} {said}" if isinstance(label, str) and label and said else said


def _text(text: Any, depth: int) -> str:
    if isinstance(text, str):
        return text
    if depth == 0:
        return ""
    if isinstance(text, dict):
        return next((_text(text[name], depth - 1) for name in WORDS if name in text), "")
    return "".join(_text(one, depth - 1) for one in _items(text))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
