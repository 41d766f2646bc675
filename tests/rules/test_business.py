"""Hours pass on working days between nine and six; days pass as days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator.rules.business import hours_up

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("since", "after", "up"),
    [
        ("2026-11-23T10:00", timedelta(hours=4), "2026-11-23T14:00"),
        ("2026-11-23T16:00", timedelta(hours=4), "2026-11-24T11:00"),  # two today, two tomorrow
        ("2026-11-23T23:00", timedelta(hours=4), "2026-11-24T13:00"),
        ("2026-11-27T17:00", timedelta(hours=4), "2026-11-30T12:00"),  # over a weekend
        ("2026-11-23T14:00", timedelta(hours=4), "2026-11-23T18:00"),
        ("2026-12-24T17:00", timedelta(hours=4), "2026-12-28T12:00"),  # Christmas is a Friday
        ("2026-11-23T10:00", timedelta(days=2), "2026-11-25T10:00"),
        ("2026-11-26T22:00", timedelta(days=2), "2026-11-30T09:00"),  # a Saturday night waits for Monday
    ],
)
def test_the_hours_of_a_question_are_up(since: str, after: timedelta, up: str) -> None:
    assert hours_up(at(since), after, PARIS, "FR") == at(up).astimezone(UTC)
