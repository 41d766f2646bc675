"""The practice room speaks one language at a time, also when it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.console.words import ENGLISH, FRENCH, refusal

HERE = Path(__file__).parents[2] / "orchestrator"
RAISED = [
    sentence
    for file in (*sorted((HERE / "console").glob("*.py")), HERE / "flow" / "bring_forward.py")
    for sentence in re.findall(r'raise Refused\(f?"([^"]+)"', file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("sentence", RAISED)
def test_every_refusal_of_the_room_is_said_in_french(sentence: str) -> None:
    what = sentence.replace("{playbook}/{ritual}", "cercle/lundi")

    assert refusal(what, "fr") != what
    assert refusal(what, "en") == what


def test_a_refusal_names_the_ritual() -> None:
    assert refusal("cercle/lundi is not open", "fr") == "«\u00a0lundi\u00a0» n’est pas ouvert\u00a0: tenez-le d’abord."
    assert refusal('there is no ritual "cercle/lundi"', "fr") == "Le rituel «\u00a0lundi\u00a0» n’existe plus."


def test_both_languages_have_the_same_words() -> None:
    assert ENGLISH.keys() == FRENCH.keys()
