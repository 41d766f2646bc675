"""A ritual that nobody answers stops and asks its hosts, once, until they resume it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orchestrator.flow import pause
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

DAY = timedelta(days=1)
DAILY: dict[str, Any] = {"when": ["every day at 09:30"], "model": {"ask": ["a"], "open_for": "1 hour"}}


def asked(there: Theatre) -> list[str]:
    return [entry.text for entry in there.said(place="C9")]


def reasons(there: Theatre) -> list[str | None]:
    return [run.reason for run in there.runs()]


def test_after_so_many_unanswered_runs_hosts_are_asked_what_to_change_and_the_next_run_says_why(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual("question-du-jour", **DAILY)))
    there.live_until(MONDAY + DAY + timedelta(hours=2))
    assert asked(there) == []
    there.live_until(MONDAY + 2 * DAY + timedelta(hours=2))
    (text,) = asked(there)
    assert "**question du jour**" in text and "ces 3 dernières fois" in text
    assert "stops" in there.steps()

    there.live_until(MONDAY + 4 * DAY)
    assert reasons(there) == [Reason.POSTED] * 3 + [Reason.UNANSWERED] * 2
    assert len(asked(there)) == 1


def test_resumed_it_is_held_again_and_hosts_are_asked_again_after_as_many(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(**DAILY), pace={"stop_after": 2}))
    there.live_until(MONDAY + 3 * DAY)
    there.clock.move(hours=1)
    with store.write() as session:
        pause.resume(session, "cercle/lundi", there.clock.now())
    there.live_until(MONDAY + 7 * DAY)
    assert reasons(there) == ([Reason.POSTED] * 2 + [Reason.UNANSWERED] * 2) * 2
    assert len(asked(there)) == 2


def test_an_answer_begins_the_count_anew(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(when=["every day at 09:30"], model={"ask": ["a"], "open_for": "1 day"})))
    there.live_until(MONDAY + timedelta(hours=1))
    there.answer("oui", "U7")
    there.live_until(MONDAY + 3 * DAY)
    assert asked(there) == []


def test_what_asks_nothing_never_stops(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(kind="steps", when=["every day at 09:30"], model=[{"post": "bonjour"}])))
    there.live_until(MONDAY + 5 * DAY)
    assert reasons(there) == [Reason.POSTED] * 6
    assert asked(there) == []


def test_however_many_runs_it_may_take_they_are_counted(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(**DAILY), pace={"stop_after": 23}))
    there.live_until(MONDAY + 23 * DAY)
    assert reasons(there)[22:] == [Reason.POSTED, Reason.UNANSWERED]
