"""Moments as a host would write them, in the playbook's language and zone."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from orchestrator.render.typography import WIDE

_DAY = "EEEE d MMMM"  # CLDR pattern: weekday, day, month


@lru_cache(maxsize=1024)  # what is prepared together mostly tells of one moment
def spell(moment: datetime, language: str, zone: str) -> str:
    """ "mercredi 2 décembre à 9 h 30", "Wednesday 2 December at 09:30"; `moment` is aware."""
    local = moment.astimezone(ZoneInfo(zone))
    day = format_date(local, _DAY, locale="fr" if language == "fr" else "en_GB")
    if language != "fr":
        return f"{day} at {local:%H:%M}"
    minutes = f"{WIDE}{local:%M}" if local.minute else ""
    return f"{first(day)} à {local.hour}{WIDE}h{minutes}"


def first(french: str) -> str:
    """A French date with "1er" for the first day of a month, which no pattern of the CLDR knows."""
    return re.sub(r"\b1 (?=[^\W\d])", "1er ", french, count=1)
