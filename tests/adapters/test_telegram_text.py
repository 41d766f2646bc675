"""Our Markdown as Telegram's text and entities: formats, harmless words, lengths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram.text import MARK, MAX_ENTITIES, compose, plain
from adapters.telegram.words import GAP, cut, units
from orchestrator.render.markdown import escape
from tests.fakes import telegram_rules as rules


def shown(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """The text, and each entity as its kind and its words."""
    made = compose(markdown)
    raw = made.text.encode("utf-16-le")
    spans = [(e["type"], raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])]) for e in made.entities]
    return made.text, [(kind, words.decode("utf-16-le")) for kind, words in spans]


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("**gras** et *penché*", "gras et penché", [("bold", "gras"), ("italic", "penché")]),
        ("~~barré~~", "barré", [("strikethrough", "barré")]),
        ("`code *brut*`", "code *brut*", [("code", "code *brut*")]),
        ("# Titre\n\ntexte", "Titre\n\ntexte", [("bold", "Titre")]),
        ("un\ndeux  \ntrois", "un\ndeux\ntrois", []),
        ("> cité\n> **fort**", "cité\nfort", [("blockquote", "cité\nfort"), ("bold", "fort")]),
        ("> a\n>\n> > b", "a\n\nb", [("blockquote", "a\n\nb")]),
        ("- un\n- deux\n  1. a\n  2. b", "• un\n• deux\n   1. a\n   2. b", []),
        ("3. trois\n4. quatre", "3. trois\n4. quatre", []),
        ("```py\nx = 1\n```", "x = 1", [("pre", "x = 1")]),
        ("[le fil](https://x.fr/a?b=1&c=2)", "le fil", [("text_link", "le fil")]),
        ("<https://x.fr>", "https://x.fr", [("text_link", "https://x.fr")]),
        ("[Ana](member:42), bravo", "Ana, bravo", [("text_mention", "Ana")]),
        ("**a `b` c**", "a b c", [("bold", "a "), ("code", "b"), ("bold", " c")]),
        ("[a `b`](https://x.fr)", "a b", [("text_link", "a b")]),
        ("a\n\n---\n\nb", "a\n\n———\n\nb", []),
        ("👩‍👩‍👧 **👍🏽** שלום", "👩‍👩‍👧 👍🏽 שלום", [("bold", "👍🏽")]),
        ("שלום **עולם**", "שלום עולם", [("bold", "עולם")]),
        ("&lt;b&gt; <b>x", "<b> <b>x", []),
        ("![alt](https://x.fr/y.png)", "alt", []),
        ("  ", "", []),
    ],
)
def test_markdown_becomes_text_and_entities(markdown: str, text: str, entities: list[tuple[str, str]]) -> None:
    assert shown(markdown) == (text, entities)


def test_a_mention_names_a_whole_user() -> None:
    entity = compose("[Ana *L*](member:99887766)").entities[0]
    assert entity["user"] == {"id": 99887766, "is_bot": False, "first_name": "Ana L"}


@pytest.mark.parametrize("target", ["tg://user?id=1", "member:U123", "mailto:a@b.fr", "ftp://x", "//x.fr"])
def test_other_links_stay_words(target: str) -> None:
    assert shown(f"[ici](<{target}>)") == ("ici", [])


@pytest.mark.parametrize(
    "typed",
    [
        "@everyone",
        "va sur t.me/spam",
        "evil.com",
        "www.evil.com/x",
        "/stop",
        "(/start)",
        "tg://resolve?domain=x",
        "@a_b",
    ],
)
def test_what_telegram_would_find_by_itself_is_dead(typed: str) -> None:
    text = compose(typed).text
    assert rules.found(text) == []
    assert text.replace(GAP, "") == typed


@pytest.mark.parametrize("typed", ["https://zoom.us/j/1?pwd=a.b", "http://x.fr/@ana/t.me/y", "ecris@cercle.fr"])
def test_an_address_that_a_manager_typed_stays_as_it_is(typed: str) -> None:
    assert compose(f"Rendez-vous : {typed} !").text == f"Rendez-vous : {typed} !"


@pytest.mark.parametrize("said", ["https://evil.com", "HTTP://evil.com/x", "mail@evil.com", "@everyone", "t.me/x"])
def test_an_address_that_a_member_said_is_dead(said: str) -> None:
    text = compose(f"Ana : « {escape(said)} »").text
    assert rules.found(text) == []
    assert said not in text
    assert said in text.replace(GAP, "")


@pytest.mark.parametrize("usual", ["et/ou", "24/7", "3.14", "un mot.", "fin. Et", "à 9h30", "1,5 €", "C++", "50 %"])
def test_usual_writing_is_left_alone(usual: str) -> None:
    assert compose(usual).text == usual


def test_what_telegram_strips_is_not_counted() -> None:
    assert compose("a\u202eb\u2028c **d**").text == "abc d"
    assert compose("a\u202eb\u2028c **d**").entities[0]["offset"] == 4


# --- lengths


def test_a_text_of_exactly_4096_units_is_whole() -> None:
    assert compose("é" * 4096).text == "é" * 4096
    assert compose("👍" * 2048).text == "👍" * 2048


def test_a_longer_text_ends_with_a_visible_mark() -> None:
    assert compose("é" * 4097).text == "é" * 4095 + MARK


@pytest.mark.parametrize("sign", ["👩‍👩‍👧", "👍🏽", "🇫🇷", "é", "1️⃣", "𝕏"])
@pytest.mark.parametrize("before", range(4))
def test_a_visible_character_is_never_cut(sign: str, before: int) -> None:
    kept = compose("x" * before + sign * 4000).text.removesuffix(MARK)[before:]
    assert kept == sign * (len(kept) // len(sign))


def test_entities_end_where_the_text_was_cut() -> None:
    made = compose("**" + "a" * 5000 + "** [fin](https://x.fr)")
    assert made.entities == [{"type": "bold", "offset": 0, "length": 4095}]


def test_no_more_entities_than_telegram_reads() -> None:
    assert len(compose("**a** b " * 200).entities) == MAX_ENTITIES


def test_a_plain_line_is_short_and_without_marks() -> None:
    assert plain("**C'est** noté", 200) == "C'est noté"
    assert units(plain("👍" * 300, 200)) <= 200


# --- for any text

MARKUP = st.sampled_from(
    ["**", "*", "`", "~~", "[", "](https://x.fr)", "](member:4)", "\n\n", "\n", "> ", "- ", "1. ", "# ", "```", " "]
)
WRITING = st.lists(MARKUP | st.text(max_size=8), max_size=30).map("".join)


@given(WRITING)
@settings(max_examples=300, deadline=None)
def test_any_markdown_makes_what_telegram_accepts(markdown: str) -> None:
    made = compose(markdown)
    if made.text:
        rules.text({"text": made.text, "entities": made.entities})


LIVE = st.sampled_from(["@", "/", "t.me/", "evil.com", "https://", ":", "tg://", ".", " ", "a", "_", "ana@", "\n"])


@given(st.lists(LIVE | st.text(max_size=4), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_name_makes_anything_live(name: str) -> None:
    made = compose(f"Merci {escape(name)} !")
    assert made.entities == []
    assert rules.found(made.text) == []


@given(st.text(max_size=40), st.integers(0, 60))
def test_a_cut_fits_and_is_a_beginning(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert text.startswith(kept) and units(kept) <= limit
