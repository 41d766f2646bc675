"""A mend that is followed to the letter mends: what it proposes reads, and reads as it was meant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from orchestrator.playbook.load import load_text, read_text

HEAD = "playbook: cercle\nlanguage: fr\ntimezone: Europe/Paris\n"
RITUAL = "rituals:\n  lundi:\n    when: chaque lundi à 9h30\n    where: salon\n"
SPACES = "spaces:\n  salon: {slack: C0123ABCD}\n"
Followed = tuple[str, str, str]  # what was written, the mend, what stands there once it was followed


def under(ritual: str) -> str:
    """A playbook with one ritual that does what is written."""
    return f"{HEAD}{SPACES}{RITUAL}    {ritual}\n"


def follow(text: str, steps: Sequence[Followed]) -> Any:
    """Each step's mend is the first that is printed; with all followed nothing is left. Gives what then reads."""
    for written, mend, mended in steps:
        assert written in text
        assert load_text(text).problems[0].mend == mend
        text = text.replace(written, mended, 1)
    assert load_text(text).problems == []
    return read_text(text, "playbook.yaml").value


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_comma_behind_a_text_in_quotes(quote: str) -> None:
    text = under(f"prompt: {{ask: {quote}Ça va ?{quote} open_for: 2 jours}}")
    value = follow(text, [(" open_for:", 'write ", open_for:"', ", open_for:")])

    assert value["rituals"]["lundi"]["prompt"] == {"ask": "Ça va ?", "open_for": "2 jours"}


def test_commas_between_options_and_behind_their_bracket() -> None:
    text = under('poll: {question: "Quel sujet ?" options: ["Prix" "IA" "RH"] open_for: 2 jours}')
    steps = [
        (" options:", 'write ", options:"', ", options:"),
        ('"IA"', "put a comma before it", ', "IA"'),
        ('"RH"', "put a comma before it", ', "RH"'),
        (" open_for:", 'write ", open_for:"', ", open_for:"),
    ]

    assert follow(text, steps)["rituals"]["lundi"]["poll"]["options"] == ["Prix", "IA", "RH"]


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ('"Le Cercle" des fondateurs', "'\"Le Cercle\" des fondateurs'"),
        ('"Le Cercle", le vrai', "'\"Le Cercle\", le vrai'"),
        ("'Le Cercle' des fondateurs", "\"'Le Cercle' des fondateurs\""),
        ('"L\'atelier" des fondateurs', '"\\"L\'atelier\\" des fondateurs"'),
    ],
)
def test_a_text_that_begins_with_quoted_words_keeps_them(written: str, mended: str) -> None:
    text = f"{HEAD}title: {written}\n{SPACES}{RITUAL}    prompt: {{ask: x}}\n"
    value = follow(text, [(written, f"write it in quotes: {mended}", mended)])

    assert value["title"] == written


def test_options_with_a_number_sign_keep_it() -> None:
    text = under('poll: {question: "Quel sujet ?", options: [Prix #1, Prix #2]}')
    steps = [(option, f'write it in quotes: "{option}"', f'"{option}"') for option in ("Prix #1", "Prix #2")]

    assert follow(text, steps)["rituals"]["lundi"]["poll"]["options"] == ["Prix #1", "Prix #2"]


@pytest.mark.parametrize(
    "written", ["salon: {slack: C0123ABCD},", "where: [salon],", 'ask: "Ça va ?",', 'ask: ["Ça va ?", "Et toi ?"],']
)
def test_a_comma_at_the_end_of_a_line_goes(written: str) -> None:
    text = under('prompt:\n      ask: "Ça va ?"\n      open_for: 2 jours')
    key = written.split(":")[0]
    line = next(line for line in text.splitlines() if line.strip().startswith(key + ":"))
    text = text.replace(line.strip(), written)

    follow(text, [(written, "delete it", written.rstrip(","))])


def test_several_texts_in_quotes_get_their_brackets() -> None:
    written, mended = '"Ça va ?", "Et toi ?"', '["Ça va ?", "Et toi ?"]'
    value = follow(under(f"prompt:\n      ask: {written}"), [(written, f"put them in brackets: {mended}", mended)])

    assert value["rituals"]["lundi"]["prompt"]["ask"] == ["Ça va ?", "Et toi ?"]


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("“Prix, coût ou marge ?”", '"Prix, coût ou marge ?"'),
        ("“Prix : coût”", '"Prix : coût"'),
        ("„Preis, Kosten?“", '"Preis, Kosten?"'),
        ("‘C’est l’heure ?’", '"C’est l’heure ?"'),
        ("“Prix” ou “coût” ?", '"“Prix” ou “coût” ?"'),
        ('“Il a dit "oui"”', r'"Il a dit \"oui\""'),
        ("“Jamais fermé", '"Jamais fermé"'),
    ],
)
@pytest.mark.parametrize("around", ["{{ask: {}}}", "{{ask: [{}, b]}}", "\n      ask: {}", "\n      ask:\n        - {}"])
def test_curly_quotes_become_straight(around: str, written: str, mended: str) -> None:
    text = under(f"prompt: {around.format(written)}")
    asked = follow(text, [(written, f"write it in straight quotes: {mended}", mended)])["rituals"]["lundi"]["prompt"][
        "ask"
    ]

    assert json.loads(mended) in (asked, asked[0])


