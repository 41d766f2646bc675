"""Wall times in a time zone as instants: a doubled hour counts once, a missing one moves on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from orchestrator.rules.values import Unreadable, quoted

SECOND = timedelta(seconds=1)


def read_zone(name: str) -> ZoneInfo:
    """Find an IANA time zone. Raises Unreadable with the nearest names."""
    # "right/…" counts leap seconds, "posix/…" and "localtime" are a machine's own files
    if name and not name.startswith(("right/", "posix", "local")):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # also a folder, a name too long, a path outside
            pass
    raise Unreadable(f"{quoted(name)} is not a time zone", _nearest(name))


def _nearest(name: str) -> str:
    known = {zone.casefold(): zone for zone in available_timezones() if _is_named(zone)}
    asked = name.strip().replace(" ", "_").casefold()
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in sorted(known)}
    near = get_close_matches(asked, known, n=1, cutoff=0.7) or get_close_matches(asked, cities, n=1, cutoff=0.8)
    if near and not set(asked) & set("+0123456789"):  # "UTC+1" is an offset: no zone is like it
        return f'did you mean "{known.get(near[0]) or known[cities[near[0]]]}"?'
    return 'name a continent and a city, such as "Europe/Paris"'


def _is_named(zone: str) -> bool:
    """Is it named after a city? Etc/GMT+1 lies behind Greenwich, not ahead: nobody means it."""
    return zone == "UTC" or ("/" in zone and not zone.startswith("Etc/"))


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Turn a naive wall time into its instant in UTC.

    Of a doubled wall time the first; for a missing one the first valid minute after it (02:30 → 03:00).
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # In a gap, fold=1 reads the wall time with the offset after the change: an instant before the change.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change_between(before, first, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant in (before, after] at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def local_day(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the instants at which the moment's local calendar day begins and ends (end not included)."""
    day = moment.astimezone(zone).date()
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(datetime.combine(day, time()), zone)
