"""What falls due in the night waits for the morning: recaps, reminders and later steps, never skipped without need."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

#: 02:00 in Paris, in quiet hours that end at 08:00.
NIGHT = MONDAY + timedelta(hours=16, minutes=30)
MORNING = NIGHT + timedelta(hours=6)


def only(there: Theatre, stage: str) -> list[Delivery]:
    return [row for row in there.deliveries() if row.stage == stage]


def test_a_recap_due_in_the_night_is_posted_in_the_morning_and_the_close_keeps_its_moment(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(model={"ask": ["a"], "open_for": "16 hours 30 minutes"})))
    there.live_until(MONDAY + timedelta(hours=1))
    there.answer("un", "U7")
    there.answer("deux", "U8")

    there.live_until(MORNING - timedelta(minutes=1))
    assert (len(there.said()), there.run().closes_at) == (1, NIGHT)
    assert {row.detail for row in only(there, "recap")} == {Reason.QUIET_HOURS}
    assert "waits" in there.steps()
    there.live_until(MORNING)
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [2, 2]
    assert there.said()[-1].at == MORNING


def test_a_reminder_due_in_the_night_waits_while_answers_are_still_in_time(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(model={"ask": ["a"], "open_for": "22 hours 40 minutes", "remind": True})))
    there.live_until(MORNING - timedelta(minutes=1))
    assert len(there.said()) == 1
    there.live_until(MORNING)
    assert [entry.at for entry in there.said() if entry.under] == [MORNING]


def test_nobody_is_reminded_in_the_morning_of_what_enough_answered_in_the_evening(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(model={"ask": ["a"], "open_for": "22 hours 40 minutes", "remind": True})))
    there.live_until(MORNING - timedelta(hours=1))
    for number in range(7, 10):
        there.answer("oui", f"U{number}")
    there.live_until(MORNING)
    assert [entry.text for entry in there.said() if entry.under] == []


def test_nobody_is_reminded_of_a_question_that_closed_in_the_night(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(model={"ask": ["a"], "open_for": "20 hours", "remind": True})))
    there.live_until(MORNING + timedelta(hours=1))
    assert len(there.said()) == 1 and only(there, "reminder") == []
    reminder = there.stages()["reminder"]
    assert (reminder.state, reminder.reason) == ("skipped", Reason.QUIET_HOURS)


def test_later_steps_wait_for_the_morning_too_in_their_order(store: Store) -> None:
    there = theatre(store)
    steps = [{"post": "un"}, {"wait": "14 hours"}, {"post": "deux"}, {"wait": "1 hour"}, {"ask": "trois"}]
    there.apply(playbook(ritual(kind="steps", model=steps), pace={"posts": 9}))
    there.live_until(MORNING + timedelta(hours=1))
    assert [entry.text.split("\n")[0].strip("*") for entry in there.said()] == ["un", "deux", "trois"]
    assert {entry.at for entry in there.said()[1:]} <= {MORNING, MORNING + timedelta(seconds=1)}