def test_guillemets_and_quoted_phrases_are_fine() -> None:
    text = under("prompt: {ask: [« Prix », Le “vrai” prix]}").replace("chaque lundi à 9h30", "“chaque lundi à 9h30”")

    assert follow(text, [])["rituals"]["lundi"]["prompt"]["ask"] == ["« Prix »", "Le “vrai” prix"]


def test_curly_quotes_hide_no_other_mistake_of_the_line() -> None:
    text = f"titre: “Le Cercle”\n{under('prompt: {ask: x}')}"

    assert [problem.code for problem in load_text(text).problems] == ["P102", "P020"]


@pytest.mark.parametrize(("written", "shown"), [("! Ça va ?", '"! Ça va ?"'), ('! "Ça va ?"', r'"! \"Ça va ?\""')])
@pytest.mark.parametrize("around", ["{{ask: {}}}", "{{ask: [{}, b]}}", "\n      ask: {}"])
def test_an_exclamation_mark_on_its_own_is_not_dropped(around: str, written: str, shown: str) -> None:
    text = under(f"prompt: {around.format(written)}")
    asked = follow(text, [(written, f"write it in quotes: {shown}", shown)])["rituals"]["lundi"]["prompt"]["ask"]

    assert written in (asked, asked[0])


@pytest.mark.parametrize("indent", [1, 2])
def test_keys_beside_their_name_move_under_it(indent: int) -> None:
    keys = ["when: chaque lundi à 9h30", "where: salon", "prompt:", "  ask: Ça va ?"]
    rest = "  mardi:\n    when: chaque mardi à 9h\n    where: salon\n    prompt: {ask: x}\n"
    written, mended = ("".join(" " * by + key + "\n" for key in keys) for by in (indent, 4))
    mend = f'move this line and the 3 below it {4 - indent} spaces to the right, under "lundi:"'
    value = follow(f"{HEAD}{SPACES}rituals:\n  lundi:\n{written}{rest}", [(written, mend, mended)])

    assert value["rituals"]["lundi"]["prompt"] == {"ask": "Ça va ?"}
    assert list(value["rituals"]) == ["lundi", "mardi"]


def test_keys_beside_their_name_hide_no_other_mistake() -> None:
    text = f"{HEAD}{SPACES}rituals:\n  lundi:\n  when: chaque lundi à 9h30\n  where: salo\n  prompt: {{aks: x}}\n"

    assert [(one.code, one.line, one.column) for one in load_text(text).problems] == [
        ("P014", 8, 3),
        ("P303", 9, 10),
        ("P102", 10, 12),
    ]


@pytest.mark.parametrize("key", ["when", "where"])
def test_the_only_item_of_a_list_needs_no_dash(key: str) -> None:
    text = under("prompt: {ask: x}").replace(f"{key}: ", f"{key}: - ")

    follow(text, [(f"{key}: - ", f'take the dash out, or put it on a line of its own, under "{key}:"', f"{key}: ")])


def test_several_items_begin_below_their_key() -> None:
    text = under("prompt:\n      ask: - Un\n           - Deux")
    asked = follow(text, [("ask: - Un", 'put it on a line of its own, under "ask:"', "ask:\n           - Un")])

    assert asked["rituals"]["lundi"]["prompt"]["ask"] == ["Un", "Deux"]


@pytest.mark.parametrize(
    "written", ["salon, coulisses", "salon coulisses", "salon et coulisses", "'salon / coulisses'"]
)
def test_several_spaces_get_their_brackets(written: str) -> None:
    text = under("prompt: {ask: x}").replace(SPACES, f"{SPACES}  coulisses: {{slack: C0456DEFG}}\n")
    mended = "[salon, coulisses]"
    text = text.replace("where: salon", f"where: {written}")
    value = follow(text, [(written, f"write several in brackets: {mended}", mended)])

    assert value["rituals"]["lundi"]["where"] == ["salon", "coulisses"]


def test_several_topics_get_their_brackets() -> None:
    written, mended = "prix, levée de fonds", "[prix, levée de fonds]"
    text = f"topics: {written}\n{under('prompt: {ask: x}')}"

    assert follow(text, [(written, f"write several in brackets: {mended}", mended)])["topics"] == [
        "prix",
        "levée de fonds",
    ]
