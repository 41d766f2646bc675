"""What a recap tells of a run's answers: how many, the best few lines, and names only where they were said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.rituals.contract import Answered, Draft, Facts, PlaceFacts, Word, Written
from orchestrator.rituals.excerpt import excerpt

TEMPLATE = "prompt/recap"
EXCERPTS = 3
NAME = 40  # characters of a first name: platforms let a member write a novel there
ENOUGH = 2  # with fewer answers a recap would point at one person


def counted(facts: Facts) -> list[Answered]:
    """The answers that count: not by hosts, not after closing."""
    return [answer for answer in facts.answers if answer.counted and not answer.late]


def drafts(question: str, facts: Facts, more: Mapping[str, Any] | None = None) -> list[Draft]:
    """One recap per place; none at all with fewer than two answers."""
    answers = counted(facts)
    if len(answers) < ENOUGH:
        return []
    shown = {"question": Written(question), "answers": len(answers), "active": facts.active, **(more or {})}
    return [Draft(TEMPLATE, place.place_id, {**shown, **seen_from(place, answers)}) for place in facts.places]


def seen_from(place: PlaceFacts, answers: list[Answered]) -> dict[str, Any]:
    """A recap's space, link and excerpts as they may stand in that place."""
    with_text = [answer for answer in answers if answer.text.strip()]
    best = sorted(with_text, key=lambda answer: (-answer.reactions, answer.said_at, answer.member_id))[:EXCERPTS]
    excerpts = [{"text": excerpt(answer.text), "by": _by(answer, place)} for answer in best]
    return {"space": place.space, "link": place.link, "excerpts": excerpts}


def _by(answer: Answered, place: PlaceFacts) -> str:
    """The first name where it was said; elsewhere, or without consent, only where the member is."""
    if answer.place_id == place.place_id:
        return excerpt(answer.first_name or "", NAME) or Word("member")
    return Word(f"member on {answer.platform}")
