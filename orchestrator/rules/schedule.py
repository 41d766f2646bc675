"""When a ritual is due: date patterns first, then each wall time as an instant in the community's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, rrule, weekday

from orchestrator.rules.moments import Happening, Occurrence, Once, Recurring, Unreadable
from orchestrator.rules.phrases import parse
from orchestrator.rules.zone import instant_of

__all__ = ["Happening", "Occurrence", "Once", "Recurring", "Unreadable", "occurrences", "parse", "swapped"]

FIRST_WEEK = date(2024, 1, 1)  # the Monday from which "every 2 weeks" counts without a `from`
HORIZON = date(9000, 1, 1)  # far enough for everybody, and below what a date can hold
LOOK_BACK = timedelta(days=2)  # a missing wall time may move across midnight, and UTC is a day off


def occurrences(rules: Sequence[Recurring | Once], zone: ZoneInfo, start: datetime) -> Iterator[Occurrence]:
    """Yield, lazily and in order, every occurrence at or after `start` (aware).

    Rules that meet at one instant give one occurrence, known by the earliest wall time asked for.
    """
    last = None
    for occurrence in merge(*(_of_rule(rule, zone, start) for rule in rules), key=_order):
        if occurrence.at != last:
            last = occurrence.at
            yield occurrence


def _order(occurrence: Occurrence) -> tuple[datetime, str]:
    return occurrence.at, occurrence.local


def _of_rule(rule: Recurring | Once, zone: ZoneInfo, start: datetime) -> Iterator[Occurrence]:
    first = start.astimezone(zone).date() - LOOK_BACK
    for day in _days(rule, first):
        occurrence = occurrence_at(day, rule.at, zone)
        if occurrence.at >= start:
            yield occurrence


def occurrence_at(day: date, at: time, zone: ZoneInfo) -> Occurrence:
    """Give the occurrence of a wall time on a day."""
    wall = datetime.combine(day, at)
    return Occurrence(wall.isoformat(timespec="minutes"), instant_of(wall, zone))


def _days(rule: Recurring | Once, first: date) -> Iterable[date]:
    if isinstance(rule, Once):
        return [rule.day] if rule.day >= first else []
    begin = max(first, rule.since or first)
    pattern = _pattern(rule, begin)
    return (day.date() for day in pattern if day.date() >= begin)


def _pattern(rule: Recurring, begin: date) -> rrule:
    """Build the date pattern so that it starts near `begin`: years without a `from` cost nothing."""
    until = datetime.combine(rule.until or HORIZON, time())
    if rule.every == "day":
        return rrule(DAILY, dtstart=_midnight(begin), until=until)
    if rule.every == "week":
        start = _counted_week(rule, begin)
        return rrule(WEEKLY, dtstart=start, until=until, interval=rule.interval, byweekday=rule.weekdays, wkst=MO)
    start = _midnight(begin.replace(day=1))
    if rule.days:
        return rrule(MONTHLY, dtstart=start, until=until, bymonthday=rule.days)
    nth = [weekday(day, n) for day in rule.weekdays for n in rule.ordinals]
    return rrule(MONTHLY, dtstart=start, until=until, byweekday=nth)


def _counted_week(rule: Recurring, begin: date) -> datetime:
    """Find the Monday of the last counted week that starts on or before `begin`."""
    anchor = _monday(rule.since or FIRST_WEEK)
    weeks = (_monday(begin) - anchor).days // 7
    return _midnight(anchor + timedelta(weeks=weeks - weeks % rule.interval))


def swapped(rule: Recurring, after: date) -> date:
    """Give the first day after `after` that a `from` may name so that the other weeks are counted."""
    other = _counted_week(rule, after).date() + timedelta(weeks=1)
    while other <= after:
        other += timedelta(weeks=rule.interval)
    return other


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
