"""Held by hand, a ritual happens now, by the same rules; in a rehearsal, by none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.errors import Refused
from orchestrator.flow import hold
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.theatre import SUNDAY, playbook, ritual, theatre

NIGHT = SUNDAY + timedelta(hours=4)  # 23:00 in Paris


def test_held_now_it_is_posted_now_and_its_next_moment_stays(store: Store) -> None:
    there = theatre(store)
    there.apply()

    hold.hold(there.app, "cercle", "lundi")
    assert there.bells[-1][0] == "prepare"
    there.tick()
    assert [entry.at for entry in there.said()] == [SUNDAY]
    assert there.run().held_by_hand
    there.live_until(SUNDAY + timedelta(hours=20))
    assert [run.key for run in there.runs()] == ["held 2026-11-29T19:00:00", "2026-11-30T09:30"]


def test_asked_for_twice_within_a_second_it_is_one_run(store: Store) -> None:
    there = theatre(store)
    there.apply()

    assert hold.hold(there.app, "cercle", "lundi") == hold.hold(there.app, "cercle", "lundi")


def test_guardrails_are_obeyed(store: Store) -> None:
    there = theatre(store, NIGHT)
    there.apply()

    hold.hold(there.app, "cercle", "lundi")
    there.tick()
    assert (there.run().state, there.run().reason) == ("skipped", Reason.QUIET_HOURS)


def test_approval_is_asked_and_waited_for(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(approval={"required": True, "within": "3 hours"})))

    hold.hold(there.app, "cercle", "lundi")
    there.tick()
    assert there.run().reason == Reason.AWAITING_APPROVAL
    assert there.approvals()[0].until == SUNDAY + timedelta(hours=3)


def test_a_rehearsal_asks_neither_guardrails_nor_hosts(store: Store) -> None:
    there = theatre(store, NIGHT)
    there.apply(playbook(ritual(approval={"required": True, "within": "1 hour"})))

    hold.hold(there.app, "cercle", "lundi", rehearsal=True)
    there.tick()
    assert len(there.said()) == 1
    assert there.run().state == "open"


def test_an_unknown_ritual_is_refused_with_near_names(store: Store) -> None:
    there = theatre(store)
    there.apply()

    with pytest.raises(Refused) as refused:
        hold.hold(there.app, "cercle", "lundy")
    assert "cercle/lundi" in refused.value.mend


def test_a_rehearsal_can_ask_the_hosts_alone(store: Store) -> None:
    there = theatre(store, NIGHT)
    there.apply(playbook(ritual(approval={"required": True, "within": "1 hour"})))

    hold.hold(there.app, "cercle", "lundi", rehearsal=True, approval=True)
    there.tick()
    assert there.run().reason == Reason.AWAITING_APPROVAL
    assert there.approvals()[0].until == NIGHT + timedelta(hours=1)
