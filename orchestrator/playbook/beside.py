"""Finds keys that stand beside the name they belong to, instead of under it: the commonest slip of indentation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestrator.playbook.broken import Explained
from orchestrator.playbook.crosscheck import CONNECTIONS
from orchestrator.playbook.segments import Segment
from orchestrator.playbook.shape import written_keys
from orchestrator.playbook.source import Spot
from orchestrator.playbook.wording import keys_of
from orchestrator.rules.values import quoted

_LINE = re.compile(r"(?P<indent> *)(?P<key>[\w-]+):(?P<value>\s+[^\s#].*)?(?=\s|$)")


def beside_their_name(lines: Sequence[str]) -> list[Explained]:
    """Each group of such keys, once, at its first key; mended, they stand under the name."""
    under = _tables()
    found: list[Explained] = []
    table, level, empty = "", 0, 0  # the key at the margin, how far in its names stand, the line of an empty one
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        written = _LINE.match(text)
        indent, (key, value) = _indent(text), (written["key"], written["value"]) if written else ("", None)
        keys = under.get(table, ())
        if empty and key in keys and 0 < indent <= level:
            found.append(_moved(lines, number, empty, keys))
        empty = 0
        if indent == 0:
            table, level = key, 0
        elif key and key not in keys:
            level = level or indent
            empty = number if keys and indent == level and not value else 0
    return found


def _tables() -> Mapping[str, Sequence[str]]:
    """The parts of a playbook that hold names, and the keys that a name may have."""
    return {"rituals": written_keys(), "spaces": CONNECTIONS, "people": CONNECTIONS, "segments": keys_of(Segment)}


def _moved(lines: Sequence[str], first: int, above: int, keys: Sequence[str]) -> Explained:
    """The keys from a line on, with all that belongs to them, moved under the name above."""
    indent, level = _indent(lines[first - 1]), _indent(lines[above - 1])
    far = level + 2 - indent
    mended: dict[int, str] = {}
    for number, text in enumerate(lines[first - 1 :], first):
        written = _LINE.match(text)
        next_name = _indent(text) <= level and written and written["key"] not in keys
        if text.strip() and not text.lstrip().startswith("#") and (_indent(text) < indent or next_name):
            break
        if text.strip():
            mended[number] = " " * far + text
    name, key = lines[above - 1].strip().split(":")[0], lines[first - 1].strip().split(":")[0]
    count = len(mended)
    what = f"{quoted(key)} stands beside {quoted(name)}, not under it"
    lot = "this line" if count == 1 else f"this line and the {'one' if count == 2 else count - 1} below it"
    mend = f'move {lot} {far} space{"" if far == 1 else "s"} to the right, under "{name}:"'
    return Explained(Spot(first, indent + 1, len(key)), "P014", what, mend, mended)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
