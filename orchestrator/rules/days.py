"""Which local day, week and month a moment falls on, as the whole numbers that the roll-ups are kept by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

#: Microseconds for which a zone's offset is taken as constant. Every change since 1972 falls on a
#: quarter of an hour (Lord Howe Island moves by thirty minutes), so the day is exact.
QUARTER_US = 900 * 1_000_000


class LocalDays:
    """Local day numbers (days since 1970-01-01) of one zone; each quarter of an hour is computed once."""

    #: Quarters kept: two and a half years of them, then forgotten all at once.
    CAP = 90_000

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._days: dict[int, int] = {}

    def __call__(self, at: int) -> int:
        """The local day of a moment in microseconds since the epoch. Raises OverflowError beyond year 9999."""
        quarter = at // QUARTER_US
        day = self._days.get(quarter)
        if day is None:
            if len(self._days) >= self.CAP:
                self._days.clear()
            local = (EPOCH + timedelta(microseconds=quarter * QUARTER_US)).astimezone(self.zone)
            day = self._days[quarter] = local.date().toordinal() - EPOCH_ORDINAL
        return day


@lru_cache(maxsize=4096)
def week_of(day: int) -> tuple[int, int]:
    """The week of a day (Monday first) and the bit of its weekday (Monday 1, Sunday 64)."""
    week, weekday = divmod(day + 3, 7)  # day 0 was a Thursday
    return week, 1 << weekday


@lru_cache(maxsize=4096)
def month_of(day: int) -> tuple[int, int]:
    """The month of a day (year * 12 + month - 1) and the bit of its day in the month (the first: 1)."""
    local = date.fromordinal(day + EPOCH_ORDINAL)
    return local.year * 12 + local.month - 1, 1 << (local.day - 1)
