"""A moment is spelled as a host would write it, where the members live."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.render.dates import first, spell


@pytest.mark.parametrize(
    ("moment", "language", "zone", "words"),
    [
        (datetime(2026, 12, 2, 8, 30, tzinfo=UTC), "fr", "Europe/Paris", "mercredi 2 décembre à 9\u00a0h\u00a030"),
        (datetime(2026, 12, 2, 8, 0, tzinfo=UTC), "fr", "Europe/Paris", "mercredi 2 décembre à 9\u00a0h"),
        (datetime(2026, 11, 1, 11, 5, tzinfo=UTC), "fr", "UTC", "dimanche 1er novembre à 11\u00a0h\u00a005"),
        (datetime(2026, 12, 2, 9, 30, tzinfo=UTC), "en", "Europe/London", "Wednesday 2 December at 09:30"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "en", "Asia/Tokyo", "Friday 1 January at 08:30"),
    ],
)
def test_a_moment_is_spelled_in_the_language_and_zone(moment: datetime, language: str, zone: str, words: str) -> None:
    assert spell(moment, language, zone) == words


@pytest.mark.parametrize("day", ["mardi 1er décembre 2026", "dim. 1er août 2027", "lundi 11 janvier 2027", "le 21 mai"])
def test_french_says_premier_of_the_first_day_alone(day: str) -> None:
    assert first(day.replace("1er ", "1 ")) == day
