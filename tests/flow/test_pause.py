"""A pause acts at once, also on what is already planned, and ends as it began."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.errors import Refused
from orchestrator.flow import due, pause, prepare
from orchestrator.rules.reasons import Reason
from orchestrator.store import rituals
from orchestrator.store.session import Store
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

PATHS = [None, "cercle", "cercle/lundi"]


def silence(there: Theatre, path: str | None) -> list[str]:
    with there.store.write() as session:
        return pause.pause(session, path, there.clock.now())


def end(there: Theatre, path: str | None) -> list[str]:
    with there.store.write() as session:
        pause.resume(session, path, there.clock.now())
        return pause.still_paused(session, path)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_paused_is_skipped_with_that_reason(store: Store, path: str | None) -> None:
    there = theatre(store)
    there.apply()

    assert silence(there, path)
    there.live_until(MONDAY)
    assert there.outcomes() == [("2026-11-30T09:30", "skipped", Reason.PAUSED)]


@pytest.mark.parametrize("path", PATHS)
def test_a_pause_stops_what_is_planned_already(store: Store, path: str | None) -> None:
    there = theatre(store)
    there.apply()
    there.clock.at = MONDAY
    with store.write() as session:
        stages = due.due(session, MONDAY)
    prepare.prepare_all(there.app, stages)

    silence(there, path)
    there.tick()
    there.tick()
    assert there.said() == []
    assert there.outcomes() == [("2026-11-30T09:30", "skipped", Reason.PAUSED)]
    with store.read() as session:
        assert rituals.is_paused(session, there.run().id)


@pytest.mark.parametrize("path", PATHS)
def test_a_resumed_ritual_goes_on(store: Store, path: str | None) -> None:
    there = theatre(store)
    there.apply()

    silence(there, path)
    assert end(there, path) == []
    there.live_until(MONDAY)
    assert there.run().state == "open"


def test_what_was_paused_by_itself_stays_so_and_is_named(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(), ritual("autre")))

    silence(there, "cercle/autre")
    silence(there, None)
    assert end(there, None) == ["cercle/autre"]
    there.live_until(MONDAY)
    assert sorted(str(reason) for _, _, reason in there.outcomes()) == ["paused", "posted"]


def test_resuming_counts_unanswered_runs_anew(sqlite_store: Store) -> None:
    there = theatre(sqlite_store)
    weekly = ritual(model={"ask": ["a"], "open_for": "1 hour"}, when=["every day at 09:30"])
    there.apply(playbook(weekly, pace={"stop_after": 1}))
    there.live_until(MONDAY + timedelta(hours=3))

    end(there, "cercle/lundi")
    there.live_until(MONDAY + timedelta(days=1))
    assert [reason for _, _, reason in there.outcomes()] == [Reason.POSTED, Reason.POSTED]


@pytest.mark.parametrize("path", ["cercel", "cercle/lundy"])
def test_an_unknown_name_is_refused_with_near_names(store: Store, path: str) -> None:
    there = theatre(store)
    there.apply()

    with pytest.raises(Refused) as refused:
        silence(there, path)
    assert "cercle" in refused.value.mend
