"""Several texts on one sheet, so that a person can edit them at once: each below a line "[2] whose it is"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEAD = re.compile(r"^[ \t]*\[(\d{1,3})\][^\S\n]*(.*)$", re.MULTILINE)


def write(texts: Sequence[tuple[str, str]]) -> str:
    """The sheet of these (label, text); a single text is the sheet itself."""
    if len(texts) == 1:
        return texts[0][1]
    return "\n\n".join(f"[{n}] {label}".rstrip() + f"\n{text}" for n, (label, text) in enumerate(texts, 1))


def read(sheet: str, labels: Sequence[str]) -> dict[int, str] | None:
    """The texts of an edited sheet by their place in it, from 0; those it does not hold stay as they were.

    None where it cannot be told which text is meant: no number, one that does not exist, or one twice.
    A text may begin in the line of its number. An empty text is "".
    """
    body = sheet.replace("\r\n", "\n").strip()
    if len(labels) == 1:
        return {0: body}
    heads = list(_HEAD.finditer(body))
    numbers = [int(head[1]) - 1 for head in heads]
    if not heads or heads[0].start() > 0 or len(set(numbers)) < len(numbers):
        return None
    if any(not 0 <= number < len(labels) for number in numbers):
        return None
    ends = [*(head.start() for head in heads[1:]), len(body)]
    return {
        number: _text(head[2].strip(), body[head.end() : end].strip(), labels[number])
        for number, head, end in zip(numbers, heads, ends, strict=True)
    }


def _text(beside: str, below: str, label: str) -> str:
    """What stands beside a number is the text's beginning, unless it is only whose it is."""
    return below if beside == label.strip() else f"{beside}\n{below}".strip()
