"""The shape of the house: budgets, and docs that can fail."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.cli import COMMANDS, MODULES
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.reasons import SENTENCES, Reason
from orchestrator.settings import Settings

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in ("orchestrator", "adapters", "workers")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name != "versions"  # a migration is written by a program: one table after another
)

#: Lines a file may have; the two that list one thing after another may be longer.
FILE_LINES = 300
LONGER = {"orchestrator/store/tables.py": 900, "orchestrator/playbook/schema.py": 400}
FUNCTION_LINES = 40
PARAMETERS = 6


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def read(path: str) -> str:
    return (ROOT / path).read_text()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_within_its_budget(path: Path) -> None:
    name = str(path.relative_to(ROOT))

    assert len(path.read_text().splitlines()) <= LONGER.get(name, FILE_LINES)
    for function in functions(path):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < FUNCTION_LINES, function.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()

    assert not text.strip() or ast.get_docstring(ast.parse(text))


def test_every_setting_is_documented() -> None:
    page = read("docs/settings.md")

    for name, field in Settings.model_fields.items():
        assert f"| `TERTULIA_{name.upper()}` |" in page
        assert field.description in page


def test_every_command_has_its_file_and_its_line_in_the_docs() -> None:
    page = read("docs/commands.md")

    for name in COMMANDS:
        assert (ROOT / "orchestrator/commands" / f"{MODULES.get(name, name)}.py").exists()
        assert f"`tertulia {name}" in page, name


def test_every_reason_has_a_sentence_and_is_explained() -> None:
    page = read("docs/why.md")

    for reason in Reason:
        assert reason in SENTENCES
        assert reason.value in page


def test_every_kind_has_its_page_and_its_templates() -> None:
    for name in KINDS:
        assert (ROOT / "docs/rituals" / f"{name}.md").exists()


def test_no_commit_names_a_machine_or_an_index() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = listed.stdout.splitlines()
    forbidden = ("/work/" + "main", "/root" + "/", "pypi" + ".org", "index" + "-url =")

    for name in tracked:
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        for word in forbidden:
            assert word.encode() not in data, f"{name} names {word}"
