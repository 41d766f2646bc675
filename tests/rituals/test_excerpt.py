"""An excerpt is one short line that ends where a reader would end it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rituals.excerpt import LIMIT, excerpt


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Deux\nlignes  et demie", 40, "Deux lignes et demie"),
        ("On a doublé le prix, personne n'est parti", 24, "On a doublé le prix…"),
        ("anticonstitutionnellement", 10, "anticonst…"),
        ("👩‍👩‍👧" * 3, 8, "👩‍👩‍👧…"),
        ("🇫🇷🇧🇪🇨🇭", 5, "🇫🇷🇧🇪…"),
        ("👍🏽👍🏽👍🏽", 4, "👍🏽…"),
        ("ẹ́" * 6, 5, "ẹ́ẹ́…"),
        ("क्षक्षक्ष", 5, "क्ष…"),
        ("a" + "\u0301" * 300, 20, "…"),
        ("", 20, ""),
        ("Quel\u00a0prix\u202f?", 20, "Quel\u00a0prix\u202f?"),
    ],
)
def test_a_cut_falls_between_words_or_visible_characters(text: str, limit: int, short: str) -> None:
    assert excerpt(text, limit) == unicodedata.normalize("NFC", short)


@given(st.text(max_size=400))
def test_an_excerpt_is_one_line_within_the_limit_and_begins_as_the_text_does(text: str) -> None:
    short = excerpt(text)
    assert len(short) <= LIMIT
    assert "\n" not in short
    whole = excerpt(text, 10_000)
    assert whole.split() == unicodedata.normalize("NFC", text).split()
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))
