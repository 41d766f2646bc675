"""Explains broken punctuation in the writer's words, and mends it in memory so that reading can go on."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.playbook import commas, layout, quoting
from orchestrator.playbook.broken import Break, Explain, Explained
from orchestrator.playbook.source import Spot

RULES: tuple[Explain, ...] = (  # from the surest to the vaguest
    layout.tab,
    layout.document_end,
    quoting.open_quote,
    commas.missing_comma,
    commas.comma_outside,
    quoting.after_quote,
    quoting.after_bracket,
    layout.bracket,
    layout.comma,
    layout.nothing_after,
    layout.glued_colon,
    layout.indentation,
    quoting.colon_inside,
    quoting.bad_start,
    layout.stray_bracket,
)


def explain(lines: Sequence[str], broken: Break) -> Explained:
    """The first explanation that fits."""
    for rule in RULES:
        explained = rule(lines, broken)
        if explained is not None:
            return explained
    line = min(broken.line, len(lines))
    return Explained(
        Spot(line, min(broken.column, len(lines[line - 1]) + 1), 1),
        "P019",
        "we cannot make sense of this line",
        "look at the colons, quotes, brackets and spaces of this line and the one above",
    )
