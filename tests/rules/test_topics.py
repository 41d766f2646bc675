"""Topics are met as whole words, however they are written, and short capitals only in capitals."""

from __future__ import annotations

import pytest

from orchestrator.rules.topics import MOST, met

TOPICS = ("prix", "recrutement", "levée de fonds", "IA", "trésorerie", "associés", "C++")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nos prix ont doublé", ["prix"]),
        ("PRIX, et la Trésorerie…", ["prix", "trésorerie"]),
        ("tresorerie tendue", ["trésorerie"]),
        ("les recrutements de l’été", ["recrutement"]),
        ("deux levées de fonds, une levée\nde fonds", ["levée de fonds"]),
        ("j’ia pas compris, via Maria", []),
        ("L’IA nous aide", ["IA"]),
        ("hors de prixx", []),
        ("deux associés", ["associés"]),
        ("du C++ !", ["C++"]),
        ("", []),
        (None, []),
    ],
)
def test_a_text_speaks_of_these_topics(text: str | None, found: list[str]) -> None:
    assert list(met(text, TOPICS)) == found


def test_no_more_than_eight_are_remembered_and_nothing_without_topics() -> None:
    many = [f"mot{n}a" for n in range(20)]

    assert list(met(" ".join(many), many)) == many[:MOST]
    assert met("prix", ()) == ()
    assert met("prix", (" ",)) == ()
