"""The JSON schema, held to a validator that is not ours: editors must not underline what `check` accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orchestrator.playbook.load import read_text

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "playbook.schema.json").read_text(encoding="utf-8"))
PAGES = [ROOT / "README.md", ROOT / "docs" / "playbooks.md", *sorted((ROOT / "docs" / "rituals").glob("*.md"))]
WRITTEN = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "playbooks").glob("*.yaml"))} | {
    f"{page.stem} {number}": block
    for page in PAGES
    for number, block in enumerate(re.findall(r"```ya?ml\n(.*?)\n```", page.read_text(encoding="utf-8"), re.DOTALL))
    if block.startswith("playbook:")
}

BARE = """playbook: cercle
title: Cercle
community: cercle
language: fr
timezone: Europe/Paris
spaces:
  salon: {slack: "#salon"}
rituals:
  lundi: {when: chaque lundi à 9 h, where: salon, prompt: {ask: ["Quoi de neuf ?"]}}
"""


def mistakes(text: str) -> list[Any]:
    return list(Draft202012Validator(SCHEMA).iter_errors(read_text(text, "playbook.yaml").value))


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", WRITTEN)
def test_it_accepts_the_examples_and_what_the_pages_show(name: str) -> None:
    assert mistakes(WRITTEN[name]) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("playbook: cercle\n", ""),
        ("title:", "titel:"),
        ("language: fr", "language: de"),
        ("rituals:", "rituels:"),
        ("where: salon", "were: salon"),
        ("prompt: {ask", "prompt: {aks"),
        ("prompt: {", "steps: [], prompt: {"),
        ("{slack:", "{slak:"),
    ],
)
def test_it_refuses_what_an_editor_should_underline(right: str, wrong: str) -> None:
    assert mistakes(BARE) == []
    assert mistakes(BARE.replace(right, wrong))
