"""The pages about the rituals show playbooks without mistakes, every key, and pictures that are there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.playbook.load import load_text
from orchestrator.playbook.wording import keys_of
from orchestrator.rituals.kinds import KINDS

FOLDER = Path(__file__).parents[2] / "docs" / "rituals"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGES = {name: FOLDER / f"{name}.md" for name in ("welcome", "nudge", "shout_out", "relaunch", "debate")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_page(kind: str) -> None:
    assert (FOLDER / f"{kind}.md").is_file()


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_example_has_no_mistake(page: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    loaded = load_text(example, "cercle.yaml", NOW)
    assert loaded.problems == []


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind in PAGES for key in keys_of(KINDS[kind].Model)])
def test_every_key_has_its_row(kind: str, key: str) -> None:
    assert f"\n| `{key}` |" in PAGES[kind].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_picture_and_page_that_it_leads_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "![" in text
    assert all((FOLDER / name).resolve().is_file() for name in re.findall(r"\]\((?!http)([^)#]+)\)", text))
