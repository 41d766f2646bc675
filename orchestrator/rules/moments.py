"""What a phrase under `when:` can mean, before any zone or present moment is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from orchestrator.rules.values import Unreadable

__all__ = ["LAST", "Happening", "Occurrence", "Once", "Phrase", "Recurring", "Unreadable"]

LAST = -1  # the last weekday, or the last day, of a month


@dataclass(frozen=True, slots=True)
class Recurring:
    """A repeating wall time.

    every "day"; "week": on `weekdays` (Monday is 0) of every `interval`-th week, counted from the week of
    `since`, without it from Monday 2024-01-01; "month": on the `ordinals` (1–4, LAST) of one weekday, or on
    `days` (1–31, LAST; shorter months are skipped). `since` and `until` are inclusive.
    """

    every: Literal["day", "week", "month"]
    at: time
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    ordinals: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """One wall time on one day."""

    day: date
    at: time


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that members do or leave undone; `space` and `after` where the phrase names them."""

    kind: Literal["member joins", "question unanswered", "space quiet", "badge earned"]
    space: str | None = None
    after: timedelta | None = None


Phrase = Recurring | Once | Happening


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a phrase falls on: the wall time asked for ("2026-11-30T09:30") and its instant (UTC)."""

    local: str
    at: datetime
