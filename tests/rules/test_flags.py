"""Flags tell what a message is, in French and in English, without keeping it."""

import pytest

from orchestrator.rules.flags import LINK, QUESTION, THANKS, flags_of


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (None, 0),
        ("", 0),
        ("Bonjour à tous", 0),
        ("Qui vient demain ?", QUESTION),
        ("Who is in?!", QUESTION),
        ("« Faut-il publier ses prix ? »", QUESTION),
        ("Really?\n", QUESTION),
        ("Pourquoi ? Parce que.", 0),
        ("Merci Inès !", THANKS),
        ("je te remercie", THANKS),
        ("Merciii !", THANKS),
        ("Mille mercis.", THANKS),
        ("Bravo !", THANKS),
        ("Manon, merci beaucoup !", THANKS),
        ("Sinon merci", THANKS),
        ("Bruno, thanks!", THANKS),
        ("Je précise : c’est pour un commercial.", 0),
        ("Notre directrice commerciale", 0),
        ("No thanks, that did not help", 0),
        ("Non merci", 0),
        ("Quelle bravoure", 0),
        ("thx", THANKS),
        ("Thank you — see https://example.org", THANKS | LINK),
        ("https://example.org/a?b", LINK),
        ("Merci, tu as un lien ? ", THANKS | QUESTION),
    ],
)
def test_a_text_has_its_flags(text: str | None, flags: int) -> None:
    assert flags_of(text) == flags
