"""Local days, weeks and months agree with the calendar, whatever the zone does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rules.days import LocalDays, month_of, week_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Africa/Cairo", "UTC")


@given(st.sampled_from(ZONES), st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_the_local_day_is_the_date_on_the_wall(zone: str, moment: datetime) -> None:
    us = (moment - EPOCH) // timedelta(microseconds=1)
    day = LocalDays(zone)(us)
    assert date(1970, 1, 1) + timedelta(days=day) == moment.astimezone(ZoneInfo(zone)).date()


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_weeks_begin_on_monday_and_months_on_the_first(day: date) -> None:
    number = (day - date(1970, 1, 1)).days
    week, weekday = week_of(number)
    monday = day - timedelta(days=day.weekday())
    assert week == week_of((monday - date(1970, 1, 1)).days)[0]
    assert weekday == 1 << day.weekday()
    assert month_of(number) == (day.year * 12 + day.month - 1, 1 << (day.day - 1))


def test_a_moment_beyond_the_calendar_is_an_error() -> None:
    with pytest.raises(OverflowError):
        LocalDays("Europe/Paris")(2**62)
