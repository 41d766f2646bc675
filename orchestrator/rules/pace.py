"""The guardrails: whether a run may be held now, must wait, or is skipped, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from orchestrator.rules.reasons import Reason
from orchestrator.rules.values import write_duration
from orchestrator.rules.zone import instant_of

Span = tuple[time, time]

#: "Per week" is this long, whatever the calendar says.
WEEK = timedelta(days=7)

#: A share is read to this precision: "12.5%" is an eighth.
PARTS = 1_000_000


class Share(Protocol):
    """A playbook's `our_share`: at most this part of the talk over a window, but always a few posts a week."""

    @property
    def at_most(self) -> float: ...

    @property
    def over(self) -> timedelta: ...

    @property
    def but_allow(self) -> int: ...


class Limits(Protocol):
    """The part of a playbook's `pace` that admission looks at."""

    @property
    def quiet_hours(self) -> Span | None: ...

    @property
    def posts_per_day(self) -> int: ...

    @property
    def our_share(self) -> Share: ...

    @property
    def stop_after(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in a place, ours counted with what is planned: over the window of `our_share`.

    ours, people: messages. week: ours of the last 7 × 24 h.
    """

    ours: int = 0
    people: int = 0
    week: int = 0

    def and_ours(self, posts: int) -> Talk:
        """The same with so many more posts of ours."""
        return Talk(self.ours + posts, self.people, self.week + posts)


@dataclass(frozen=True, slots=True)
class There:
    """What a run finds in one of its places.

    days: for each local day on which it posts there, our posts without this run's, and how many it makes.
    posts: how many it makes there on its first day. talk: without this run's.
    """

    days: Sequence[tuple[int, int]] = ()
    posts: int = 1
    talk: Talk = Talk()


@dataclass(frozen=True, slots=True)
class Asking:
    """A run that asks to be admitted.

    late_until: the last moment at which it may still be posted (its `when` and `on_missed`).
    places: what it finds in each of its places.
    unanswered: how many runs of this ritual in a row were unanswered, since the last resume.
    """

    late_until: datetime
    places: Sequence[There] = ()
    unanswered: int = 0
    paused: bool = False
    holiday: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Go now; or wait until a moment and ask again; or skip for a reason.

    what: the numbers behind the reason, in words. place: which of the places they are of.
    """

    go: bool
    reason: Reason | None = None
    wait_until: datetime | None = None
    what: str = ""
    place: int | None = None


GO = Verdict(True)


def admit(now: datetime, zone: ZoneInfo, limits: Limits, asking: Asking) -> Verdict:
    """Decide on a run once, before its first post. Moments are aware.

    Reasons are looked at in this order: paused, holiday, unanswered too often, quiet hours (waits for their
    end where that is soon enough), day full in any of its places, our share reached in any of them.
    """
    if asking.paused:
        return _skip(Reason.PAUSED)
    if asking.holiday:
        return _skip(Reason.HOLIDAY)
    if asking.unanswered >= limits.stop_after:
        return _skip(Reason.UNANSWERED, f"{asking.unanswered} runs in a row")
    quiet = wait_out(now, zone, limits.quiet_hours, asking.late_until)
    if not quiet.go:
        return quiet
    return room(limits, asking.places)


def room(limits: Limits, places: Sequence[There]) -> Verdict:
    """Is there room for a run in every place, on every day that it posts there?"""
    for number, there in enumerate(places):
        for posted, posts in there.days:
            if day_is_full(posted, posts, limits.posts_per_day):
                return _skip(Reason.DAY_FULL, f"it had {posted} of {limits.posts_per_day}", number)
    for number, there in enumerate(places):
        if share_is_reached(there.talk, there.posts, limits.our_share):
            return _skip(Reason.OUR_SHARE, _shares(there, limits.our_share), number)
    return GO


def _skip(reason: Reason, what: str = "", place: int | None = None) -> Verdict:
    return Verdict(False, reason, what=what, place=place)


def _shares(there: There, share: Share) -> str:
    after = there.talk.and_ours(there.posts)
    every, window = after.ours + after.people, write_duration(share.over)
    return f"{after.ours} of {every} messages in {window} would be ours, at most {share.at_most * 100:g}% may be"


def day_is_full(posted: int, posts: int, per_day: int) -> bool:
    """Tell whether `posts` more would be too many in a place that had `posted` on this local day."""
    return posts > 0 and posted + posts > per_day


def share_is_reached(talk: Talk, posts: int, share: Share) -> bool:
    """Tell whether `posts` more would give us too large a share of the talk in a place.

    The posts are counted in: with 85 messages by people and 15 of ours, the next would make it 16 of 101.
    A place that is quiet can still be woken: `but_allow` posts a week are never too many.
    """
    after = talk.and_ours(posts)
    if posts == 0 or after.week <= share.but_allow:
        return False
    return after.ours > as_fraction(share.at_most) * (after.ours + after.people)


def as_fraction(at_most: float) -> Fraction:
    """A share as it was written: 0.15 is three twentieths, not a little less."""
    return Fraction(at_most).limit_denominator(PARTS)


def budget_is_spent(written: int, per_week: int) -> bool:
    """Tell whether a member who got `written` unasked messages in the last 7 × 24 h has none left."""
    return written >= per_week


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
