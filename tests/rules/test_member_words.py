"""Words are known however they are written, in both languages, and talk is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules import codes
from orchestrator.rules.member_words import Said, Wish, read, read_command, yields


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aide", Said(Wish.HELP)),
        (" HELP ! ", Said(Wish.HELP)),
        ("« stop »", Said(Wish.STOP)),
        ("“Stop”,", Said(Wish.STOP)),
        ("\u200estop\u200b", Said(Wish.STOP)),
        ("aide ?", Said(Wish.HELP)),
        ("/stop", Said(Wish.STOP)),
        ("Stop praise", Said(Wish.NO_PRAISE)),
        ("sans éloge.", Said(Wish.NO_PRAISE)),
        ("SANS E\u0301LOGES", Said(Wish.NO_PRAISE)),
        ("avec éloge", Said(Wish.PRAISE)),
        ("moi", Said(Wish.ME)),
        ("moi aussi", None),
        ("lier", Said(Wish.LINK)),
        ("lier acdef ghjkm", Said(Wish.LINK, "acdef ghjkm")),
        ("link ACDEF-GHJKM", Said(Wish.LINK, "ACDEF-GHJKM")),
        ("link us to your site", None),
        ("délier", Said(Wish.UNLINK)),
        ("idée : un café\nle jeudi", Said(Wish.IDEA, "un café\nle jeudi")),
        ("idea", Said(Wish.IDEA)),
        ("Idée :", Said(Wish.IDEA)),
        ("ideally not", None),
        ("idées reçues", None),
        ("oublie-moi", Said(Wish.FORGET)),
        ("/oublie_moi", Said(Wish.FORGET)),
        ("Oubliez moi", Said(Wish.FORGET)),
        ("forget me not", None),
        ("mes_données", Said(Wish.EXPORT)),
        ("Mes Donnees", Said(Wish.EXPORT)),
        ("", None),
    ],
)
def test_a_whole_message_is_a_word_or_only_talk(text: str, said: Said | None) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
    ("word", "rest", "said"),
    [
        ("forget", "me", Said(Wish.FORGET)),
        ("stop", "praise", Said(Wish.NO_PRAISE)),
        ("stop", "please", Said(Wish.STOP)),
        ("link", "not a code", Said(Wish.LINK, "not a code")),
        ("idée", "", Said(Wish.IDEA)),
        ("idea", "more coffee", Said(Wish.IDEA, "more coffee")),
        ("weather", "", None),
        ("", "", None),
    ],
)
def test_a_command_is_known_by_its_first_word(word: str, rest: str, said: Said | None) -> None:
    assert read_command(word, rest) == said


def test_only_what_may_be_an_answer_lets_an_open_question_go_first() -> None:
    first = {wish for wish in Wish if not yields(Said(wish))}
    assert first == {Wish.STOP, Wish.START, Wish.NO_PRAISE, Wish.PRAISE, Wish.UNLINK, Wish.FORGET, Wish.EXPORT}
    assert not yields(Said(Wish.LINK, "ACDEF-GHJKM"))


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    for said in (read(text), read_command(text, text)):
        assert said is None or isinstance(said.wish, Wish)


@given(st.sampled_from([" ", "-", "", "–", "\u00a0"]), st.booleans())
def test_a_code_is_read_however_it_is_typed(between: str, small: bool) -> None:
    code = codes.new()
    typed = between.join(code.split("-"))
    assert codes.read(typed.lower() if small else typed) == code.replace("-", "")
    assert codes.digest(typed.lower()) == codes.digest(code)
    assert code not in codes.digest(code)


@pytest.mark.parametrize("text", ["", "ACDEF", "ACDEF-GHJKO", "ACDEF-GHJK1", "ACDEF-GHJKMN", "\u0410CDEF-GHJKM"])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert codes.read(text) is None
