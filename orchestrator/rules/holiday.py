"""What becomes of an occurrence on a public holiday: skipped, moved to the next working day, or held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from orchestrator.rules.moments import Occurrence
from orchestrator.rules.schedule import occurrence_at
from orchestrator.rules.values import Unreadable, quoted

Policy = Literal["skip", "next working day", "post"]

SATURDAY = 5
FURTHEST = 30  # days; no country closes longer
_DAY = timedelta(days=1)
_COUNTRY = re.compile(r"([A-Z]{2})(?:-(\S.*))?")


def settle(occurrence: Occurrence, country: str | None, zone: ZoneInfo, policy: Policy) -> Occurrence | None:
    """Apply a ritual's `on_holiday` to one occurrence; None: it is skipped.

    country: "FR", or with a part of it "DE-BY"; None: no day is a holiday. A moved occurrence keeps its wall
    time and is known by its new day. Raises Unreadable for a country we do not know.
    """
    wall = datetime.fromisoformat(occurrence.local)
    if country is None or policy == "post" or holiday_name(wall.date(), country) is None:
        return occurrence
    if policy == "skip":
        return None
    day = next_working_day(wall.date(), country)
    return occurrence_at(day, wall.time(), zone) if day else None


def next_working_day(day: date, country: str) -> date | None:
    """Find the first Monday to Friday after `day` that is no holiday; None: none within a month."""
    for later in (day + _DAY * ahead for ahead in range(1, FURTHEST)):
        if later.weekday() < SATURDAY and holiday_name(later, country) is None:
            return later
    return None


def holiday_name(day: date, country: str) -> str | None:
    """Name the public holiday that a day is, in the country's own language; None: it is none."""
    return _holidays(country, day.year).get(day)


def check_country(country: str) -> None:
    """Raise Unreadable unless `holidays: COUNTRY` names a country, or a part of one, that we know."""
    _holidays(country, 2026)


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays  # 50 ms: only communities with holidays pay them

    found = _COUNTRY.fullmatch(country)
    if not found:
        raise _unknown(country)
    try:
        language = country_holidays(found[1]).default_language  # not that of this machine
        return dict(country_holidays(found[1], subdiv=found[2], years=year, language=language))
    except NotImplementedError:
        raise _unknown(country) from None


def _unknown(country: str) -> Unreadable:
    from holidays import list_supported_countries

    parts = list_supported_countries().get(country[:2].upper())
    mend = 'write a country\'s two letters, such as "FR", or with its part, "DE-BY"'
    if parts is not None and country[2:3] == "-":
        mend = f"name one of its parts: {', '.join(parts)}" if parts else f'write "{country[:2].upper()}"'
    elif parts is not None:
        mend = f'did you mean "{country[:2].upper()}"?'
    return Unreadable(f"{quoted(country)} is not a country whose holidays we know", mend)
