"""Guardrails: each reason, their order, and quiet hours against a clock looked at by the minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.playbook.schema import OurShare, Pace
from orchestrator.rules.pace import (
    GO,
    Asking,
    Span,
    Talk,
    There,
    Verdict,
    admit,
    budget_is_spent,
    is_quiet,
    quiet_until,
    share_is_reached,
)
from orchestrator.rules.reasons import Reason

PARIS = ZoneInfo("Europe/Paris")
NIGHT = (time(21), time(8))
PACE = Pace()
MORNING = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)  # 09:30 in Paris
EVENING = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)  # 21:30
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Case:
    asking: Asking
    verdict: Verdict
    now: datetime = MORNING


LIVELY = Talk(ours=3, people=900, week=3)


def places(*posted: int, posts: int = 1) -> list[There]:
    """Lively places that had so many posts today."""
    return [There(days=[(n, posts)], posts=posts, talk=LIVELY) for n in posted]


def full(posted: int, place: int) -> Verdict:
    return Verdict(False, Reason.DAY_FULL, what=f"it had {posted} of 2", place=place)


UNANSWERED = Verdict(False, Reason.UNANSWERED, what="3 runs in a row")
FREE = Asking(late_until=MORNING + 2 * HOUR, places=places(0, 0))
CASES = {
    "nothing against it": Case(FREE, GO),
    "no place has had its posts": Case(replace(FREE, places=places(1, 1)), GO),
    "one of two places is full": Case(replace(FREE, places=places(0, 2)), full(2, 1)),
    "two posts do not fit beside one": Case(replace(FREE, places=places(1, posts=2)), full(1, 0)),
    "two posts fit into an empty day": Case(replace(FREE, places=places(0, posts=2)), GO),
    "a later day of its posts is full": Case(replace(FREE, places=[There([(0, 1), (2, 1)], 1, LIVELY)]), full(2, 0)),
    "it posts nowhere": Case(replace(FREE, places=()), GO),
    "paused": Case(replace(FREE, paused=True), Verdict(False, Reason.PAUSED)),
    "a holiday": Case(replace(FREE, holiday=True), Verdict(False, Reason.HOLIDAY)),
    "two unanswered runs are borne": Case(replace(FREE, unanswered=2), GO),
    "three are not": Case(replace(FREE, unanswered=3), UNANSWERED),
    "paused is told before all else": Case(
        replace(FREE, paused=True, holiday=True, unanswered=9, places=places(9)), Verdict(False, Reason.PAUSED)
    ),
    "quiet hours too long to wait": Case(
        replace(FREE, late_until=EVENING + 2 * HOUR), Verdict(False, Reason.QUIET_HOURS), EVENING
    ),
    "a happening waits for the morning": Case(
        replace(FREE, late_until=EVENING + 24 * HOUR),
        Verdict(False, Reason.QUIET_HOURS, datetime(2026, 12, 1, 7, tzinfo=UTC)),
        EVENING,
    ),
    "the end may be the last moment": Case(
        replace(FREE, late_until=datetime(2026, 12, 1, 7, tzinfo=UTC)),
        Verdict(False, Reason.QUIET_HOURS, datetime(2026, 12, 1, 7, tzinfo=UTC)),
        EVENING,
    ),
    "a full day does not matter when it waits for another": Case(
        replace(FREE, late_until=EVENING + 24 * HOUR, places=places(2)),
        Verdict(False, Reason.QUIET_HOURS, datetime(2026, 12, 1, 7, tzinfo=UTC)),
        EVENING,
    ),
    "we talk too much in one of two places": Case(
        replace(FREE, places=[*places(0), There([(0, 1)], 1, Talk(20, 80, 20))]),
        Verdict(
            False, Reason.OUR_SHARE, what="21 of 101 messages in 7 days would be ours, at most 20% may be", place=1
        ),
    ),
    "a full day is told before our share": Case(
        replace(FREE, places=[There([(0, 1)], 1, Talk(20, 0, 20)), *places(2)]), full(2, 1)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_admission(name: str) -> None:
    case = CASES[name]
    assert admit(case.now, PARIS, PACE, case.asking) == case.verdict


def test_without_quiet_hours_the_night_is_free() -> None:
    pace = Pace(quiet_hours=None)
    assert admit(EVENING, PARIS, pace, replace(FREE, late_until=EVENING)) == GO


FIFTEEN = OurShare(at_most=0.15)


@pytest.mark.parametrize(
    ("talk", "posts", "share", "reached"),
    [
        (Talk(15, 85, 15), 1, FIFTEEN, True),  # 16 of 101
        (Talk(15, 100, 15), 1, FIFTEEN, False),  # 16 of 116
        (Talk(15, 85, 15), 1, OurShare(), False),  # 16 of 101, a fifth is allowed
        (Talk(19, 80, 19), 1, OurShare(), False),  # 20 of 100: exactly as much as may be
        (Talk(19, 79, 19), 1, OurShare(), True),
        (Talk(14, 85, 14), 1, FIFTEEN, False),  # 15 of 100: 0.15 is no little less than itself
        (Talk(6, 93, 6), 1, OurShare(at_most=0.07), False),
        (Talk(6, 90, 6), 1, OurShare(at_most=0.07), True),
        (Talk(18, 80, 18), 2, OurShare(), False),
        (Talk(18, 78, 18), 2, OurShare(), True),  # each post is counted, not the run
        (Talk(0, 0, 0), 2, OurShare(), False),  # a silent place is woken twice a week
        (Talk(0, 0, 0), 3, OurShare(), True),
        (Talk(1, 0, 1), 1, OurShare(), False),
        (Talk(2, 0, 2), 1, OurShare(), True),
        (Talk(9, 0, 1), 1, OurShare(over=timedelta(days=30)), False),  # the floor is of a week, whatever the window
        (Talk(0, 0, 0), 1, OurShare(at_most=0.0), False),
        (Talk(2, 9999, 2), 1, OurShare(at_most=0.0), True),
        (Talk(999, 0, 999), 1, OurShare(at_most=1.0), False),
        (Talk(99, 0, 99), 0, OurShare(), False),  # it posts nothing there
    ],
)
def test_our_share_of_the_talk_the_next_post_counted_in(talk: Talk, posts: int, share: OurShare, reached: bool) -> None:
    assert share_is_reached(talk, posts, share) is reached


@given(st.integers(0, 50), st.integers(0, 300), st.integers(0, 20), st.integers(1, 5), st.integers(1, 99))
def test_more_talk_by_people_never_forbids_and_more_by_us_never_allows(
    ours: int, people: int, week: int, posts: int, percent: int
) -> None:
    share = OurShare(at_most=percent / 100)
    reached = share_is_reached(Talk(ours, people, week), posts, share)
    if not reached:
        assert not share_is_reached(Talk(ours, people + 1, week), posts, share)
        assert week + posts <= share.but_allow or 100 * (ours + posts) <= percent * (ours + posts + people)
    else:
        assert share_is_reached(Talk(ours + 1, people, week + 1), posts, share)
        assert share_is_reached(Talk(ours, people, week), posts + 1, share)


@pytest.mark.parametrize(("written", "per_week", "spent"), [(0, 1, False), (1, 1, True), (1, 2, False), (3, 2, True)])
def test_the_budget_of_unasked_messages(written: int, per_week: int, spent: bool) -> None:
    assert budget_is_spent(written, per_week) is spent


@pytest.mark.parametrize(
    ("wall", "quiet_hours", "quiet"),
    [
        (time(20, 59), NIGHT, False),
        (time(21), NIGHT, True),
        (time(0), NIGHT, True),
        (time(7, 59, 59), NIGHT, True),
        (time(8), NIGHT, False),
        (time(13), (time(12), time(14)), True),
        (time(14), (time(12), time(14)), False),
        (time(23), (time(22), time(0)), True),
        (time(0), (time(22), time(0)), False),
        (time(3), None, False),
    ],
)
def test_quiet_walls(wall: time, quiet_hours: Span | None, quiet: bool) -> None:
    assert is_quiet(wall, quiet_hours) is quiet


@pytest.mark.parametrize(
    ("moment", "quiet_hours", "end"),
    [
        ("2026-11-30T20:30", NIGHT, "2026-12-01T07:00"),
        ("2026-12-01T06:59", NIGHT, "2026-12-01T07:00"),
        ("2026-12-01T07:00", NIGHT, None),
        ("2026-03-28T23:00", NIGHT, "2026-03-29T06:00"),  # the night is an hour shorter
        ("2026-10-24T23:00", NIGHT, "2026-10-25T07:00"),  # the night is an hour longer
        ("2026-03-28T23:00", (time(21), time(2, 30)), "2026-03-29T01:00"),  # 02:30 is missing
        ("2026-10-25T00:10", (time(21), time(2, 30)), "2026-10-25T00:30"),  # 02:10, the first time
        ("2026-10-25T01:10", (time(21), time(2, 30)), "2026-10-25T01:30"),  # 02:10, the second time
    ],
)
def test_the_end_of_quiet_hours_around_clock_changes(moment: str, quiet_hours: Span, end: str | None) -> None:
    found = quiet_until(datetime.fromisoformat(moment + "Z"), PARIS, quiet_hours)
    assert found == (end and datetime.fromisoformat(end + "Z"))


quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
CHANGES = {
    "Europe/Paris": datetime(2026, 10, 25, 1, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 8, 7, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    "America/Santiago": datetime(2026, 9, 6, 4, tzinfo=UTC),
    "Asia/Beirut": datetime(2026, 10, 24, 21, tzinfo=UTC),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(CHANGES)), st.integers(-1500, 1500), quarters, quarters)
def test_quiet_hours_end_at_the_first_minute_whose_wall_time_is_not_quiet(
    name: str, minutes: int, start: time, end: time
) -> None:
    zone, moment = ZoneInfo(name), CHANGES[name] + minutes * MINUTE
    later = moment
    while is_quiet(later.astimezone(zone).time(), (start, end)):
        later += MINUTE
    assert quiet_until(moment, zone, (start, end)) == (None if later == moment else later)
