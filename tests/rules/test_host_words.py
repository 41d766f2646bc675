"""Hosts' words as people type them, in both languages, and the rituals that they name."""

from __future__ import annotations

import pytest

from orchestrator.rules.host_words import WORDS, Act, Said, named, read

PATHS = ["cercle/question-du-lundi", "cercle/vote_du_mois", "jardin/vote_du_jardin", "cercle/débat"]


@pytest.mark.parametrize(
    ("word", "rest", "said"),
    [
        ("pause", "", Said(Act.PAUSE)),
        ("PAUSE", " lundi ", Said(Act.PAUSE, "lundi")),
        ("reprendre", "lundi", Said(Act.RESUME, "lundi")),
        ("reprends", "lundi", Said(Act.TAKE_BACK, "lundi")),
        ("take", "back", Said(Act.TAKE_BACK)),
        ("take", "back cercle/lundi", Said(Act.TAKE_BACK, "cercle/lundi")),
        ("take_back", "", Said(Act.TAKE_BACK)),
        ("take-back", "", Said(Act.TAKE_BACK)),
        ("take", "it back", Said(Act.TAKE_BACK)),
        ("take_it_back", "lundi", Said(Act.TAKE_BACK, "lundi")),
        ("retire-le", "", Said(Act.TAKE_BACK)),
        ("retire", "le vote", Said(Act.TAKE_BACK, "le vote")),
        ("pourquoi", "« question du lundi » ?", Said(Act.WHY, "question du lundi")),
        ("suite", "", Said(Act.NEXT)),
        ("paused", "", None),
        ("take", "", None),
        ("takes", "back", None),
        ("idea", "pause", None),
        ("", "", None),
    ],
)
def test_a_word_is_read(word: str, rest: str, said: Said | None) -> None:
    assert read(word, rest) == said


def test_every_act_has_a_word_in_both_languages() -> None:
    assert {*WORDS.values()} == {*Act}
    for act in {*Act} - {Act.PAUSE}:
        assert sum(one is act for one in WORDS.values()) >= 2


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cercle/question-du-lundi", "cercle/question-du-lundi"),
        ("question du lundi", "cercle/question-du-lundi"),
        ("Question_du_Lundi", "cercle/question-du-lundi"),
        ("question", "cercle/question-du-lundi"),
        ("debat", "cercle/débat"),
        ("vote du m", "cercle/vote_du_mois"),
        ("vote", None),
        ("mardi", None),
        ("", None),
    ],
)
def test_a_ritual_is_named_as_people_say_it(name: str, path: str | None) -> None:
    assert named(name, PATHS) == path
