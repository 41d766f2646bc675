"""Moments as a host would write them, in the playbook's language and zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from orchestrator.render.typography import WIDE

_DAY = "EEEE d MMMM"  # CLDR pattern: weekday, day, month


def spell(moment: datetime, language: str, zone: str) -> str:
    """ "mercredi 2 décembre à 9 h 30", "Wednesday 2 December at 09:30"; `moment` is aware."""
    local = moment.astimezone(ZoneInfo(zone))
    day = format_date(local, _DAY, locale="fr" if language == "fr" else "en_GB")
    if language != "fr":
        return f"{day} at {local:%H:%M}"
    if local.day == 1:
        day = day.replace(" 1 ", " 1er ", 1)
    minutes = f"{WIDE}{local:%M}" if local.minute else ""
    return f"{day} à {local.hour}{WIDE}h{minutes}"
