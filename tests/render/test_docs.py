"""docs/templates.md names every variable, template and filter, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.render import VARIABLES
from orchestrator.render.names import ALWAYS
from orchestrator.render.values import FILTERS

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def test_every_variable_is_explained() -> None:
    assert {*re.findall(r"^\| `\{\{ (\w+) \}\}`", PAGE, re.MULTILINE)} == ALWAYS


def test_every_template_is_listed_with_its_own_variables() -> None:
    rows = [row.split("|")[1:4] for row in PAGE.splitlines() if re.match(r"\| `\w+/\w+`", row)]
    listed = {
        name: {*re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", own))} - {"by"}  # (each `text`, `by`) is what is within
        for names, _, own in rows
        for name in re.findall(r"`(\w+/\w+)`", names)
    }
    assert listed == {name: {*known} - ALWAYS - {"by"} for name, known in VARIABLES.items() if name != "*"}


def test_every_filter_is_listed() -> None:
    listed = re.search(r"filters (.*?)\.\n", PAGE, re.DOTALL)
    assert listed and re.findall(r"`(\w+)`", listed[1]) == sorted({*FILTERS} - {"within"})
