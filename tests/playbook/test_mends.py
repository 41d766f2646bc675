"""A mend that is followed to the letter mends: what it proposes reads, and reads as it was meant."""

from __future__ import annotations

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
