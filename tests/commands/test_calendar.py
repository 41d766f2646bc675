"""tertulia calendar: the table a manager reads, the rows a program reads, and how PLAYBOOK is understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli import run
from orchestrator.commands.calendar import WIDTH

CERCLE = """\
playbook: cercle
language: fr
timezone: Europe/Paris
holidays: FR
spaces:
  salon: {slack: C0123ABCD, telegram: -1001234567890}
  coulisses: {slack: C0456DEFG}
people:
  alexis: {slack: U012AB3CD}
hosts: {people: [alexis], space: coulisses}
rituals:
  question-du-lundi:
    when: chaque lundi à 9h30
    where: salon
    prompt: {ask: ["Quoi de neuf ?"], open_for: 2 jours}
  fete:
    when: le 2026-12-25 à 10h
    where: salon
    prompt: {ask: ["Quel cadeau ?"]}
  annonce:
    when: le 2026-12-22 à 10h
    where: salon
    approval: required
    steps: [{post: "Bonne année !"}]
  bienvenue:
    when: un membre arrive
    where: salon
    steps: [{post: "Bonjour !"}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one playbook, known through TERTULIA_PLAYBOOKS."""
    (tmp_path / "cercle.yaml").write_text(CERCLE, encoding="utf-8")
    monkeypatch.setenv("TERTULIA_PLAYBOOKS", str(tmp_path))
    return tmp_path


WEEK = ["--weeks", "1", "--from", "2026-12-21"]


@pytest.mark.usefixtures("folder")
def test_a_manager_reads_a_table_grouped_by_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calendar", *WEEK]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Monday 21 December 2026 (Europe/Paris)",
        "  09:30  question-du-lundi  post      salon      slack, telegram",
        "  10:00  annonce            approval  coulisses  ask 1 host in slack",
        "",
        "Tuesday 22 December 2026 (Europe/Paris)",
        "  10:00  annonce            s1        salon      slack, telegram, if a host approves",
        "",
        "Wednesday 23 December 2026 (Europe/Paris)",
        "  09:30  question-du-lundi  recap     salon      slack, telegram",
        "",
        "Friday 25 December 2026 (Europe/Paris)",
        "  10:00  fete               post      salon      skipped: holiday (Noël)",
        "",
        "Without a date: bienvenue (un membre arrive)",
        "Our share: up to 3 posts in salon within 7 days need 12 messages by people there, or all but 2 a week are",
        "skipped.",
    ]


@pytest.mark.usefixtures("folder")
def test_a_program_reads_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calendar", "cercle", "--json", *WEEK]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {
        "at": "2026-12-21T08:30:00Z",
        "local": "2026-12-21T09:30",
        "zone": "Europe/Paris",
        "playbook": "cercle",
        "ritual": "question-du-lundi",
        "kind": "prompt",
        "stage": "post",
        "space": "salon",
        "places": [
            {"connection": "slack", "place": "C0123ABCD"},
            {"connection": "telegram", "place": "-1001234567890"},
        ],
        "members": 0,
        "verdict": "post",
        "reason": None,
    }
    assert [(row["verdict"], row["reason"]) for row in rows] == [
        ("post", None),
        ("approval", "awaiting approval"),
        ("approval", "awaiting approval"),
        ("post", None),
        ("skip", "holiday"),
    ]


@pytest.mark.parametrize("name", ["cercle", "cercle.yaml", "."])
def test_a_name_a_file_and_a_folder_mean_the_playbook(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert run(["calendar", name, "--json", *WEEK]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 5


@pytest.mark.parametrize("name", ["cercle", "cercle.yaml", "./cercle.yaml"])
def test_a_playbook_that_is_not_shown_counts_in_the_places_it_shares(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = "[le 2026-12-21 à 8h, le 2026-12-21 à 9h]"
    ritual = f"  tot:\n    when: {at}\n    where: salon\n    steps: [{{post: Bonjour}}]\n"
    other = f"playbook: autre\ncommunity: cercle\nrituals:\n{ritual}"
    (folder / "autre.yaml").write_text(other, encoding="utf-8")
    (folder / "cercle.yaml").write_text(CERCLE + "community: cercle\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    assert run(["calendar", name, "--json", *WEEK]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["playbook"] for row in rows} == {"cercle"}
    assert (rows[0]["ritual"], rows[0]["reason"]) == ("question-du-lundi", "day full")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "sentence", "mend"),
    [
        (["circle"], 'there is no playbook "circle"', "did you mean cercle?"),
        (["xyz"], 'there is no playbook "xyz"', "give the path of its file, or one of: cercle"),
        (["there/is/none.yaml"], "there is no file or folder there/is/none.yaml", "correct the path"),
        (["--from", "soon"], '"soon" is not a date', "2026-11-30"),
        (["--weeks", "0"], "it takes a whole number from 1 to", "--help"),
    ],
)
def test_unusable_arguments_are_one_sentence(
    arguments: list[str], sentence: str, mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calendar", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and mend in said and len(said.splitlines()) == 2


def test_a_playbook_with_mistakes_shows_them_instead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = CERCLE.replace("chaque lundi", "chak lundi")
    (folder / "cercle.yaml").write_text(broken, encoding="utf-8")
    assert run(["calendar", *WEEK]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert '"chak lundi à 9h30" is not a moment we know' in told.err
    assert 'mend: did you mean "chaque lundi à 9h30"?' in told.err


def test_long_names_are_cut_and_several_playbooks_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = CERCLE.replace("cercle", "un-second-cercle").replace(
        "question-du-lundi", "une-question-" + "tres-" * 9 + "longue"
    )
    other = long.replace("salon", "une-salle-au-nom-interminable")
    (folder / "second.yaml").write_text(other, encoding="utf-8")
    assert run(["calendar", *WEEK]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("cercle/question-du-lundi" in line for line in lines)
    assert any("un-second-cercle/une-question-tres" in line and "…" in line for line in lines)
    assert max(len(line) for line in lines) <= WIDTH
