"""The two pages that managers read tell every key and every problem, and their examples are true."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.playbook import banks
from orchestrator.playbook.load import load_text, read_text
from orchestrator.playbook.look import Look
from orchestrator.playbook.schema import Approval, Hosts, OurShare, Pace, Playbook
from orchestrator.playbook.segments import Segment
from orchestrator.playbook.shape import written_keys
from orchestrator.playbook.variables import VARIABLES
from orchestrator.playbook.wording import keys_of
from orchestrator.render import VARIABLES as RENDERED
from orchestrator.rituals import prompt, steps
from orchestrator.rituals.kinds import NOT_YET

ROOT = Path(__file__).parents[2]
LANGUAGE = (ROOT / "docs" / "playbooks.md").read_text(encoding="utf-8")
PROBLEMS = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
GOLDEN = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "bad").glob("*.txt"))]
SOURCES = [
    *(ROOT / "orchestrator" / "playbook").glob("*.py"),
    *(ROOT / "orchestrator" / "rules" / name for name in ("choices.py", "values.py")),
]
CODES = sorted({code for path in SOURCES for code in re.findall(r'"([PN]\d{3})"', path.read_text(encoding="utf-8"))})
MODELS = (Playbook, Pace, OurShare, Hosts, Approval, Segment, prompt.Model)
KEYS = sorted(
    {key for model in MODELS for key in keys_of(model)}.union(
        set(written_keys()) - NOT_YET, steps.STEPS, banks.KEYS, banks.ITEM_KEYS
    )
    - {"required"}
)


@pytest.mark.parametrize("code", CODES)
def test_every_problem_has_its_section(code: str) -> None:
    assert f"\n## {code}\n" in PROBLEMS


def test_no_section_tells_of_a_problem_that_does_not_exist() -> None:
    assert re.findall(r"^## (\w+)$", PROBLEMS, re.MULTILINE) == sorted(CODES, key=lambda code: (code[0] == "N", code))


@pytest.mark.parametrize("printed", re.findall(r"```text\n(.*?)\n```", PROBLEMS, re.DOTALL), ids=lambda text: text[:30])
def test_what_a_section_shows_is_what_is_printed(printed: str) -> None:
    assert any(printed in golden for golden in GOLDEN)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_in_the_reference(key: str) -> None:
    assert re.search(rf"`{key}`|[`{{ ]{key}: ", LANGUAGE), key


def test_the_complete_example_has_no_mistake() -> None:
    example = re.findall(r"```yaml\n(.*?)```", LANGUAGE, re.DOTALL)[0]
    loaded = load_text(example, str(ROOT / "playbooks" / "example.yaml"), datetime(2026, 11, 23, tzinfo=UTC))

    assert (loaded.problems, loaded.notes) == ([], [])
    assert len(loaded.playbooks[0].rituals) == 3


def test_the_example_of_a_bank_has_no_mistake() -> None:
    example = re.findall(r"```yaml\n(.*?)```", LANGUAGE, re.DOTALL)[1]

    assert banks.read(read_text(example, "maison.yaml"), Look()).problems == []


def test_every_variable_is_told_and_known_to_the_renderer() -> None:
    assert set(VARIABLES) == RENDERED["*"]
    for name in VARIABLES:
        assert f"{{{{ {name} }}}}" in LANGUAGE
