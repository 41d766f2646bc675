"""Guardrails: each reason, their order, and quiet hours against a clock looked at by the minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.playbook.schema import Pace
from orchestrator.rules.pace import GO, Asking, Span, Verdict, admit, is_quiet, quiet_until
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


FREE = Asking(late_until=MORNING + 2 * HOUR, posted=(0, 0))
CASES = {
    "nothing against it": Case(FREE, GO),
    "no place has had its posts": Case(replace(FREE, posted=(1, 1)), GO),
    "one of two places is full": Case(replace(FREE, posted=(0, 2)), Verdict(False, Reason.DAY_FULL)),
    "two posts do not fit beside one": Case(replace(FREE, posted=(1,), posts=2), Verdict(False, Reason.DAY_FULL)),
    "two posts fit into an empty day": Case(replace(FREE, posts=2), GO),
    "paused": Case(replace(FREE, paused=True), Verdict(False, Reason.PAUSED)),
    "a holiday": Case(replace(FREE, holiday=True), Verdict(False, Reason.HOLIDAY)),
    "two unanswered runs are borne": Case(replace(FREE, unanswered=2), GO),
    "three are not": Case(replace(FREE, unanswered=3), Verdict(False, Reason.UNANSWERED)),
    "paused is told before all else": Case(
        replace(FREE, paused=True, holiday=True, unanswered=9, posted=(9,)), Verdict(False, Reason.PAUSED)
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
        replace(FREE, late_until=EVENING + 24 * HOUR, posted=(2,)),
        Verdict(False, Reason.QUIET_HOURS, datetime(2026, 12, 1, 7, tzinfo=UTC)),
        EVENING,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_admission(name: str) -> None:
    case = CASES[name]
    assert admit(case.now, PARIS, PACE, case.asking) == case.verdict


def test_without_quiet_hours_the_night_is_free() -> None:
    pace = Pace(quiet_hours=None)
    assert admit(EVENING, PARIS, pace, replace(FREE, late_until=EVENING)) == GO


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
