"""The page about polls shows a playbook without mistakes, and what its members really see."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestrator.commands.preview import command
from orchestrator.playbook.load import load_text
from orchestrator.playbook.wording import keys_of
from orchestrator.rituals import poll

FOLDER = Path(__file__).parents[2] / "docs" / "rituals"
PAGE = (FOLDER / "poll.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_example_has_no_mistake() -> None:
    loaded = load_text(EXAMPLE, "cercle.yaml", NOW)
    assert (loaded.problems, loaded.notes) == ([], [])


def test_the_picture_is_what_preview_draws(tmp_path: Path) -> None:
    file = tmp_path / "cercle.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    drawn = CliRunner().invoke(command, [str(file), "vote-du-mois", "--from", "2026-11-23T12:00:00Z"])
    picture = re.findall(r"```text\n(open .*?)```", PAGE, re.DOTALL)[0]
    assert drawn.exit_code == 0, drawn.output
    assert picture in drawn.output.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("key", keys_of(poll.Model))
def test_every_key_has_its_row(key: str) -> None:
    assert f"\n| `{key}` |" in PAGE


def test_every_picture_is_there() -> None:
    named = re.findall(r"\]\((\S+\.png)\)", PAGE)
    assert named and all((FOLDER / name).is_file() for name in named)
