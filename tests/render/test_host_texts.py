"""What hosts read in their space, in every voice; golden/hosts-*.md holds all of it.

After a change that is meant: `python -m tests.render.test_host_texts`, then read the difference aloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.playbook.shipped import shipped
from orchestrator.render import Ours, Renderer
from orchestrator.rules.reasons import Reason
from tests.render.samples import VOICES, playbook
from tests.rituals.examples import MONDAY

GOLDEN = Path(__file__).parent / "golden"
SAID = (shipped("templates") / "en" / "hosts" / "said.md.j2").read_text(encoding="utf-8")

WORD = (shipped("templates") / "en" / "hosts" / "word.md.j2").read_text(encoding="utf-8")

COMING = [
    {"ritual": "question du lundi", "when": MONDAY, "paused": True, "asked": False},
    {"ritual": "vote", "when": MONDAY, "paused": False, "asked": True},
    {"ritual": "débat", "when": MONDAY, "paused": False, "asked": False},
]
ONE = [{"number": 0, "label": "", "text": Ours("**Quel prix ?**\n\nEn une phrase.")}]
TWO = [{"number": n, "label": who, "text": Ours(f"Texte {n}")} for n, who in ((1, "Nadia"), (2, "Karim_B"))]
PEOPLE = [
    {"name": "Nadia", "why": Ours("3 réponses"), "left_out": False},
    {"name": "Karim_B", "why": "", "left_out": True},
]
ABOUT: dict[str, Any] = {
    "ritual": "question du lundi",
    "when": MONDAY,
    "until": MONDAY,
    "by": "Inès *",
    "places": "salon, jardin",
    "place": "salon",
    "direct": 0,
    "messages": ONE,
    "more": False,
    "people": [],
    "left_out": [],
    "minutes": 0,
    "names": ["Inès", "Alexis"],
}

#: Each text with what it may be about.
CASES: dict[str, list[dict[str, Any]]] = {
    "hosts/asked": [
        {"by": ""},
        {"by": "Inès *", "messages": TWO, "more": True},
        {"by": "", "places": "", "direct": 2, "messages": TWO, "people": PEOPLE},
        {"by": "", "direct": 1},
        {"by": "", "messages": [], "more": True},
    ],
    "hosts/page": [{"messages": TWO}],
    "hosts/replaced": [{}, {"by": ""}],
    "hosts/dropped": [{"settled": False}, {"settled": True}],
    "hosts/approved": [{}, {"left_out": ["Karim_B", "Léa"]}],
    "hosts/posted": [{"minutes": 10}, {"left_out": ["Karim_B"]}],
    "hosts/refused": [{}],
    "hosts/expired": [{}],
    "hosts/removed": [{}],
    "hosts/unsure": [{}],
    "hosts/unanswered": [{"runs": 1}, {"runs": 3}],
    "hosts/word": [{"what": what} for what in re.findall(r'what == "([^"]+)"', WORD)],
    "hosts/next": [{"coming": COMING}, {"coming": []}],
    "hosts/why": [
        {"outcome": "", "reason": ""},
        {"outcome": "", "reason": "", "when": ""},
        {"outcome": "stopped", "reason": "refused"},
        {"outcome": "stopped", "reason": "refused", "by": ""},
        {"outcome": "made", "reason": "", "until": ""},
        {"outcome": "made", "reason": ""},
        *({"outcome": "skipped", "reason": str(reason)} for reason in Reason),
    ],
    "hosts/said": [{"what": what} for what in re.findall(r'what == "([^"]+)"', SAID)],
}


def all_texts(language: str, tone: str) -> Iterator[tuple[str, str]]:
    render, book = Renderer(), playbook(language, tone)
    for name, cases in CASES.items():
        for values in cases:
            told = ", ".join(str(value) if key in ("what", "reason") else key for key, value in values.items())
            yield f"{name} {told}".strip(), str(render.text(name, book, {**ABOUT, **values}))


def page(language: str, tone: str) -> str:
    return "\n".join(f"==== {name} ====\n\n{text}\n" for name, text in all_texts(language, tone))


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_reads_as_it_was_last_read_aloud(language: str, tone: str) -> None:
    assert page(language, tone) == (GOLDEN / f"hosts-{language}-{tone}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_says_something(language: str, tone: str) -> None:
    assert [name for name, text in all_texts(language, tone) if not text.strip()] == []


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_an_answer_to_a_press_fits_where_telegram_shows_it(language: str, tone: str) -> None:
    for name, text in all_texts(language, tone):
        if name.startswith("hosts/said"):
            assert len(text) <= 200, name  # answerCallbackQuery


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_labels_fit_where_slack_puts_them(language: str, tone: str) -> None:
    render, book = Renderer(), playbook(language, tone)
    for word in ("approve", "approve direct", "skip", "skip direct", "edit", "edit title", "edit submit", "take back"):
        assert len(render.word(word, book)) <= 24


if __name__ == "__main__":
    for voice in VOICES:
        (GOLDEN / f"hosts-{'-'.join(voice)}.md").write_text(page(*voice), encoding="utf-8")
