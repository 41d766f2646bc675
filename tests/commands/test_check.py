"""tertulia check: what a program reads, what a person reads, and the exit status; tertulia schema beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import run
from orchestrator.commands.schema import text

ROOT = Path(__file__).parents[2]
GOOD = """\
playbook: cercle
title: Le Cercle
language: fr
timezone: Europe/Paris
holidays: FR
spaces:
  salon: {slack: C0123ABCD}
rituals:
  lundi:
    when: chaque lundi à 9h30
    where: salon
    prompt: {ask: ["Quoi de neuf ?"]}
  bienvenue:
    when: un membre arrive
    where: salon
    steps: [{post: Bonjour}]
  fini:
    when: le 2020-01-06 à 9h30
    where: salon
    paused: oui
    steps: [{post: Bonjour}]
"""
FROM = ["--from", "2027-03-22"]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "cercle.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and the one line of JSON."""
    status = run(["check", "--json", *arguments])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return status, json.loads(out)


def test_a_program_reads_problems_notes_and_the_next_three_instants(
    good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, facts = found(capsys, str(good), *FROM)

    assert status == 0
    assert facts["problems"] == []
    assert [(note["code"], note["line"], note["column"]) for note in facts["notes"]] == [("N501", 18, 11)]
    # Easter Monday, 29 March 2027, is left out; so is the hour that the clocks skip on the 28th.
    assert facts["rituals"] == [
        {
            "playbook": "cercle",
            "ritual": "lundi",
            "kind": "prompt",
            "next": ["2027-03-22T08:30:00Z", "2027-04-05T07:30:00Z", "2027-04-12T07:30:00Z"],
        },
        {"playbook": "cercle", "ritual": "bienvenue", "kind": "steps", "next": []},
        {"playbook": "cercle", "ritual": "fini", "kind": "steps", "next": []},
    ]


def test_a_mistake_gives_its_place_and_exit_status_1(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good.write_text(GOOD.replace("chaque lundi à 9h30", "evry monday at 9h30"), encoding="utf-8")

    status, facts = found(capsys, str(good), *FROM)

    assert status == 1
    assert facts["rituals"] == []
    assert facts["problems"] == [
        {
            "file": str(good),
            "line": 10,
            "column": 11,
            "code": "P203",
            "what": '"evry monday at 9h30" is not a moment we know',
            "mend": 'did you mean "every monday at 9h30"?',
        }
    ]


def test_a_person_reads_the_agenda_in_the_playbooks_own_time(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(good), *FROM]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[-6:] == [
        "Le Cercle (cercle), times in Europe/Paris",
        "  lundi      lun. 22 mars 2027 à 09:30, lun. 5 avr. 2027 à 09:30, lun. 12 avr. 2027 à 09:30",
        "  bienvenue  whenever: un membre arrive",
        "  fini       paused; else never again: its dates lie in the past",
        "",
        "No mistakes, 1 remark, 3 rituals in 1 playbook ready.",
    ]


def test_a_person_reads_every_mistake_and_their_number(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good.write_text(GOOD.replace("Europe/Paris", "Europe/Pari").replace("prompt:", "promt:"), encoding="utf-8")

    assert run(["check", str(good), *FROM]) == 1

    out = capsys.readouterr().out
    assert f"{good}:4:11:" in out
    assert f"{good}:12:5:" in out
    assert out.splitlines()[-1] == "2 mistakes, 1 remark."


def test_without_a_path_the_known_folder_is_checked(
    good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERTULIA_PLAYBOOKS", str(good.parent))
    assert [ritual["ritual"] for ritual in found(capsys)[1]["rituals"]] == ["lundi", "bienvenue", "fini"]

    monkeypatch.delenv("TERTULIA_PLAYBOOKS")
    assert {ritual["playbook"] for ritual in found(capsys)[1]["rituals"]} == {"cercle", "circle"}


@pytest.mark.parametrize("arguments", [["nowhere.yaml"], ["--from", "yesterday"], ["--jsn"]])
def test_an_unusable_argument_is_one_sentence_and_exit_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", *arguments]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tertulia: ")
    assert len(said.err.splitlines()) <= 2


def test_a_folder_without_a_playbook_is_an_unusable_argument(tmp_path: Path) -> None:
    assert run(["check", str(tmp_path)]) == 2


def test_the_kept_schema_is_the_printed_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0

    assert capsys.readouterr().out == text() == (ROOT / "docs" / "playbook.schema.json").read_text(encoding="utf-8")
