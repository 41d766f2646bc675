"""Occurrences: every clock change of 2025–2028 against a clock looked at by the minute, patterns against a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.rules.schedule import Once, Recurring, occurrences, parse, swapped
from orchestrator.rules.zone import local_day, read_zone
from tests.rules.clockwork import DAY, MINUTE, WallClock, changing_zones, quarters, walls

PARIS = ZoneInfo("Europe/Paris")


def at(phrase: str, zone: str, start: str, count: int = 3) -> list[str]:
    found = occurrences([parse(phrase)], ZoneInfo(zone), datetime.fromisoformat(start))
    return [f"{one.at:%Y-%m-%dT%H:%MZ}" for one in islice(found, count)]


def test_the_second_opinion_sees_the_changes_that_the_papers_announced() -> None:
    seen = {(zone, f"{at:%Y-%m-%dT%H:%M}") for zone, instants in changing_zones().items() for at in instants}
    assert {
        ("Australia/LHI", "2026-10-03T15:30"),
        ("Africa/Ceuta", "2026-03-29T01:00"),
        ("Asia/Beirut", "2026-03-28T22:00"),
        ("Africa/Cairo", "2026-04-23T22:00"),
        ("America/Adak", "2028-11-05T11:00"),
    } <= seen
    assert len(changing_zones()) >= 25


def test_every_quarter_of_an_hour_happens_once_a_day_around_every_clock_change_of_2025_to_2028() -> None:
    for name, instants in changing_zones().items():
        zone = ZoneInfo(name)
        for change in instants:
            check_around(change, zone)


def check_around(change: datetime, zone: ZoneInfo) -> None:
    clock = WallClock(zone, change - 3 * DAY, change + 3 * DAY)
    first = change.astimezone(zone).date() - DAY
    for quarter in quarters():
        rule = Recurring("day", quarter)
        expected = [(f"{wall:%Y-%m-%dT%H:%M}", clock.first(wall)) for wall in walls(rule, first, 3)]
        start = expected[0][1]
        found = islice(occurrences([rule], zone, start), 3)
        assert [(one.local, one.at) for one in found] == expected, (zone, quarter)


@pytest.mark.parametrize(
    ("phrase", "zone", "start", "expected"),
    [
        # spring: 02:30 is missing, so it happens at 03:00; the days around keep 02:30
        ("every day at 02:30", "Europe/Paris", "2026-03-28T00:00Z", ["2026-03-28T01:30Z", "2026-03-29T01:00Z"]),
        # autumn: 02:30 comes twice; the first is at 00:30 UTC
        ("every day at 02:30", "Europe/Paris", "2026-10-25T00:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        # started between the two 02:30 of that night: not again
        ("every day at 02:30", "Europe/Paris", "2026-10-25T00:31Z", ["2026-10-26T01:30Z"]),
        # half an hour of change: 02:15 is missing, 02:30 is not
        ("every day at 02:15", "Australia/Lord_Howe", "2026-10-03T15:00Z", ["2026-10-03T15:30Z"]),
        ("every day at 02:30", "Australia/Lord_Howe", "2026-10-03T15:00Z", ["2026-10-03T15:30Z"]),
        # midnight is missing
        ("every day at 00:00", "America/Santiago", "2026-09-05T12:00Z", ["2026-09-06T04:00Z"]),
        ("every day at 00:30", "Africa/Cairo", "2026-04-23T12:00Z", ["2026-04-23T22:00Z"]),
        ("every day at 00:00", "Asia/Beirut", "2026-03-28T12:00Z", ["2026-03-28T22:00Z"]),
        # a day skipped by the date line: at the first minute of the next
        ("on 2011-12-30 at 09:30", "Pacific/Apia", "2011-12-01T00:00Z", ["2011-12-30T10:00Z"]),
        ("on 2026-12-24 at 18:00", "Europe/Paris", "2026-12-24T17:00Z", ["2026-12-24T17:00Z"]),
        ("on 2026-12-24 at 18:00", "Europe/Paris", "2026-12-24T17:00:00.5Z", []),
        ("every monday at 9h30", "Europe/Paris", "2026-11-23T15:00Z", ["2026-11-30T08:30Z", "2026-12-07T08:30Z"]),
        ("every day at 9h until 2026-12-02", "UTC", "2026-12-01T10:00Z", ["2026-12-02T09:00Z"]),
        ("every month on day 31 at 9h", "UTC", "2026-02-01T00:00Z", ["2026-03-31T09:00Z", "2026-05-31T09:00Z"]),
        ("every month on day 29 at 9h", "UTC", "2027-02-01T00:00Z", ["2027-03-29T09:00Z"]),
        ("le dernier jour du mois à 9h", "UTC", "2028-02-01T00:00Z", ["2028-02-29T09:00Z"]),
        ("le dernier vendredi du mois à 16h", "UTC", "2026-12-01T00:00Z", ["2026-12-25T16:00Z"]),
        ("every monday at 9h until 2020-01-01", "UTC", "2026-01-01T00:00Z", []),
    ],
)
def test_instants(phrase: str, zone: str, start: str, expected: list[str]) -> None:
    assert at(phrase, zone, start, max(1, len(expected))) == expected


def test_weeks_count_from_the_first_monday_of_2024_without_a_from() -> None:
    # 2026-11-23 is 151 weeks later: an odd week, not counted
    assert at("every 2 weeks on tuesday at 10:00", "UTC", "2026-11-23T00:00Z", 2) == [
        "2026-12-01T10:00Z",
        "2026-12-15T10:00Z",
    ]


def test_weeks_count_from_the_week_of_from_even_when_it_is_not_a_monday() -> None:
    phrase = "every 2 weeks on monday, friday at 10:00 from 2026-11-26"  # a Thursday
    assert at(phrase, "UTC", "2026-01-01T00:00Z", 4) == [
        "2026-11-27T10:00Z",
        "2026-12-07T10:00Z",
        "2026-12-11T10:00Z",
        "2026-12-21T10:00Z",
    ]


def test_swapping_gives_the_weeks_between() -> None:
    rule = parse("every 2 weeks on tuesday at 10:00")
    assert isinstance(rule, Recurring)
    other = swapped(rule, date(2026, 11, 23))
    assert other == date(2026, 12, 7)
    assert at(f"every 2 weeks on tuesday at 10:00 from {other}", "UTC", "2026-11-23T00:00Z", 2) == [
        "2026-12-08T10:00Z",
        "2026-12-22T10:00Z",
    ]


def test_phrases_that_meet_at_one_instant_give_one_occurrence() -> None:
    rules = [Recurring("day", time(2, 30)), Recurring("day", time(3)), Once(date(2026, 3, 29), time(2, 15))]
    found = list(islice(occurrences(rules, PARIS, datetime(2026, 3, 28, 12, tzinfo=UTC)), 3))
    assert [one.local for one in found] == ["2026-03-29T02:15", "2026-03-30T02:30", "2026-03-30T03:00"]


def test_no_rule_gives_no_occurrence() -> None:
    assert list(occurrences([], PARIS, datetime(2026, 1, 1, tzinfo=UTC))) == []


def test_an_endless_phrase_ends_before_dates_do() -> None:
    found = occurrences([Recurring("month", time(9), days=(31,))], PARIS, datetime(8999, 1, 1, tzinfo=UTC))
    assert len(list(found)) == 7


rules = (
    st.builds(
        Recurring,
        every=st.just("week"),
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        interval=st.integers(1, 6),
        weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda s: tuple(sorted(s))),
        since=st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
        until=st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    )
    | st.builds(
        Recurring,
        every=st.just("month"),
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        weekdays=st.integers(0, 6).map(lambda day: (day,)),
        ordinals=st.sets(st.sampled_from([1, 2, 3, 4, -1]), min_size=1).map(tuple),
        since=st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    )
    | st.builds(
        Recurring,
        every=st.just("month"),
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        days=st.sets(st.sampled_from([1, 15, 28, 29, 30, 31, -1]), min_size=1).map(tuple),
        until=st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    )
)


@settings(max_examples=60, deadline=None)
@given(rules, st.sampled_from(["UTC", "Europe/Paris", "Pacific/Kiritimati", "America/St_Johns"]), st.integers(0, 700))
def test_date_patterns_agree_with_a_calendar(rule: Recurring, name: str, later: int) -> None:
    zone = ZoneInfo(name)
    first = date(2026, 1, 1) + timedelta(days=later)
    start, _ = local_day(datetime.combine(first, time(12), tzinfo=zone), zone)
    expected = [f"{wall:%Y-%m-%dT%H:%M}" for wall in walls(rule, first, 400)]
    found = [one.local for one in islice(occurrences([rule], zone, start), len(expected))]
    assert found == expected


@given(
    st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Asia/Beirut"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1)),
)
def test_a_local_day_is_the_minutes_that_show_its_date(name: str, moment: datetime) -> None:
    zone = ZoneInfo(name)
    begin, end = local_day(moment.replace(tzinfo=UTC), zone)
    day = moment.replace(tzinfo=UTC).astimezone(zone).date()
    assert begin <= moment.replace(tzinfo=UTC) < end
    assert begin.astimezone(zone).date() == (end - MINUTE).astimezone(zone).date() == day
    assert (begin - MINUTE).astimezone(zone).date() != day != end.astimezone(zone).date()


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("Europe/Pariss", 'did you mean "Europe/Paris"?'),
        ("europe/paris", 'did you mean "Europe/Paris"?'),
        ("Paris", 'did you mean "Europe/Paris"?'),
        ("New York", 'did you mean "America/New_York"?'),
        ("GMT+1", 'name a continent and a city, such as "Europe/Paris"'),
        ("UTC+1", 'name a continent and a city, such as "Europe/Paris"'),
        ("../../etc/passwd", 'name a continent and a city, such as "Europe/Paris"'),
        ("right/Europe/Paris", 'did you mean "Europe/Paris"?'),
        ("", 'name a continent and a city, such as "Europe/Paris"'),
        ("a\x00b", 'name a continent and a city, such as "Europe/Paris"'),
        ("\ud800", 'name a continent and a city, such as "Europe/Paris"'),
        ("x" * 5000, 'name a continent and a city, such as "Europe/Paris"'),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: str, mend: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone") as refused:
        read_zone(name)
    assert refused.value.mend == mend  # type: ignore[attr-defined]
