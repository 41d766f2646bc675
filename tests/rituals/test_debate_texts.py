"""What is read of a debate in every voice, and the exact calls of every stage; golden/ holds both.

After a change that is meant: `python -m tests.rituals.test_debate_texts`, then read the difference aloud.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import adapters
from orchestrator.ports import Address, Edit, Notice, Post
from orchestrator.render import Renderer
from orchestrator.rituals import debate
from tests.render.samples import VOICES, playbook, ritual
from tests.rituals.debates import ended, model, scenes, tells

GOLDEN = Path(__file__).parent / "golden"
CODE = "0123456789abcdef"
PLACES = {1: ("slack", Address(place_ref="C0SALON")), 2: ("telegram", Address(place_ref="-1001"))}
MEMBER = {"slack": Address(member_ref="U0LEA"), "telegram": Address(member_ref="701")}
#: What turns a message that stands there into what it says now.
EDITED = (
    "before, closed",
    "before, called off",
    "after, closed",
    "invite, accepted",
    "invite, declined",
    "invite, silent",
)


def said(language: str, tone: str) -> Iterator[tuple[str, int | None, Post]]:
    """(what it is, its place or None for a member, what is sent)."""
    book = playbook(language, tone, signature="— Alexis")
    text = {"fr": "Il est temps.", "en": "It is time."}[language]
    held = ritual(kind="debate", model=model(language), text=text)
    for name, drafts in scenes(language):
        for draft in drafts:
            yield name, draft.place_id, Renderer().post(draft, book, held, CODE)


def page(language: str, tone: str) -> str:
    """All that members read, as the first place sees it."""
    texts = [(name, shown(post)) for name, place, post in said(language, tone) if place in (1, None)]
    book = playbook(language, tone)
    texts += [(name, str(Renderer().text(tell.template, book, tell.values))) for name, tell in tells(language)]
    return "\n".join(f"==== {name} ====\n\n{text}\n" for name, text in texts)


def shown(post: Post) -> str:
    return "\n\n".join([post.text, *(f"[{button.label}] {button.key}" for button in post.buttons)])


def calls() -> dict[str, Any]:
    """platform → what is said → the calls."""
    found: dict[str, Any] = {"slack": {}, "telegram": {}}
    for name, place, post in said("fr", "tu"):
        everywhere = [PLACES[place]] if place else [*MEMBER.items()]
        for platform, to in everywhere:
            found[platform].setdefault(name, []).extend(made(platform, to, post, name in EDITED))
    for name, tell in tells("fr"):
        text = str(Renderer().text(tell.template, playbook("fr", "tu"), tell.values))
        for platform in found:
            to = Address(
                place_ref="C0SALON" if platform == "slack" else "-1001", member_ref=MEMBER[platform].member_ref
            )
            found[platform][f"told: {name}"] = made(platform, to, Notice("42", text))
    return found


def made(platform: str, to: Address, act: Post | Notice, edited: bool = False) -> list[dict[str, Any]]:
    outbound: Any = adapters.part(platform, "outbound")
    if edited and isinstance(act, Post):
        act_now: Any = Edit("7", act.text, act.buttons)
        there = to if to.place_ref else Address(place_ref="D0LEA" if platform == "slack" else "701")
        return [{"method": call.method, "args": call.args} for call in outbound.calls(there, act_now, "k1")]
    return [{"method": call.method, "args": call.args} for call in outbound.calls(to, act, "k1")]


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_reads_as_it_was_last_read_aloud(language: str, tone: str) -> None:
    golden = GOLDEN / f"debate-{language}-{tone}.md"
    assert page(language, tone) == golden.read_text(encoding="utf-8")


def test_every_stage_is_exactly_these_calls() -> None:
    assert calls() == json.loads((GOLDEN / "debate.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_nothing_shouts_and_notices_fit_telegram(language: str, tone: str) -> None:
    for name, _, post in said(language, tone):
        assert "!" not in post.text.replace("<!channel", "").replace("\\!", ""), name
    for name, tell in tells(language):
        assert len(Renderer().text(tell.template, playbook(language, tone), tell.values)) <= 200, name


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ((0, 0, 1), (1,), ["2 pour, 1 contre", "une seule personne a voté"]),
        ((0,), (1, 1), ["une seule personne a voté", "0 pour, 2 contre"]),
        ((0,), (1,), []),
    ],
)
def test_a_vote_is_never_shown_alone(before: tuple[int, ...], after: tuple[int, ...], shown: list[str]) -> None:
    (draft, _) = debate.say(model(), "recap", ended("fr", before, after))
    text = Renderer().post(draft, playbook("fr", "tu"), ritual(kind="debate", model=model("fr")), CODE).text
    assert all(line in text for line in shown)
    assert shown or ("Avant" not in text and "Après" not in text)
    assert "1 pour, 0 contre" not in text and "0 pour, 1 contre" not in text


if __name__ == "__main__":
    for language, tone in VOICES:
        (GOLDEN / f"debate-{language}-{tone}.md").write_text(page(language, tone), encoding="utf-8")
    (GOLDEN / "debate.json").write_text(json.dumps(calls(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
