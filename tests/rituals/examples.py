"""Facts and answers for the rituals' tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.rituals.contract import Answered, Facts, Heard, PlaceFacts

MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
SLACK = PlaceFacts(1, "slack", "https://cercle.slack.com/archives/C1/p1", "salon")
TELEGRAM = PlaceFacts(2, "telegram", "https://t.me/cercle_salon/7", "salon")


def answered(member: int, text: str = "Oui.", **more: Any) -> Answered:
    facts: dict[str, Any] = {
        "said_at": MONDAY + timedelta(minutes=member),
        "place_id": 1,
        "platform": "slack",
        "first_name": f"Member{member}",
    }
    return Answered(member, text, **{**facts, **more})


def facts(*answers: Answered, **more: Any) -> Facts:
    known: dict[str, Any] = {
        "now": MONDAY,
        "due_at": MONDAY,
        "places": (SLACK, TELEGRAM),
        "question": {"id": "q1", "text": "Quel prix ?"},
        "active": 23,
    }
    return Facts(answers=answers, **{**known, **more})


def heard(by: Any = "thread", **more: Any) -> Heard:
    known: dict[str, Any] = {"member_id": 1, "text": "Oui.", "at": MONDAY + timedelta(hours=1), "by": by}
    return Heard(**{**known, **more})
