"""Every mistake of a collection prints exactly what stands beside it; GOLDEN=write renews what is printed."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.playbook.load import load
from orchestrator.playbook.look import Texts
from orchestrator.playbook.problems import show
from orchestrator.render import Renderer, mistake_in

BAD = Path(__file__).parent / "bad"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CASES = sorted([*BAD.glob("*.yaml"), *(path for path in BAD.iterdir() if path.is_dir() and path.name != "banks")])


def printed(case: Path) -> str:
    """All that is printed about a file or a folder."""
    loaded = load([Path(case.name)], NOW, Texts(Renderer().has, mistake_in))
    return "\n".join(show(problem) + "\n" for problem in [*loaded.problems, *loaded.notes]) or "nothing to mend\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_prints_what_was_agreed(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    golden = BAD / f"{case.stem}.txt"
    now = printed(case)
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(now, encoding="utf-8")

    assert now == golden.read_text(encoding="utf-8")


def test_every_golden_text_belongs_to_a_mistake() -> None:
    assert {path.stem for path in BAD.glob("*.txt")} == {case.stem for case in CASES}


def test_what_is_called_fine_is_fine_and_nothing_else_is() -> None:
    for golden in BAD.glob("*.txt"):
        text = golden.read_text(encoding="utf-8")
        assert (text == "nothing to mend\n") == golden.stem.endswith("-is-fine"), golden.stem
        assert ("[P" not in text) == golden.stem.startswith("note-") or golden.stem.endswith("-is-fine"), golden.stem


def test_nothing_printed_speaks_like_a_parser() -> None:
    words = re.compile(r"\b(node|mapping|scalar|sequence|validation|pydantic|extra inputs|token|dict|NoneType)\b", re.I)
    for golden in BAD.glob("*.txt"):
        assert not words.search(golden.read_text(encoding="utf-8")), golden.stem
