"""`tertulia preview` shows what would be sent, and says plainly what it cannot show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator import cli
from orchestrator.commands import picture
from orchestrator.ports import Call

PLAYBOOK = """
playbook: essai
title: Le Cercle
language: fr
tone: tu
timezone: Europe/Paris
people: {alexis: {slack: U012AB3CD}}
spaces:
  salon: {slack: "https://cercle.slack.com/archives/C0123ABCD", telegram: "https://t.me/cercle_salon"}
  atelier: {telegram: "-1001234567890"}
hosts: {people: [alexis], space: salon}
rituals:
  question-du-lundi:
    when: chaque lundi à 9h30
    where: salon
    text: Bonjour **{{ community }}** !
    mention: tout le monde
    prompt: {ask: ["Quel prix as-tu augmenté ?"], remind: oui}
  pas:
    when: chaque mardi à 9h30
    where: atelier
    steps: [{post: Bonjour.}, {ask: "Et toi ?"}, {wait: 1 jour}, {recap: oui}, {give: {badge: élan}}]
"""
FROM = ["--from", "2026-11-23"]


@pytest.fixture
def essai(tmp_path: Path) -> str:
    path = tmp_path / "essai.yaml"
    path.write_text(PLAYBOOK, encoding="utf-8")
    return str(path)


def previewed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.run(["preview", *arguments]) == 0
    return capsys.readouterr().out


def calls_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in previewed(capsys, *arguments, "--calls").splitlines()]


def test_the_picture_shows_each_stage_in_each_place(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    golden = Path(__file__).parent / "golden" / "preview.txt"
    assert previewed(capsys, essai, "question-du-lundi", *FROM) == golden.read_text(encoding="utf-8")


def test_steps_are_named_by_what_they_do(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    drawn = previewed(capsys, essai, "pas", *FROM)
    headings = [line.split(" · ")[0] for line in drawn.splitlines() if line[:1] == "s"]
    assert headings == ["s1 post", "s2 ask", "s4 recap", "s5 give"]


def test_calls_are_what_the_platforms_would_get(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    calls = calls_of(capsys, essai, "question-du-lundi", *FROM)
    assert [(call["platform"], call["place"], call["stage"], call["method"]) for call in calls[:2]] == [
        ("slack", "C0123ABCD", "post", "chat.postMessage"),
        ("telegram", "@cercle_salon", "post", "sendMessage"),
    ]
    assert all({*call} == {"platform", "connection", "place", "stage", "method", "args"} for call in calls)
    assert calls[0]["args"]["channel"] == "C0123ABCD"
    assert calls[0]["args"]["text"].startswith("<!channel>\n\nBonjour *Le Cercle*\u202f!")
    assert calls[1]["args"]["text"].startswith("Bonjour Le Cercle\u202f!")
    assert [call["stage"] for call in calls] == [s for s in ("post", "reminder", "recap") for _ in range(2)]


def test_the_same_moment_gives_the_same_bytes(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    asked = (essai, "question-du-lundi", "--calls", *FROM)
    assert previewed(capsys, *asked) == previewed(capsys, *asked)


def test_a_day_off_is_passed_over_as_the_ritual_passes_it_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "fete.yaml"
    file.write_text(PLAYBOOK.replace("timezone:", "holidays: FR\ntimezone:"), encoding="utf-8")
    assert cli.run(["preview", str(file), "question-du-lundi", "--from", "2027-03-23", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stages"][1]["at"] == "2027-04-05T07:30:00Z"  # 29 March: Easter Monday


def test_a_look_back_counts_those_who_were_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["preview", "cercle", "des-nouvelles", *FROM]) == 0
    shown = capsys.readouterr().out
    assert "une semaine après" in shown and "aucun des 0" not in shown


def test_one_platform_alone(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    calls = calls_of(capsys, essai, "question-du-lundi", "--platform", "telegram", *FROM)
    assert {call["platform"] for call in calls} == {"telegram"}


def test_a_program_gets_facts(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    facts = json.loads(previewed(capsys, essai, "pas", "--json", *FROM))
    assert (facts["playbook"], facts["ritual"], facts["kind"]) == ("essai", "pas", "steps")
    assert facts["stages"][1]["at"] == "2026-11-24T08:30:00Z"
    assert facts["stages"][1]["messages"][0]["buttons"] == ["Répondre"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["question-du-mardi"], 'there is no ritual "question-du-mardi" in essai'),
        (["pas", "--platform", "slack"], "this ritual is not held on slack"),
        (["pas", "--platform", "discord"], "'discord' is not one of 'slack', 'telegram'"),
        (["pas", "--from", "demain"], '"demain" is not a date'),
        ([], "RITUAL is missing"),
    ],
)
def test_a_slip_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], essai: str, arguments: list[str], sentence: str
) -> None:
    assert cli.run(["preview", essai, *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and "mend: " in said


def test_a_telegram_picture_counts_letters_as_telegram_does() -> None:
    entities = [
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "text_link", "offset": 6, "length": 2, "url": "https://a.b"},
    ]
    drawn = list(picture.lines(Call("sendMessage", {"text": "👍 ça va", "entities": entities})))
    assert drawn == ["👍 \x1b[1mça\x1b[0m va (https://a.b)"]


def test_a_slack_picture_shows_links_signs_and_quotes() -> None:
    text = "*gras* a &lt; b <https://a.b|lien> <https://c.d>\n> " + "mot " * 30
    drawn = list(picture.lines(Call("chat.postMessage", {"blocks": [{"type": "section", "text": {"text": text}}]})))
    assert drawn[0] == "\x1b[1mgras\x1b[0m a < b lien (https://a.b) https://c.d"
    assert all(line.startswith("> ") for line in drawn[1:])


def test_a_message_to_members_is_shown_once_a_wording_and_platform(
    capsys: pytest.CaptureFixture[str], essai: str
) -> None:
    path = Path(essai)
    debate = '  debat: {when: chaque jeudi à 18h, where: salon, debate: {motion: "Faut-il publier ses prix ?"}}\n'
    path.write_text(PLAYBOOK + debate, encoding="utf-8")
    calls = calls_of(capsys, essai, "debat", *FROM)
    invited = [call for call in calls if call["stage"] == "invite"]
    assert [(call["platform"], call["place"], call["method"]) for call in invited] == [
        ("slack", None, "chat.postMessage"),
        ("telegram", None, "sendMessage"),
    ] * 2
    drawn = previewed(capsys, essai, "debat", *FROM)
    assert drawn.count("directly to a member") == 8 and "la parole est d’abord à" in drawn


def test_a_nudge_is_shown_once_whatever_name_signs_it_and_its_look_counts_whom_it_reached(
    capsys: pytest.CaptureFixture[str], essai: str
) -> None:
    nudge = "  pensee: {when: chaque mardi à 10h, nudge: {about: answers they received}}\n"
    Path(essai).write_text(f"{PLAYBOOK}{nudge}signature: Alexis et Inès\n", encoding="utf-8")
    drawn = previewed(capsys, essai, "pensee", *FROM)
    assert drawn.count("directly to a member") == 2
    assert "aucune des 5 personnes n’est encore revenue" in drawn


def test_who_could_answer_has_spoken_of_a_topic_of_the_playbook(capsys: pytest.CaptureFixture[str], essai: str) -> None:
    relaunch = "  relance: {when: question sans réponse depuis 4 heures, where: salon, relaunch: {ask: 2}}\n"
    Path(essai).write_text(f"{PLAYBOOK}{relaunch}topics: [prix, recrutement]\n", encoding="utf-8")
    assert "sur ce sujet (prix)" in " ".join(previewed(capsys, essai, "relance", *FROM).split())


def test_a_nudge_without_a_space_of_its_own_names_the_members_space(
    capsys: pytest.CaptureFixture[str], essai: str
) -> None:
    nudge = "  nouvelles: {when: chaque mardi à 11h, nudge: {about: les fils où ils étaient}}\n"
    own = PLAYBOOK.replace("atelier: {", "coulisses: {slack: C0456DEFG}\n  atelier: {").replace(
        "hosts: {people: [alexis], space: salon}", "hosts: {people: [alexis], space: coulisses}"
    )
    Path(essai).write_text(own + nudge, encoding="utf-8")

    drawn = previewed(capsys, essai, "nouvelles", *FROM)

    assert "Dans « salon »" in drawn.replace("\u00a0", " ")
    assert "aucune des 5 personnes n’est encore revenue" in drawn


@pytest.mark.parametrize(
    ("kind", "late"),
    [
        ("when: chaque lundi à 9h30, shout_out: {top: 3}", False),
        ("when: un membre arrive, welcome: {}", False),
        ('when: un membre arrive, welcome: {question: "Qui es-tu ?"}', True),
        ("when: question sans réponse depuis 4 heures, relaunch: {ask: 2}", False),
        ('when: chaque jeudi à 9h30, debate: {motion: "Oui ?"}', True),
    ],
)
def test_only_where_something_is_asked_are_later_answers_late(
    capsys: pytest.CaptureFixture[str], essai: str, kind: str, late: bool
) -> None:
    Path(essai).write_text(f"{PLAYBOOK}  autre: {{where: salon, {kind}}}\n", encoding="utf-8")

    drawn = previewed(capsys, essai, "autre", *FROM)

    assert "\n  nothing is posted" in drawn
    assert ("what is answered from here on is late" in drawn) == late
