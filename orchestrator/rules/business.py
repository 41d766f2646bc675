"""Business hours: Monday to Friday, 09:00 to 18:00 on the community's clocks, no public holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orchestrator.rules.holiday import SATURDAY, holiday_name
from orchestrator.rules.zone import instant_of

OPENS, CLOSES = time(9), time(18)
_DAY = timedelta(days=1)

#: A length of time from here on is told in days: it elapses by night and on Sundays too.
IN_DAYS = timedelta(days=1)


def hours_up(since: datetime, after: timedelta, zone: ZoneInfo, country: str | None = None) -> datetime:
    """The instant (UTC) at which `after` has passed since a moment.

    Less than a day passes in business hours only; days pass as days, and end in business hours.
    """
    if after >= IN_DAYS:
        return _pass(since + after, timedelta(0), zone, country)
    return _pass(since, after, zone, country)


def _pass(start: datetime, left: timedelta, zone: ZoneInfo, country: str | None) -> datetime:
    day = start.astimezone(zone).date()
    while True:
        if _is_working(day, country):
            opens, closes = (instant_of(datetime.combine(day, wall), zone) for wall in (OPENS, CLOSES))
            begins = max(opens, start.astimezone(UTC))
            if begins < closes and closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta(0))
        day += _DAY


def _is_working(day: date, country: str | None) -> bool:
    return day.weekday() < SATURDAY and (country is None or holiday_name(day, country) is None)
