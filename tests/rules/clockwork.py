"""A second opinion on time, written apart: look at the wall clock minute by minute, at the calendar day by day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from orchestrator.rules.schedule import Recurring

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


def changes(zone: ZoneInfo) -> list[datetime]:
    """Every instant of 2025–2028 at which the zone's clocks are put forward or back."""
    found = []
    day = BEGIN
    while day < END:
        if _offset(day, zone) != _offset(day + DAY, zone):
            found += _within(day, day + DAY, zone)
        day += DAY
    return found


def _within(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    while begin < end:
        if _offset(begin, zone) != _offset(begin + MINUTE, zone):
            yield begin + MINUTE
        begin += MINUTE


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


@cache
def changing_zones() -> dict[str, list[datetime]]:
    """One zone of each group that changes alike, with its changes."""
    groups: dict[tuple[object, ...], str] = {}
    found: dict[str, list[datetime]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        instants = changes(zone)
        alike = tuple((at, _offset(at - MINUTE, zone), _offset(at, zone)) for at in instants)
        if instants and alike not in groups:
            groups[alike] = name
            found[name] = instants
    return found


class WallClock:
    """The wall clock of a zone, looked at every minute between two instants."""

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        self.minutes = [begin + MINUTE * n for n in range(int((end - begin) / MINUTE))]
        shown = [minute.astimezone(zone).replace(tzinfo=None) for minute in self.minutes]
        self.latest = shown[:1]  # the latest wall time shown so far: never goes back
        for wall in shown[1:]:
            self.latest.append(max(wall, self.latest[-1]))

    def first(self, wall: datetime) -> datetime:
        """The first minute at which the clock shows this wall time, or has just jumped over it."""
        return self.minutes[bisect_left(self.latest, wall)]


def falls_on(rule: Recurring, day: date) -> bool:
    """Is the rule's pattern true of this day, by counting on fingers?"""
    if (rule.since and day < rule.since) or (rule.until and day > rule.until):
        return False
    if rule.every == "day":
        return True
    if rule.every == "week":
        start = rule.since or date(2024, 1, 1)
        while start.weekday() != 0:
            start -= DAY
        return (day - start).days // 7 % rule.interval == 0 and day.weekday() in rule.weekdays
    is_last_day = (day + DAY).day == 1
    if rule.days:
        return day.day in rule.days or (-1 in rule.days and is_last_day)
    nth = (day.day + 6) // 7
    is_last = (day + 7 * DAY).month != day.month
    return day.weekday() in rule.weekdays and (nth in rule.ordinals or (-1 in rule.ordinals and is_last))


def walls(rule: Recurring, first: date, days: int) -> list[datetime]:
    """The wall times of a rule from a day on."""
    every = (first + DAY * n for n in range(days))
    return [datetime.combine(day, rule.at) for day in every if falls_on(rule, day)]


def quarters() -> list[time]:
    """The 96 quarters of an hour of a day."""
    return [time(n // 4, n % 4 * 15) for n in range(96)]
