"""A sheet of several texts: what is written on it is read from it, and what is unclear is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules import sheet

LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=30).filter(
    lambda line: not line.startswith("[") and line == line.strip()
)
TEXTS = st.lists(st.lists(LINES, min_size=1, max_size=3).map("\n".join), min_size=1, max_size=5)


@given(TEXTS)
def test_what_is_written_is_read(texts: list[str]) -> None:
    written = sheet.write([(f"membre {n}", text) for n, text in enumerate(texts)])

    assert sheet.read(written, [f"membre {n}" for n in range(len(texts))]) == dict(enumerate(texts))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[2] Karim\nBonjour", {1: "Bonjour"}),
        ("[2]\nBonjour\n\nà toi", {1: "Bonjour\n\nà toi"}),
        ("[2] Bonjour\nà toi", {1: "Bonjour\nà toi"}),
        ("  [1] Nadia\r\nun\r\n[2] Karim\r\ndeux", {0: "un", 1: "deux"}),
        ("[1] Nadia\n", {0: ""}),
        ("Bonjour", None),
        ("Bonjour\n[2] Karim\nBonjour", None),
        ("[3] Léa\nBonjour", None),
        ("[0]\nBonjour", None),
        ("[1] a\n[1] b", None),
        ("", None),
    ],
)
def test_of_several_texts_each_is_known_by_its_number(written: str, read: dict[int, str] | None) -> None:
    assert sheet.read(written, ["Nadia", "Karim"]) == read


@pytest.mark.parametrize("text", ["Bonjour", "[1] un\n\n[2] deux", "[note]: https://example.org"])
def test_a_single_text_is_the_sheet(text: str) -> None:
    assert sheet.write([("Nadia", text)]) == text
    assert sheet.read(text, ["Nadia"]) == {0: text}
