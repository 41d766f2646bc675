"""What no bell rang for is found within one sweep, by any process."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.flow import sweep
from orchestrator.flow.claim import LEASE, TURN
from orchestrator.flow.sweep import OVERDUE
from orchestrator.ports import Limit
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.outside import NOON, outside, run_of
from tests.flow.platform import Killed


def test_a_dead_workers_delivery_becomes_unknown_when_its_lease_ends(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("killed late")
    one = there.plan()
    with pytest.raises(Killed):
        there.deliver()

    there.clock.move(seconds=LEASE.total_seconds() - 1)
    sweep.sweep(there.app)
    assert there.row(one).state == "sending"
    there.clock.move(seconds=1)
    sweep.sweep(there.app)
    assert there.row(one).state == "unknown"


def test_due_deliveries_are_rung_for_and_done_here_when_nobody_answers(store: Store) -> None:
    there = outside(store)
    one = there.plan()
    sweep.sweep(there.app)
    assert ("deliver", [there.connection_id]) in there.bells
    assert there.row(one).state == "due"

    there.clock.move(seconds=OVERDUE.total_seconds() + 1)
    sweep.sweep(there.app)
    assert there.row(one).state == "sent"


def test_an_unknown_delivery_is_rung_for_and_settled_here_when_nobody_answers(store: Store) -> None:
    there = outside(store, reads_back=True)
    there.platform.faults.append("lost reply")
    one = there.plan()
    there.deliver()
    there.clock.move(seconds=10)
    sweep.sweep(there.app)
    assert ("settle", []) in there.bells
    there.clock.move(seconds=OVERDUE.total_seconds() + 1)
    sweep.sweep(there.app)

    assert there.row(one).state == "sent"


def test_what_is_too_late_expires_with_the_reason(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    one = there.plan(run_id=run_id, late_until=NOON + timedelta(hours=2))
    there.clock.move(hours=2, seconds=1)
    sweep.sweep(there.app)

    assert (there.row(one).state, there.row(one).reason) == ("expired", Reason.MISSED)
    assert "expired" in there.steps(run_id)


def test_what_was_refused_until_too_late_does_not_say_that_we_were_away(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("away")
    one = there.plan(late_until=NOON + timedelta(minutes=2))
    there.deliver()
    there.clock.move(minutes=3)
    sweep.sweep(there.app)

    row = there.row(one)
    assert (row.state, row.reason, row.detail) == ("expired", Reason.FAILED, "the platform does not answer")


def test_a_wake_rings_for_what_was_put_off_to_a_moment_that_has_come(store: Store) -> None:
    there = outside(store, limits=[Limit("group", 3.0)])
    for text in ("one", "two"):
        there.plan(text)
    there.deliver()
    assert there.row(2).detail == TURN
    there.bells.clear()

    sweep.wake(there.app)
    assert there.bells == [("deliver", [])]
    there.clock.at = NOON + timedelta(seconds=3)
    sweep.wake(there.app)
    assert there.bells[-1] == ("deliver", [there.connection_id])
