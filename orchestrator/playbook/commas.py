"""Explains commas that are missing within brackets, and commas where there are no brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.playbook.broken import Break, Explained
from orchestrator.playbook.quoting import QUOTES, written_from
from orchestrator.playbook.source import Spot

#: What may only follow behind a comma: a key with its colon, a text in quotes, a bracket.
_NEXT = re.compile(
    r"""\s+(?:(?P<key>[a-z_]+):(?=[\s"'\[{])|(?P<text>"[^"]*"|'[^']*')(?=\s*[,\]}:"'])|(?P<opener>[\[{]))"""
)
_LONGEST_SHOWN = 80  # characters of a mend


def missing_comma(lines: Sequence[str], broken: Break) -> Explained | None:
    """In brackets, another key or value right behind a text in quotes or a closing bracket."""
    last = broken.last
    if not broken.in_brackets or not last or not last.quote or last.end_line != broken.line:
        return None
    text, end = lines[broken.line - 1], last.end_column - 1
    behind = _NEXT.match(text, end) if "expected ','" in broken.said else None
    if behind is None:
        return None
    which = behind.lastgroup or ""
    said = behind[which] if which == "text" else f'"{behind[which]}"'
    mend = f'write ", {behind["key"]}:"' if which == "key" else "put a comma before it"
    spot = Spot(broken.line, behind.start(which) + 1, len(behind[which]))
    mended = {broken.line: text[:end] + "," + text[end:]}
    return Explained(spot, "P013", f"a comma is missing before {said}", mend, mended)


def comma_outside(lines: Sequence[str], broken: Break) -> Explained | None:
    """Outside brackets, a comma behind a value: at the end of its line, as JSON has it, or before a second one."""
    last = broken.last
    if broken.in_brackets or not last or not last.quote or last.end_line != broken.line:
        return None
    text, end = lines[broken.line - 1], last.end_column - 1
    if ending := re.match(r"(\s*),(?:\s*$|\s+#)", text[end:]):
        at = end + len(ending[1])
        what = "a comma separates values in brackets only: here it ends a line"
        return Explained(
            Spot(broken.line, at + 1, 1), "P013", what, "delete it", {broken.line: text[:at] + text[at + 1 :]}
        )
    if last.line != broken.line or last.quote not in QUOTES or not re.match(r"\s*,\s*[\"']", text[end:]):
        return None
    whole = written_from(text, last.column, inside=False)
    bracketed = f"[{whole.rstrip(',')}]"
    mend = f"put them in brackets: {bracketed}" if len(bracketed) <= _LONGEST_SHOWN else "put them in brackets: [ … ]"
    mended = {broken.line: text[: last.column - 1] + bracketed + text[last.column - 1 + len(whole) :]}
    return Explained(Spot(broken.line, last.column, len(whole)), "P013", "several values stand here", mend, mended)
