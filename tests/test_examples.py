"""The shipped examples are clean, varied, and say what they promise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.commands import sketch
from orchestrator.flow import moments
from orchestrator.playbook.load import load, read_text
from orchestrator.playbook.look import Texts
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shipped import shipped
from orchestrator.render import VARIABLES, Renderer, mistake_in, unknown_names
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.prompt import text_key

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
EXAMPLES = {playbook.playbook: playbook for playbook in load([shipped("playbooks")]).playbooks}
#: What these say is drawn from facts that only a real community has.
ABOUT_MEMBERS = {"nudge", "welcome", "shout_out", "relaunch"}
RITUALS = [
    (book.playbook, name)
    for book in EXAMPLES.values()
    for name, ritual in book.rituals.items()
    if ritual.kind not in ABOUT_MEMBERS
]
BANKS = sorted(shipped("playbooks").glob("banks/*/*.yaml"))


def questions_of(path: Path) -> dict[str, str]:
    value = read_text(path.read_text(encoding="utf-8"), path.name).value
    return {item["id"]: item["ask"] for item in value["questions"]}


def test_the_examples_load_without_a_mistake_or_a_remark() -> None:
    loaded = load([shipped("playbooks")], NOW, Texts(Renderer().has, mistake_in))
    assert (loaded.problems, loaded.notes, [*EXAMPLES]) == ([], [], ["cercle", "circle"])


@pytest.mark.parametrize("book", EXAMPLES.values(), ids=[*EXAMPLES])
def test_an_example_uses_every_kind_on_both_platforms_and_waits_for_a_join(book: Playbook) -> None:
    rituals = book.rituals.values()
    assert {ritual.kind for ritual in rituals} == {*KINDS}
    assert all({"slack", "telegram"} == {*book.spaces[space]} for ritual in rituals for space in ritual.where)
    assert any(moments.happenings(ritual) for ritual in rituals)
    assert {segment for ritual in rituals for segment in ritual.who} <= {*book.segments}


@pytest.mark.parametrize(("book", "name"), RITUALS)
def test_every_ritual_of_the_examples_speaks_in_every_place(book: str, name: str) -> None:
    playbook = EXAMPLES[book]
    scenes = sketch.scenes(playbook, playbook.rituals[name], Renderer(), NOW)
    spoken = [{message.where.platform for message in scene.messages} for scene in scenes if scene.messages]
    assert len(spoken) >= 2 and all(platforms == {"slack", "telegram"} for platforms in spoken)
    texts = [message.post.text for scene in scenes for message in scene.messages]
    assert all(len(text) < 1200 and "!" not in text.replace("\\!", "") for text in texts)


@pytest.mark.parametrize("book", EXAMPLES.values(), ids=[*EXAMPLES])
def test_an_example_never_has_more_posts_on_a_day_than_its_pace_allows(book: Playbook) -> None:
    days: dict[tuple[str, str], int] = {}
    for ritual in book.rituals.values():
        due = moments.following(book, ritual, NOW)
        while due is not None and due.at < NOW + timedelta(weeks=26):
            for space in ritual.where:
                days[due.local[:10], space] = days.get((due.local[:10], space), 0) + 1
            due = moments.following(book, ritual, due.at)
    assert max(days.values()) <= book.pace.posts_per_day


@pytest.mark.parametrize("path", BANKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_bank_holds_short_questions_each_with_an_id_of_its_own(path: Path) -> None:
    value = read_text(path.read_text(encoding="utf-8"), path.name).value
    asked = questions_of(path)
    assert (value["bank"], value["language"]) == (path.stem, path.parent.name)
    assert len(asked) == len(value["questions"]) == len({text_key(text) for text in asked.values()})
    for name, text in asked.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
        assert text.endswith("?") and 20 < len(text) <= 120, text
        assert mistake_in(text) is None and unknown_names(text, VARIABLES["*"]) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_language_has_at_least_sixty_questions(language: str) -> None:
    texts = {text_key(text) for path in BANKS if path.parent.name == language for text in questions_of(path).values()}
    assert len(texts) >= 60


@pytest.mark.parametrize("path", [path for path in BANKS if path.parent.name == "fr"], ids=lambda path: path.stem)
def test_french_questions_suit_tu_and_vous_alike(path: Path) -> None:
    for text in questions_of(path).values():
        assert not re.search(r"(?<!-)\b(tu|te|toi|ton|ta|tes|vous|votre|vos)\b|\bt’", text, re.IGNORECASE), text
        assert "'" not in text
