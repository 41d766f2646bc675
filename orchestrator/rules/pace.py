"""The guardrails: whether a run may be held now, must wait, or is skipped, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from orchestrator.rules.reasons import Reason
from orchestrator.rules.zone import instant_of

Span = tuple[time, time]


class Limits(Protocol):
    """The part of a playbook's `pace` that admission looks at."""

    @property
    def quiet_hours(self) -> Span | None: ...

    @property
    def posts_per_day(self) -> int: ...

    @property
    def stop_after(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """A run that asks to be admitted.

    late_until: the last moment at which it may still be posted (its `when` and `on_missed`).
    posted: for each of its places, our posts there on the local day, without this run's.
    posts: how many posts this run makes in each place on that day.
    unanswered: how many runs of this ritual in a row were unanswered, since the last resume.
    """

    late_until: datetime
    posted: Sequence[int] = ()
    posts: int = 1
    unanswered: int = 0
    paused: bool = False
    holiday: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Go now; or wait until a moment and ask again; or skip for a reason."""

    go: bool
    reason: Reason | None = None
    wait_until: datetime | None = None


GO = Verdict(True)


def admit(now: datetime, zone: ZoneInfo, limits: Limits, asking: Asking) -> Verdict:
    """Decide on a run once, before its first post. Moments are aware.

    Reasons are looked at in this order: paused, holiday, unanswered too often, quiet hours (waits for their
    end where that is soon enough), day full in any of its places.
    """
    if asking.paused:
        return _skip(Reason.PAUSED)
    if asking.holiday:
        return _skip(Reason.HOLIDAY)
    if asking.unanswered >= limits.stop_after:
        return _skip(Reason.UNANSWERED)
    quiet = wait_out(now, zone, limits.quiet_hours, asking.late_until)
    if not quiet.go:
        return quiet
    if any(day_is_full(posted, asking.posts, limits.posts_per_day) for posted in asking.posted):
        return _skip(Reason.DAY_FULL)
    return GO


def _skip(reason: Reason) -> Verdict:
    return Verdict(False, reason)


def day_is_full(posted: int, posts: int, per_day: int) -> bool:
    """Tell whether `posts` more would be too many in a place that had `posted` on this local day."""
    return posted + posts > per_day


def wait_out(now: datetime, zone: ZoneInfo, quiet_hours: Span | None, late_until: datetime) -> Verdict:
    """Go outside quiet hours; inside them wait for their end if it is not later than `late_until`."""
    end = quiet_until(now, zone, quiet_hours)
    if end is None:
        return GO
    if end <= late_until:
        return Verdict(False, Reason.QUIET_HOURS, end)
    return _skip(Reason.QUIET_HOURS)


def is_quiet(wall: time, quiet_hours: Span | None) -> bool:
    """Tell whether a wall time lies in the quiet hours; their end does not."""
    if quiet_hours is None:
        return False
    start, end = quiet_hours
    if start <= end:
        return start <= wall < end
    return wall >= start or wall < end


def quiet_until(moment: datetime, zone: ZoneInfo, quiet_hours: Span | None) -> datetime | None:
    """Give the first instant (UTC) after `moment` (aware) outside the quiet hours; None: it is not in them."""
    if quiet_hours is None:
        return None
    local = moment.astimezone(zone)
    if not is_quiet(local.time(), quiet_hours):
        return None
    start, end = quiet_hours
    # From the evening part of hours that cross midnight, they end tomorrow.
    day = local.date() + timedelta(days=1) if start > end and local.time() >= start else local.date()
    wall = datetime.combine(day, end)
    over = instant_of(wall, zone)
    if over > moment:
        return over
    # Their end is doubled and the first is past: we are in the second.
    return wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
