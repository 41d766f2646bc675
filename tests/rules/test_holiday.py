"""Public holidays: skipped, moved to the next working day at the same wall time, or held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules.holiday import check_country, holiday_name, next_working_day, settle
from orchestrator.rules.moments import Occurrence, Unreadable
from orchestrator.rules.schedule import occurrence_at

PARIS = ZoneInfo("Europe/Paris")


def on(text: str) -> Occurrence:
    wall = datetime.fromisoformat(text)
    return occurrence_at(wall.date(), wall.time(), PARIS)


@pytest.mark.parametrize(
    ("asked", "country", "settled"),
    [
        ("2026-11-30T09:30", "FR", "2026-11-30T09:30"),  # an ordinary Monday
        ("2026-12-25T09:30", "FR", "2026-12-28T09:30"),  # Christmas on a Friday: Monday
        ("2026-05-14T09:30", "FR", "2026-05-15T09:30"),  # Ascension on a Thursday: Friday
        ("2025-04-18T09:30", "DE", "2025-04-22T09:30"),  # Good Friday: over Easter Monday to Tuesday
        ("2025-04-18T09:30", "FR", "2025-04-18T09:30"),  # … which is none in France
        ("2025-04-18T09:30", "FR-57", "2025-04-22T09:30"),  # … but is one in Moselle
        ("2026-01-06T09:30", "DE-BY", "2026-01-07T09:30"),  # Epiphany in Bavaria
        ("2026-01-06T09:30", "DE-BE", "2026-01-06T09:30"),  # … and no holiday in Berlin
        ("2026-08-16T09:30", "FR", "2026-08-16T09:30"),  # a Sunday alone is no holiday
    ],
)
def test_next_working_day(asked: str, country: str, settled: str) -> None:
    assert settle(on(asked), country, PARIS, "next working day") == on(settled)


def test_a_moved_occurrence_keeps_its_wall_time_across_a_clock_change() -> None:
    # Good Friday 2024-03-29 in Germany; clocks went forward on Sunday the 31st; Tuesday follows Easter Monday
    moved = settle(on("2024-03-29T09:30"), "DE", PARIS, "next working day")
    assert moved == Occurrence("2024-04-02T09:30", datetime(2024, 4, 2, 7, 30, tzinfo=UTC))


def test_skip_holds_nothing_and_post_holds_it_all_the_same() -> None:
    christmas = on("2026-12-25T09:30")
    assert settle(christmas, "FR", PARIS, "skip") is None
    assert settle(christmas, "FR", PARIS, "post") == christmas


def test_without_a_country_no_day_is_a_holiday() -> None:
    christmas = on("2026-12-25T09:30")
    assert settle(christmas, None, PARIS, "skip") == settle(christmas, None, PARIS, "next working day") == christmas


def test_the_day_asked_for_counts_even_when_the_instant_is_on_another_utc_day() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    new_year = occurrence_at(date(2027, 1, 1), datetime(2027, 1, 1, 8).time(), tokyo)  # 2026-12-31T23:00Z
    assert settle(new_year, "JP", tokyo, "skip") is None


@pytest.mark.parametrize(
    ("day", "country", "name"),
    [
        (date(2026, 12, 25), "FR", "Noël"),
        (date(2026, 12, 25), "DE-BY", "Erster Weihnachtstag"),
        (date(2026, 12, 26), "FR", None),
        (date(2026, 7, 3), "US", "Independence Day (observed)"),
    ],
)
def test_a_holiday_has_its_name_in_the_country_s_language(day: date, country: str, name: str | None) -> None:
    assert holiday_name(day, country) == name


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.sampled_from(["FR", "DE-BY", "US", "CN", "MA"]))
def test_the_next_working_day_is_the_first_that_is_one(day: date, country: str) -> None:
    def works(one: date) -> bool:
        return one.weekday() < 5 and holiday_name(one, country) is None

    found = next_working_day(day, country)
    assert found is not None and found > day and works(found)
    assert not any(works(day + timedelta(days=n)) for n in range(1, (found - day).days))


@pytest.mark.parametrize(
    ("country", "mend"),
    [
        ("fr", 'did you mean "FR"?'),
        ("FRA", 'did you mean "FR"?'),
        ("MC-3", 'write "MC"'),
        ("DE-XX", "name one of its parts: BB, BE, BW, BY"),
        ("XX", "two letters"),
        ("", "two letters"),
    ],
)
def test_an_unknown_country_is_refused_with_a_mend(country: str, mend: str) -> None:
    with pytest.raises(Unreadable, match="not a country whose holidays we know") as refused:
        check_country(country)
    assert mend in refused.value.mend
