"""Reading playbooks: YAML 1.2 scalars, places, caps, communities, banks, and the way back from storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.errors import Refused
from orchestrator.playbook.load import Loaded, from_body, load, load_text, read_text
from orchestrator.playbook.source import Spot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SMALL = """\
playbook: cercle
language: fr
timezone: Europe/Paris
spaces:
  salon: {slack: C0123ABCD, telegram: -1001234567890}
rituals:
  lundi:
    when: chaque lundi à 9h30
    where: salon
    prompt: {ask: ["Quoi de neuf ?"], open_for: 2 jours}
"""
SECOND = """\
playbook: suite
community: cercle
rituals:
  mardi:
    when: chaque mardi à 9h30
    where: salon
    steps: [{post: Bonjour}]
"""


def codes(loaded: Loaded) -> list[tuple[str, int, int]]:
    """(code, line, column) of each problem."""
    return [(problem.code, problem.line, problem.column) for problem in loaded.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("9:30", "9:30"),
        ("09:30", "09:30"),
        ("12:00", "12:00"),
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", True),
        ("True", "True"),
        ("010", "010"),
        ("10", 10),
        ("-1001234567890", -1001234567890),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("0x1F", "0x1F"),
        ("null", "null"),
        ("~", "~"),
        ("2026-11-30", "2026-11-30"),
        ("'true'", "true"),
        ('"10"', "10"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_only_true_false_and_whole_numbers_are_more_than_text(written: str, value: object) -> None:
    assert read_text(f"key: {written}\n", "x.yaml").value == {"key": value}


def test_every_key_and_value_has_its_place_in_characters() -> None:
    source = read_text("é: {ü: 'ça', b: [1, deux]}\n# remark\nlist:\n- x\n-   y z\n", "x.yaml")

    assert source.keys[("é",)] == Spot(1, 1, 1)
    assert source.values[("é",)] == Spot(1, 4, 23)
    assert source.values[("é", "ü")] == Spot(1, 8, 4)
    assert source.values[("é", "b", 1)] == Spot(1, 21, 4)
    assert source.values[("list", 1)] == Spot(5, 5, 3)


def test_a_small_playbook_is_complete_with_its_defaults() -> None:
    loaded = load_text(SMALL)

    assert loaded.problems == []
    (playbook,) = loaded.playbooks
    ritual = playbook.rituals["lundi"]
    assert (playbook.title, playbook.community, playbook.tone) == ("cercle", "cercle", "vous")
    assert playbook.spaces["salon"]["telegram"] == "-1001234567890"
    assert (ritual.kind, ritual.when, ritual.where) == ("prompt", ["chaque lundi à 9h30"], ["salon"])
    assert (ritual.on_missed, ritual.on_holiday, ritual.if_unsure) == (timedelta(hours=2), "skip", "send again")
    assert not ritual.approval.required
    assert ritual.model.open_for == timedelta(days=2)
    assert [question.text for question in ritual.model.questions] == ["Quoi de neuf ?"]


def test_mentioning_everyone_asks_for_approval_and_never_sends_twice() -> None:
    mentions = SMALL.replace("where: salon", "where: salon\n    mention: tout le monde")
    people = "people: {alexis: {slack: U1}}\nhosts: {people: [alexis]}\n"
    ritual = load_text(people + mentions).playbooks[0].rituals["lundi"]

    assert (ritual.mention, ritual.approval.required, ritual.if_unsure) == ("everyone", True, "hold")
    assert [p.code for p in load_text(mentions).problems] == ["P101"]
    assert load_text(mentions.replace("mention:", "approval: none\n    mention:")).problems == []


def test_a_stored_playbook_comes_back_equal() -> None:
    full = SMALL.replace(
        "    where",
        "    approval: {by: [alexis], within: 6 heures}\n    on_missed: skip\n"
        "    on_holiday: prochain jour ouvré\n    where",
    )
    people = "people: {alexis: {slack: U1}}\npace: {quiet_hours: none, posts: 3 par jour}\n"
    segments = "segments:\n  a: {any_of: [{joined: 30 jours}, {not: {badge: b}}]}\n"
    (playbook,) = load_text(people + segments + full).playbooks

    assert from_body(playbook.model_dump_json()) == playbook
    assert playbook.rituals["lundi"].on_missed is None
    assert playbook.pace.quiet_hours is None


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.encode())

    assert load([tmp_path / "a.yaml"]).problems == []


def test_windows_line_ends_are_no_mistake_and_keep_the_places() -> None:
    bad = SMALL.replace("9h30", "9h3").replace("\n", "\r\n")

    assert codes(load_text(bad)) == [("P203", 8, 11)]


def test_a_file_over_the_cap_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL + "# " + "x" * 256 * 1024)

    assert codes(load([tmp_path / "a.yaml"])) == [("P003", 1, 1)]
    assert codes(load_text(SMALL + "# " + "x" * 256 * 1024)) == [("P003", 1, 1)]


def test_aliases_are_refused_without_being_followed() -> None:
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    bomb = "a: &a [x, x]\n" + "".join(f"{after}: &{after} [*{one}, *{one}]\n" for one, after in pairs)
    loaded = load_text(bomb)

    assert {code for code, _, _ in codes(loaded)} >= {"P010"}
    assert codes(loaded)[0] == ("P010", 1, 4)


def test_a_folder_means_its_playbooks_and_not_its_banks(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(SECOND)
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "notes.txt").write_text("not a playbook")
    (tmp_path / "banks").mkdir()
    (tmp_path / "banks" / "x.yaml").write_text("bank: x\nquestions: []\n")

    loaded = load([tmp_path])

    assert (loaded.problems, [p.playbook for p in loaded.playbooks]) == ([], ["cercle", "suite"])


def test_files_of_a_community_share_their_keys(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SECOND)

    first, second = load([tmp_path]).playbooks

    assert second.timezone == first.timezone == "Europe/Paris"
    assert second.spaces == first.spaces
    assert second.community == first.community == "cercle"


def test_one_file_of_a_community_finds_what_stands_in_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL.replace("chaque lundi", "every moonday"))
    (tmp_path / "b.yaml").write_text(SECOND)

    loaded = load([tmp_path / "b.yaml"])

    assert (loaded.problems, [p.playbook for p in loaded.playbooks]) == ([], ["suite"])


def test_what_a_whole_community_lacks_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL.replace("timezone: Europe/Paris\n", ""))
    (tmp_path / "b.yaml").write_text(SECOND)

    assert [(p.file, p.code) for p in load([tmp_path]).problems] == [(str(tmp_path / "a.yaml"), "P101")]


def test_one_mistake_keeps_its_whole_community_back_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SECOND.replace("chaque mardi", "chaque mardii"))
    (tmp_path / "c.yaml").write_text(SMALL.replace("cercle", "autre"))

    assert [p.playbook for p in load([tmp_path]).playbooks] == ["autre"]


def test_a_bank_beside_the_playbook_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "banks").mkdir()
    (tmp_path / "banks" / "fondateurs.yaml").write_text(
        'bank: fondateurs\nquestions: [{id: un, ask: "Et toi ?"}, Quoi ?]\n'
    )
    (tmp_path / "a.yaml").write_text(SMALL.replace('ask: ["Quoi de neuf ?"]', "bank: fondateurs"))

    questions = load([tmp_path]).playbooks[0].rituals["lundi"].model.questions

    assert (questions[0].id, questions[0].text) == ("un", "Et toi ?")
    assert len(questions) == 2


def test_the_shipped_bank_of_the_playbooks_language_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL.replace('ask: ["Quoi de neuf ?"]', "bank: fondateurs"))

    assert len(load([tmp_path]).playbooks[0].rituals["lundi"].model.questions) >= 60


def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="does not exist"):
        load([Path("/nowhere/at/all.yaml")])


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()

    assert [p.code for p in load([tmp_path]).problems] == ["P001"]


def test_remarks_never_keep_a_playbook_back() -> None:
    loaded = load_text(SMALL.replace("chaque lundi à", "le 31 du mois à"), now=NOW)

    assert [note.code for note in loaded.notes] == ["N502"]
    assert len(loaded.playbooks) == 1


@pytest.mark.parametrize("word", ["nobody", "none", "no", "non", "false", "personne", "aucun", "Personne", '"no"'])
def test_whoever_mentions_nobody_is_asked_for_no_host(word: str) -> None:
    ritual = load_text(f"{SMALL}    mention: {word}\n").playbooks[0].rituals["lundi"]

    assert (ritual.mention, ritual.approval.required, ritual.if_unsure) == (None, False, "send again")


@pytest.mark.parametrize("word", ["true", "oui", "on", "yes", "nobody at all", "nobdy", "tous les membres"])
def test_no_mention_is_guessed_that_may_be_the_opposite(word: str) -> None:
    (problem,) = load_text(f"{SMALL}    mention: {word}\n").problems

    assert problem.mend == "write everyone, or nobody (then the line can go too)"
