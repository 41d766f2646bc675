"""Finds mistakes in texts with {{ variables }} before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from orchestrator.playbook.braces import in_words
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.source import Source, Way
from orchestrator.rules.values import nearest, quoted

#: What a text of a playbook or a bank may use; `member` stands only in direct messages, which no kind writes yet.
VARIABLES = ("community", "space", "ritual", "question", "options", "closes_at", "answers", "hosts")
LONGEST = 12_000  # characters; a message holds about 4,000


def problems(source: Source, way: Way, text: str, look: Look) -> Iterator[Problem]:
    """What is wrong with a text's variables and signs, at the text."""
    if len(text) > LONGEST:
        what = f"this text has more than {LONGEST} characters"
        yield source.at_value(way, "P302", what, "shorten it: a message holds about 4000")
        return
    if "{" not in text:
        return
    mistake, names, parts = _read(text)
    if mistake:
        mend = "write {{ variable }} with two braces on each side, and {% if … %} … {% endif %}"
        yield source.at_value(way, "P302", f"this text cannot be filled in: {mistake}", mend)
    elif look.texts is not None and (refused := look.texts.mistake_in(text)):
        yield source.at_value(way, "P302", f"this text cannot be filled in: {refused[1]}", refused[2])
    for name, part in parts:
        if name in VARIABLES:
            what = f"{quoted(name)} is plain: it has no {quoted(part)}"
            yield source.at_value(way, "P301", what, f"write {{{{ {name} }}}}")
    for name in names:
        if name in VARIABLES:
            continue
        what = f"unknown variable {quoted(name)}"
        near = nearest(name, VARIABLES)
        mend = f'did you mean "{near}"?' if near else "take it out."
        if name == "member":
            what, mend = '"member" is known only in a message to one member', "take it out."
        yield source.at_value(way, "P301", what, f"{mend} A text may use: {', '.join(VARIABLES)}")


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """(what cannot be read or "", the variables looked up, those of which a part is asked with that part)."""
    from jinja2 import TemplateSyntaxError, meta, nodes  # 30 ms: only texts with a brace pay them
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        tree = ImmutableSandboxedEnvironment().parse(text)
        parts = {(one.node.name, one.attr) for one in tree.find_all(nodes.Getattr) if isinstance(one.node, nodes.Name)}
        return "", tuple(sorted(meta.find_undeclared_variables(tree))), tuple(sorted(parts))
    except TemplateSyntaxError as error:
        return in_words(error.message), (), ()
    except (RecursionError, SyntaxError, MemoryError, ValueError):
        return "it is nested too deeply", (), ()
