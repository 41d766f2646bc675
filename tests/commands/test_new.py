"""tertulia new: six answers and a playbook without a mistake."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import run
from orchestrator.commands import first_playbook, new, questionnaire
from orchestrator.commands.offers import offers
from orchestrator.commands.questionnaire import Answers
from orchestrator.errors import Refused
from orchestrator.playbook.load import load, load_text

SLACK, TELEGRAM = "https://lyon.slack.com/archives/C0123ABCD", "https://t.me/cercle_lyon"
FRENCH = ["fr tu", "Le Cercle à Lyon", f"{SLACK} {TELEGRAM}", "lundi 9h30", "tous", "alexis U012AB3CD, inès 99887766"]
ENGLISH = ["en", "The Circle", TELEGRAM, "tuesday 10:00", "none", ""]


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder on a machine that speaks French."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setenv("TZ", "Europe/Brussels")
    return tmp_path


def typed(lines: list[str], *words: str) -> Result:
    """Run it with these lines typed, then the end of what is typed."""
    return CliRunner().invoke(new.command, list(words), input="".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(("lines", "file"), [(FRENCH, "le-cercle-a-lyon.yaml"), (ENGLISH, "the-circle.yaml")])
def test_six_answers_make_a_playbook_without_a_mistake(lines: list[str], file: str, desk: Path) -> None:
    result = typed(lines)

    assert result.exit_code == 0, result.output
    loaded = load([desk / file])
    assert loaded.problems == []
    (playbook,) = loaded.playbooks
    assert (playbook.title, playbook.timezone) == (lines[1], "Europe/Brussels")
    assert [line.split("#")[0].split()[:2] for line in result.output.splitlines()[-3:-1]] == [
        ["tertulia", "preview"],
        ["tertulia", "rehearse"],
    ]


@pytest.mark.parametrize("voice", ["fr tu", "fr vous", "en"])
def test_every_ritual_on_offer_is_without_a_mistake_and_suits_every_voice(voice: str) -> None:
    answers = questionnaire.read_language(voice, Answers())
    answers = questionnaire.read_rituals("all", answers)
    answers = questionnaire.read_approvers("alexis U012AB3CD", answers)

    loaded = load_text(first_playbook.write(answers))
    assert loaded.problems == []
    assert {ritual.kind for ritual in loaded.playbooks[0].rituals.values()} == {"prompt", *offers(answers.language)}


@pytest.mark.parametrize("weekly", ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"])
def test_all_that_is_on_offer_fits_into_a_week_without_a_remark(weekly: str) -> None:
    chosen = Answers("fr", "tu", "Le Cercle", {"slack": "C0123ABCD"}, f"chaque {weekly} à 9h30", tuple(offers("fr")))
    whole = replace(chosen, approvers={"alexis": {"slack": "U012AB3CD"}}, timezone="Europe/Paris")
    loaded = load_text(first_playbook.write(whole), now=datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert (loaded.problems, loaded.notes) == ([], [])


def test_the_same_answers_can_be_options(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--language", "--name", "--places", "--weekly", "--rituals", "--approvers"]
    words = [word for pair in zip(options, FRENCH, strict=True) for word in pair]

    assert run(["new", "mine.yaml", "--timezone", "Europe/Paris", *words]) == 0
    assert load([desk / "mine.yaml"]).playbooks[0].timezone == "Europe/Paris"
    assert "1/6" not in capsys.readouterr().out


def test_a_mistyped_answer_is_asked_again_with_one_sentence() -> None:
    slips = ["klingon", *FRENCH[:3], "lundy à 9h30", "lundi à 23h", *FRENCH[3:]]
    result = typed(slips)

    assert result.exit_code == 0, result.output
    told = [line.strip() for line in result.output.splitlines() if " : " in line and not line[0].isdigit()]
    assert any("« klingon »" in line or '"klingon"' in line for line in told)
    assert any("lundy" in line for line in told)
    assert any("vos membres dorment" in line for line in told)


def test_nothing_is_overwritten(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "mine.yaml").write_text("mine", encoding="utf-8")

    assert run(["new", "mine.yaml"]) == 2
    assert (desk / "mine.yaml").read_text(encoding="utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("answered", range(6))
def test_leaving_early_leaves_nothing_behind(answered: int, desk: Path) -> None:
    result = typed(FRENCH[:answered])

    assert isinstance(result.exception, Refused) and "nothing was written" in result.exception.what
    assert list(desk.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("lundi à 9h30", "chaque lundi à 9h30"),
        ("lundi 9h", "chaque lundi à 9h"),
        ("chaque mardi à 18:00", "chaque mardi à 18:00"),
        ("toutes les 2 semaines le jeudi à 10h", "toutes les 2 semaines le jeudi à 10h"),
    ],
)
def test_a_day_and_an_hour_in_few_words(text: str, phrase: str) -> None:
    assert questionnaire.read_weekly(text, Answers(language="fr")).weekly == phrase


@pytest.mark.parametrize("text", ["", "demain", "lundi", "un membre arrive", "le 2026-12-24 à 18h"])
def test_what_does_not_come_back_is_no_weekly_moment(text: str) -> None:
    with pytest.raises(Refused):
        questionnaire.read_weekly(text, Answers(language="fr"))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (SLACK, {"slack": SLACK}),
        (f"{TELEGRAM}, {SLACK}", {"telegram": TELEGRAM, "slack": SLACK}),
        ("C0123ABCD -1001234567890", {"slack": "C0123ABCD", "telegram": "-1001234567890"}),
        ("@cercle_lyon", {"telegram": "@cercle_lyon"}),
    ],
)
def test_a_place_tells_its_platform(text: str, places: dict[str, str]) -> None:
    assert questionnaire.read_places(text, Answers()).places == places


@pytest.mark.parametrize("text", ["", "discord.gg/x", f"{SLACK} C0456DEFG", "#general"])
def test_a_place_that_tells_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        questionnaire.read_places(text, Answers())


def test_an_approver_may_be_on_both_platforms() -> None:
    found = questionnaire.read_approvers("Alexis U012AB3CD 99887766; Inès U045EF6GH", Answers()).approvers

    assert found == {"alexis": {"slack": "U012AB3CD", "telegram": "99887766"}, "inès": {"slack": "U045EF6GH"}}


@pytest.mark.parametrize("text", ["alexis", "U012AB3CD", "alexis, inès 99887766"])
def test_an_approver_without_an_id_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        questionnaire.read_approvers(text, Answers())
