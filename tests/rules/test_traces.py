"""A person's traces go out of a text, and everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules.traces import Instead, Traces, numbers_only, scrubbed, without

WHO = Traces(
    refs=frozenset({"U7"}),
    names=frozenset({"Nadia Benali"}),
    first_names=frozenset({"Nadia"}),
    sayings=frozenset({"oui", "Vingt euros, pas un de plus"}),
)
INSTEAD = Instead("un membre", "(effacé)")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Merci à Nadia, à Paul.", "Merci à un membre, à Paul."),
        ("Nadia Benali et Nadiane", "un membre et Nadiane"),
        ("Bravo [Nadia B.](member:U7) !", "Bravo un membre !"),
        ("Bravo [Paul](member:U71) !", "Bravo [Paul](member:U71) !"),
        ("> Vingt euros, pas un de plus — Nadia", "> (effacé) — un membre"),
        ("On a dit : Vingt euros, pas un de plus.", "On a dit : (effacé)."),
        ("> oui — Paul\n\nMais oui, bien sûr.", "> (effacé) — Paul\n\nMais oui, bien sûr."),
        ("> Vingt euros, pas un… — Nadia", "> (effacé) — un membre"),
        ("> Vingt euros, pas un sou de moins — Paul", "> Vingt euros, pas un sou de moins — Paul"),
        ("> Vingt euros, pas du tout…", "> Vingt euros, pas du tout…"),
        ("Rien de tout cela.", "Rien de tout cela."),
    ],
)
def test_names_mentions_and_sayings_are_replaced(text: str, left: str) -> None:
    assert without(text, WHO, INSTEAD) == left


def test_where_they_had_no_part_only_a_whole_name_is_theirs() -> None:
    assert without("Nadia Benali, Nadia, oui", WHO.strangers(), INSTEAD) == "un membre, Nadia, oui"


def test_plain_values_lose_texts_and_keep_numbers_and_codes() -> None:
    facts = {"why": "Vingt euros, pas un de plus", "side": "for", "n": 3, "yes": True, "who": ["Nadia", 4]}
    assert scrubbed(facts, WHO, INSTEAD) == {"why": "", "side": "for", "n": 3, "yes": True, "who": ["un membre", 4]}
    assert numbers_only(facts) == {"side": "for", "n": 3, "yes": True, "who": [4]}


@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_nothing_is_done_to_a_text_without_them_and_it_never_fails(text: str, name: str, saying: str) -> None:
    traces = Traces(names=frozenset({name}), sayings=frozenset({saying}))
    left = without(text, traces, INSTEAD)
    assert left == text or name in text or saying in text
