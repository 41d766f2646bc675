"""French punctuation gets its no-break spaces, and only French punctuation."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.render.typography import french

CASES = [
    ("Quel prix ?", "Quel prix\u202f?"),
    ("Quel prix?", "Quel prix\u202f?"),
    ("**Quel prix?**", "**Quel prix\u202f?**"),
    ("Bravo !", "Bravo\u202f!"),
    ("Quoi ?!", "Quoi\u202f?!"),
    ("un ; deux", "un\u202f; deux"),
    ("Voici : rien", "Voici\u00a0: rien"),
    ("« mot »", "«\u00a0mot\u00a0»"),
    ("«mot»", "«\u00a0mot\u00a0»"),
    ("20 % et 30 €", "20\u00a0% et 30\u00a0€"),
    ("à 9:30, :-) ou :", "à 9:30, :-) ou\u00a0:"),
    ("`a ? b : c`", "`a ? b : c`"),
    ("[ici](https://a.b/?q=1) !", "[ici](https://a.b/?q=1)\u202f!"),
    ("https://a.b/?q=1;x ?", "https://a.b/?q=1;x\u202f?"),
    ("<https://a.b/?>", "<https://a.b/?>"),
    ("&lt; rien", "&lt; rien"),
    ("une liste\n! point", "une liste\n! point"),
]


@pytest.mark.parametrize(("plain", "spaced"), CASES)
def test_spaces_hold_to_their_sign(plain: str, spaced: str) -> None:
    assert french(plain) == spaced


@example(" :»")
@given(st.text(st.sampled_from(list("ab ?!:;«»()`<>[]\n1%*\u00a0\u202f"))))
def test_twice_is_as_once(text: str) -> None:
    assert french(french(text)) == french(text)
