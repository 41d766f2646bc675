"""The JSON schema, held to a validator that is not ours: editors must not underline what `check` accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orchestrator.playbook.load import load_text, read_text

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


TYPED = {
    "approval: {}": ["requise", "aucune", "Requise", "oui", "non", "NONE", "{by: [alexis], within: 6 heures}"],
    "mention: {}": ["Everyone", "tout le monde", "Personne", "false"],
    "paused: {}": ["true", "Oui", "vrai", "OFF"],
    "on_holiday: {}": ["Prochain jour ouvré", "next  working day", "PUBLIER"],
    "if_unsure: {}": ["Renvoyer", "Hold"],
    "remind: Non, order: {}": ["À tour de rôle", "Dans l’ordre", "dans l'ordre"],
}


@pytest.mark.parametrize(("where", "word"), [(where, word) for where, words in TYPED.items() for word in words])
def test_it_takes_the_words_that_check_takes_in_any_language_and_with_any_capitals(where: str, word: str) -> None:
    written = where.format(word)
    hosts = "people: {alexis: {slack: U1}}\nhosts: {people: [alexis]}\n"
    text = BARE.replace("prompt: {", f"prompt: {{{written}, " if "remind" in where else f"{written}, prompt: {{")
    text = text.replace("spaces:", f"{hosts}spaces:")

    assert load_text(text).problems == []
    assert mistakes(text) == []


@pytest.mark.parametrize("line", ["tone: Tu", "tone: VOUVOIEMENT", "language: FR", "language: Français"])
def test_it_takes_capitals_at_the_top_too(line: str) -> None:
    text = BARE.replace("language: fr", line if line.startswith("language") else f"language: fr\n{line}")

    assert load_text(text).problems == []
    assert mistakes(text) == []


@pytest.mark.parametrize("kind", ["shout_out: {top: trois}", 'debate: {motion: "Oui ?", speakers: quatre}'])
def test_it_takes_small_numbers_in_words(kind: str) -> None:
    assert mistakes(BARE.replace('prompt: {ask: ["Quoi de neuf ?"]}', kind)) == []


@pytest.mark.parametrize("line", ["tone: toi", "approval: peut-être", "mention: true", "paused: parfois"])
def test_it_refuses_words_that_check_refuses(line: str) -> None:
    text = BARE + f"{line}\n" if line.startswith("tone") else BARE.replace("prompt: {", f"{line}, prompt: {{")

    assert load_text(text).problems
    assert mistakes(text)
