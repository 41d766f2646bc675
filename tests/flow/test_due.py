"""Each due moment becomes one run, whoever looks, and what is not held leaves its reason."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.flow import due, moments
from orchestrator.rules.holiday import settle
from orchestrator.rules.reasons import Reason
from orchestrator.rules.schedule import occurrences, parse
from orchestrator.store.session import Store
from tests.flow.theatre import MONDAY, SUNDAY, playbook, ritual, theatre

DAILY = ["every day at 09:30"]


def test_two_clocks_make_one_run(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(*(ritual(f"r{n}") for n in range(10))))

    def tick() -> None:
        with store.write() as session:
            due.due(session, MONDAY)

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.key for run in there.runs()] == ["2026-11-30T09:30"] * 10


def test_a_stage_is_rung_for_once_and_again_when_nobody_took_it(store: Store) -> None:
    there = theatre(store)
    there.apply()

    def offered(at: datetime) -> int:
        with store.write() as session:
            return len(due.due(session, at))

    assert [offered(MONDAY + timedelta(seconds=after)) for after in (0, 1, 4, 5, 6)] == [1, 0, 0, 1, 0]


def test_after_an_outage_missed_runs_are_recorded_and_the_last_comes_late(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(when=DAILY)))

    there.wake_at(MONDAY + timedelta(days=2, hours=1))
    assert [reason for _, _, reason in there.outcomes()] == [Reason.MISSED, Reason.MISSED, Reason.POSTED]


@pytest.mark.parametrize(("on_missed", "back_after", "reason"), [
    ("late 2 hours", timedelta(hours=2), Reason.POSTED),
    ("late 2 hours", timedelta(hours=2, seconds=1), Reason.MISSED),
    ("skip", timedelta(minutes=1), Reason.POSTED),
    ("skip", timedelta(minutes=6), Reason.MISSED),
])  # fmt: skip
def test_on_missed_decides_how_late_a_post_may_be(
    store: Store, on_missed: str, back_after: timedelta, reason: Reason
) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(on_missed=on_missed)))

    there.wake_at(MONDAY + back_after)
    assert there.run().reason == reason


def test_after_an_outage_a_place_gets_at_most_one_late_post_a_minute(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(*(ritual(f"r{n}") for n in range(3)), pace={"posts": 9}))

    there.wake_at(MONDAY + timedelta(hours=1))
    there.live_until(MONDAY + timedelta(hours=1, minutes=5))
    first = there.said()[0].at
    assert [entry.at - first for entry in there.said()] == [timedelta(minutes=n) for n in range(3)]


def test_holidays_are_skipped_with_that_reason_or_moved(store: Store) -> None:
    there = theatre(store, datetime(2026, 12, 24, 12, tzinfo=UTC))
    there.apply(
        playbook(
            ritual("saute", when=["every friday at 09:30"]),
            ritual("bouge", when=["every friday at 10:30"], on_holiday="next working day"),
            holidays="FR",
        )
    )

    there.live_until(datetime(2026, 12, 28, 10, tzinfo=UTC))
    assert there.outcomes() == [
        ("2026-12-25T09:30", "skipped", Reason.HOLIDAY),
        ("2026-12-28T10:30", "open", Reason.POSTED),
    ]


def test_a_paused_ritual_says_so(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(paused=True)))

    there.live_until(MONDAY)
    assert there.outcomes() == [("2026-11-30T09:30", "skipped", Reason.PAUSED)]


def test_a_doubled_hour_happens_once(sqlite_store: Store) -> None:
    night = datetime(2026, 10, 24, 12, tzinfo=UTC)
    there = theatre(sqlite_store, night)
    there.apply(playbook(ritual(when=["every day at 02:30"]), pace={"quiet_hours": "12:00-13:00"}))

    there.live_until(night + timedelta(days=2))
    assert [(run.key, run.due_at.hour) for run in there.runs()] == [("2026-10-25T02:30", 0), ("2026-10-26T02:30", 1)]


def test_a_missing_hour_happens_at_the_first_valid_minute(sqlite_store: Store) -> None:
    night = datetime(2026, 3, 28, 12, tzinfo=UTC)
    there = theatre(sqlite_store, night)
    there.apply(playbook(ritual(when=["every day at 02:30"]), pace={"quiet_hours": "12:00-13:00"}))

    there.live_until(night + timedelta(days=1))
    assert [(run.key, run.due_at) for run in there.runs()] == [
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, tzinfo=UTC))
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.sets(st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]), min_size=1),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_moved_holidays_come_in_order_and_none_is_lost(days: set[str], start: datetime) -> None:
    written = ritual(when=[f"every {', '.join(sorted(days))} at 09:30"], on_holiday="next working day")
    book, zone = playbook(written, holidays="FR"), ZoneInfo("Europe/Paris")
    before, until = start - timedelta(days=40), start + timedelta(days=40)
    every = takewhile(lambda one: one.at < until, occurrences([parse(written.when[0])], zone, before))  # type: ignore[list-item]
    settled = {moved.at for one in every if (moved := settle(one, "FR", zone, "next working day")) is not None}

    seen, at = [], start
    for _ in range(5):
        found = moments.following(book, written, at)
        assert found is not None
        seen.append(at := found.at)
    assert seen == sorted(at for at in settled if at > start)[:5]


def test_nothing_is_due_before_anything_is_applied(store: Store) -> None:
    with store.write() as session:
        assert due.due(session, SUNDAY) == []
