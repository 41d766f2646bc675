"""Finds the run that PLAYBOOK/RITUAL and a local DATE mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from orchestrator.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from orchestrator.store.rituals import Known
    from orchestrator.store.tables import Run


def find(session: Session, path: str, day: str | None) -> tuple[Known, Run | None]:
    """The ritual, and its latest run (on that local day); None where there was none. Raises Refused."""
    from orchestrator.store import rituals, runs

    if "/" not in path:
        raise Refused(f'"{path}" does not name a ritual', "write PLAYBOOK/RITUAL")
    known = rituals.find(session, path)
    return known, runs.latest(session, known.row.id, _window(known, day) if day else None)


def _window(known: Known, day: str) -> tuple[datetime, datetime]:
    """The local day, or the one minute of a date with a time."""
    from orchestrator.rules.zone import instant_of, read_zone

    zone = read_zone(known.playbook.timezone)
    try:
        local = datetime.fromisoformat(day)
    except ValueError:
        raise Refused(f'"{day}" is not a date', "write it as 2026-11-30, or 2026-11-30T09:30") from None
    if local.tzinfo is not None:
        return local, local + timedelta(minutes=1)
    if len(day) > len(date.min.isoformat()):
        return instant_of(local, zone), instant_of(local, zone) + timedelta(minutes=1)
    return instant_of(local, zone), instant_of(local + timedelta(days=1), zone)
