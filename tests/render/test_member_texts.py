"""What members read when they say a word to us, in every voice; golden/member-*.md holds all of it.

After a change that is meant: `python -m tests.render.test_member_texts`, then read the difference aloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.render import Renderer
from orchestrator.rules import member_words
from tests.render.samples import VOICES, playbook
from tests.rituals.examples import MONDAY

GOLDEN = Path(__file__).parent / "golden"

NOBODY: dict[str, Any] = {
    "accounts": ["U7 (Slack)"],
    "contributions": 0,
    "since": "",
    "answers": 0,
    "ideas": 0,
    "badges": [],
    "segments": [],
    "silent": True,
    "praise": False,
}
SOMEBODY: dict[str, Any] = {
    "accounts": ["Nadia *B* (Slack)", "nadia (Telegram)"],
    "contributions": 12,
    "since": MONDAY,
    "answers": 2,
    "ideas": 1,
    "badges": ["ambassadeur", "pilier"],
    "segments": ["piliers"],
    "silent": False,
    "praise": True,
}

#: Each text with what it may be about.
CASES: dict[str, list[dict[str, Any]]] = {
    "member/help": [{"platform": "slack"}, {"platform": "telegram"}],
    "member/me": [NOBODY, SOMEBODY, {**SOMEBODY, "contributions": 1, "answers": 1, "ideas": 2, "badges": ["pilier"]}],
    "member/code": [{"code": "ACDEF-GHJKM", "minutes": 10}],
    "member/linked": [{"account": "Nadia *B*", "platform": "Slack"}],
    "member/forget": [{}],
}

WORDS = [
    "stopped",
    "started",
    "praise stopped",
    "praise started",
    "idea empty",
    "idea kept",
    "too often",
    "link host",
    "link one already",
    "link same platform",
    "link unknown",
    "link too often",
    "unlinked",
    "not linked",
    "forget me",
    "forget named",
    "forgotten",
    "erased",
    "export here",
    "export failed",
]


def all_texts(language: str, tone: str) -> Iterator[tuple[str, str]]:
    render, book = Renderer(), playbook(language, tone)
    for name, cases in CASES.items():
        for values in cases:
            yield name, str(render.text(name, book, values))
    yield "words", "\n".join(f"{word}: {render.word(word, book)}" for word in WORDS)


def page(language: str, tone: str) -> str:
    return "\n".join(f"==== {name} ====\n\n{text}\n" for name, text in all_texts(language, tone))


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_reads_as_it_was_last_read_aloud(language: str, tone: str) -> None:
    assert page(language, tone) == (GOLDEN / f"member-{language}-{tone}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_word_that_help_names_is_one_that_we_hear(language: str, tone: str) -> None:
    text = str(Renderer().text("member/help", playbook(language, tone), {"platform": "slack"}))
    named = text.split("**")[1::2]
    assert len(named) >= 7
    assert [word for word in named if member_words.read(word) is None] == []


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_the_button_that_confirms_fits_where_slack_puts_it(language: str, tone: str) -> None:
    assert len(Renderer().word("forget me", playbook(language, tone))) <= 24


if __name__ == "__main__":
    for voice in VOICES:
        (GOLDEN / f"member-{'-'.join(voice)}.md").write_text(page(*voice), encoding="utf-8")
