"""Room for us in a place: a share of its talk, so many posts a day, one calendar over all playbooks of a community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.flow import due, hold, prepare
from orchestrator.measures import story
from orchestrator.rules.reasons import Reason
from orchestrator.store import activity, rituals
from orchestrator.store.activity import Fact
from orchestrator.store.session import Store
from orchestrator.store.tables import Place, to_us
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POSTED = Reason.POSTED
DAILY: dict[str, Any] = {"when": ["every day at 09:30"]}
QUICK: dict[str, Any] = {"ask": ["a", "b", "c"], "open_for": "1 hour", "recap": False}
FIFTEEN = {"our_share": {"at_most": "15%"}, "stop_after": 99}


def talk(there: Theatre, n: int, at: datetime, ref: str = "C1") -> None:
    """Members say so much at that moment in the place with that reference."""
    with there.store.write() as session:
        places = list(session.scalars(select(Place).where(Place.ref == ref)))
        base = to_us(at)
        facts: list[Fact] = [
            (place.id, base + k, activity.SAID, 0, 7, 20_000, base, None, None, 3, 0)
            for place in places
            for k in range(n)
        ]
        activity.keep(session, facts, {place.id: place.space_id for place in places})


def reasons(there: Theatre) -> list[str | None]:
    return [run.reason for run in there.runs()]


def sentence(there: Theatre, number: int = -1) -> str:
    run = there.runs()[number]
    with there.store.read() as session:
        return str(story.why(session, rituals.of_runs(session, [run])[run.id], run)["sentence"])


@pytest.mark.parametrize(("people", "outcome"), [(85, Reason.OUR_SHARE), (100, POSTED)])
def test_the_next_post_is_counted_in(store: Store, people: int, outcome: Reason) -> None:
    there = theatre(store)
    generous = {"our_share": {"at_most": "100%"}, "posts": 99, "stop_after": 99}
    daily = ritual(**DAILY, model=QUICK)
    fourteen = ritual("quatorze", kind="steps", when=["on 2026-11-30 at 10:00"], model=[{"post": "un"}] * 14)
    there.apply(playbook(daily, pace=generous), playbook(fourteen, playbook="autre", pace=generous))
    there.live_until(MONDAY + HOUR)
    assert len(there.said()) == 15
    there.apply(playbook(daily, pace={**FIFTEEN, "posts": 99}))
    talk(there, people, MONDAY + 2 * HOUR)
    there.live_until(MONDAY + DAY)
    assert reasons(there)[-1] == outcome


def test_why_tells_the_numbers_in_words(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(**DAILY, model=QUICK), pace={"our_share": {}, "stop_after": 99}))
    talk(there, 3, MONDAY - HOUR)
    there.live_until(MONDAY + 2 * DAY)
    assert sentence(there) == (
        "We would have talked too large a share in that place. "
        "In salon on slack: 3 of 6 messages in 7 days would be ours, at most 20% may be."
    )


def test_a_quiet_place_is_woken_as_often_as_the_floor_says_and_no_more(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(**DAILY, model=QUICK), pace={"our_share": {}, "stop_after": 99}))
    there.live_until(MONDAY + 13 * DAY)
    # Each week is the last 7 × 24 h: the posts of the 30th and the 1st make room on the 7th and the 8th.
    assert [number for number, reason in enumerate(reasons(there)) if reason == POSTED] == [0, 1, 7, 8]
    assert set(reasons(there)) == {POSTED, Reason.OUR_SHARE}


def test_one_of_several_places_is_enough(store: Store) -> None:
    there = theatre(store)
    there.slack.names["#salon"], there.telegram.names["#salon"] = "C1", "-100"
    there.apply(playbook(ritual(**DAILY, model=QUICK), pace={"our_share": {"but_allow": 1}, "stop_after": 99}))
    talk(there, 99, MONDAY - HOUR, "C1")
    there.live_until(MONDAY + DAY)
    assert reasons(there) == [POSTED, Reason.OUR_SHARE]
    assert "on telegram" in sentence(there)


def test_talk_of_the_window_makes_room_and_then_is_past(store: Store) -> None:
    there = theatre(store)
    pace = {"our_share": {"at_most": "20%", "over": "2 days", "but_allow": 1}, "stop_after": 99}
    there.apply(playbook(ritual(**DAILY, model=QUICK), pace=pace))
    talk(there, 8, MONDAY - HOUR)
    there.live_until(MONDAY + 3 * DAY)
    assert reasons(there) == [POSTED, POSTED, Reason.OUR_SHARE, Reason.OUR_SHARE]


def test_all_posts_of_a_run_s_day_are_counted(store: Store) -> None:
    there = theatre(store)
    both = ritual(kind="steps", model=[{"post": "un"}, {"wait": "1 hour"}, {"post": "deux"}])
    there.apply(playbook(both, pace={"our_share": {"but_allow": 1}}))
    talk(there, 7, MONDAY - HOUR)  # one post would be 1 of 8, two are 2 of 9
    there.live_until(MONDAY + 2 * HOUR)
    assert reasons(there) == [Reason.OUR_SHARE]
    assert there.said() == []


def test_playbooks_of_one_community_share_a_place_s_day(store: Store) -> None:
    there = theatre(store)
    at = [f"every day at {hour}:00" for hour in (9, 10, 11)]
    books = [playbook(ritual(f"r{n}", when=[when], model=QUICK), playbook=f"p{n}") for n, when in enumerate(at)]
    there.apply(*books)
    there.live_until(MONDAY.replace(hour=12))
    assert reasons(there) == [POSTED, POSTED, Reason.DAY_FULL]
    assert "In salon on slack: it had 2 of 2." in sentence(there)


def test_a_later_step_keeps_its_room_on_its_own_day(store: Store) -> None:
    there = theatre(store)
    steps = ritual("steps", kind="steps", model=[{"post": "un"}, {"wait": "2 days"}, {"post": "deux"}])
    other = ritual("autre", when=["every wednesday at 09:00"], model=QUICK)
    there.apply(playbook(steps, other, pace={"posts": 1}))
    there.live_until(MONDAY + 2 * DAY + HOUR)
    assert reasons(there) == [POSTED, Reason.DAY_FULL]
    assert [entry.text for entry in there.said()] == ["un", "deux"]


def test_room_is_given_back_when_its_run_ends(store: Store) -> None:
    there = theatre(store)
    steps = ritual("steps", kind="steps", model=[{"post": "un"}, {"wait": "2 days"}, {"post": "deux"}])
    other = ritual("autre", when=["every wednesday at 09:00"], model=QUICK)
    there.slack.faults.extend(["refused"])
    there.telegram.faults.extend(["refused"])
    there.apply(playbook(steps, other, pace={"posts": 1}))
    there.live_until(MONDAY + 2 * DAY + HOUR)
    assert reasons(there) == [Reason.PLATFORM_REFUSED, POSTED]


def test_a_night_s_step_takes_the_room_of_the_morning(store: Store) -> None:
    there = theatre(store)
    steps = ritual("steps", kind="steps", model=[{"post": "un"}, {"wait": "14 hours"}, {"post": "deux"}])
    other = ritual("autre", when=["every tuesday at 10:00"], model=QUICK)
    there.apply(playbook(steps, other, pace={"posts": 1}))
    there.live_until(MONDAY + DAY + HOUR)
    assert reasons(there) == [POSTED, Reason.DAY_FULL]


def test_runs_prepared_together_count_one_another(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(*(ritual(f"r{n}", model=QUICK) for n in range(5))))
    there.clock.at = MONDAY
    with store.write() as session:
        stages = due.due(session, MONDAY)
    prepare.prepare_all(there.app, stages)
    there.tick()
    assert sorted(map(str, reasons(there))) == ["day full"] * 3 + ["posted"] * 2


@pytest.mark.parametrize("names", [["closing"], ["closing", "recap"]])
def test_closing_and_recap_pass_and_are_counted(store: Store, names: Sequence[str]) -> None:
    there = theatre(store)
    told = ritual("lundi", model={"ask": ["a"], "open_for": "23 hours 30 minutes"})
    early = ritual("matin", when=["every tuesday at 08:30"], model=QUICK)
    late = ritual("soir", when=["every tuesday at 10:00"], model=QUICK)
    there.apply(playbook(told, early, *([late] if "recap" in names else []), pace={"posts": 1}))
    there.live_until(MONDAY + HOUR)
    for ref in ("U7", "U8"):
        there.answer("oui", ref)
    there.live_until(MONDAY + DAY + HOUR)
    assert "oui" in there.said()[-1].text
    assert reasons(there) == [POSTED, POSTED, Reason.DAY_FULL][: len(names) + 1]


def test_a_host_who_is_asked_at_night_is_not_asked_for_a_full_day(store: Store) -> None:
    there = theatre(store)
    steps = ritual("steps", kind="steps", model=[{"post": "un"}, {"wait": "1 day"}, {"post": "deux"}])
    asks = ritual("c", when=["on 2027-01-04 at 09:00"], approval={"required": True}, on_missed="late 12 hours")
    there.apply(playbook(steps, asks, pace={"posts": 1}))
    there.live_until(MONDAY.replace(hour=22))
    hold.hold(there.app, "cercle", "c")
    there.tick()
    assert reasons(there) == [POSTED, Reason.DAY_FULL]
    assert there.said(place="C9") == []
