"""From a due moment to posts, answers, a close and a recap, with a reason for whatever does not happen."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from orchestrator.flow import due, prepare
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Badge
from tests.flow.theatre import MONDAY, SUNDAY, Theatre, playbook, ritual, theatre

OPEN_FOR = timedelta(days=2)
CLOSE = MONDAY + OPEN_FOR


def questions(there: Theatre) -> list[str]:
    return [entry.text.split("\n")[0].strip("*") for entry in there.said()]


def test_a_prompt_goes_from_its_playbook_to_its_recap(store: Store) -> None:
    there = theatre(store)
    there.apply()

    there.live_until(MONDAY)
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [1, 1]
    assert "Quel prix" in there.said()[0].text
    run = there.run()
    assert (run.key, run.state, run.reason, run.closes_at) == ("2026-11-30T09:30", "open", Reason.POSTED, CLOSE)

    there.answer("12 euros", "U7")
    there.answer("15 euros", "U8")
    there.live_until(CLOSE)
    assert "12 euros" in there.said()[-1].text and "15 euros" in there.said()[-1].text
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [2, 2]
    assert there.run().state == "done"
    assert there.run().facts["result"] == {"counted": 2, "of": 0, "unanswered": False, "asks": True}
    told = ["due", "admitted", "prepared", "posted", "open", "posted", "closed", "prepared", "done"]
    assert there.steps() == [*told, "posted", "posted"]


def test_a_recap_of_fewer_than_two_answers_is_not_posted_and_the_story_says_so(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.live_until(MONDAY)
    there.answer("12 euros", "U7")

    there.live_until(CLOSE)
    assert len(there.said()) == 1
    assert there.run().state == "done"
    assert there.steps()[-3:] == ["closed", "nothing to say", "done"]


def test_the_question_is_never_early(store: Store) -> None:
    there = theatre(store)
    there.apply()

    there.live_until(MONDAY - timedelta(seconds=1))
    assert there.runs() == []


def test_questions_do_not_repeat_before_all_were_asked(sqlite_store: Store) -> None:
    there = theatre(sqlite_store)
    daily = ritual(when=["every day at 09:30"], model={"ask": ["a", "b", "c"], "open_for": "1 hour", "recap": False})
    there.apply(playbook(daily, pace={"stop_after": 99}))

    there.live_until(MONDAY + timedelta(days=5))
    assert questions(there) == ["a", "b", "c", "a", "b", "c"]


def test_all_places_close_together_counted_from_the_first_post(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.slack.faults.extend(["away"])
    there.telegram.faults.extend(["away"] * 3)

    there.live_until(MONDAY + timedelta(minutes=30))
    first = there.said()[0].at
    assert there.said(there.telegram)[0].at > first > MONDAY
    assert there.run().closes_at == first + OPEN_FOR
    assert there.stages()["close"].at == there.stages()["recap"].at == first + OPEN_FOR


def test_one_refused_place_does_not_stop_the_other(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.slack.faults.append("refused")

    there.live_until(MONDAY)
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [0, 1]
    assert (there.run().state, there.run().reason) == ("open", Reason.POSTED)


def test_a_run_that_every_place_refuses_is_skipped_with_that_reason(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.slack.faults.append("refused")
    there.telegram.faults.append("refused")

    there.live_until(MONDAY + timedelta(hours=1))
    assert (there.run().state, there.run().reason) == ("skipped", Reason.PLATFORM_REFUSED)
    assert {stage.state for name, stage in there.stages().items() if name != "post"} == {"skipped"}


def test_the_third_post_of_a_day_in_a_place_is_too_many(store: Store) -> None:
    there = theatre(store)
    model = {"ask": ["a"], "open_for": "3 days"}
    there.apply(playbook(*(ritual(f"r{n}", when=[f"every monday at 1{n}:00"], model=model) for n in range(3))))

    there.live_until(MONDAY + timedelta(hours=5))
    assert [reason for _, _, reason in there.outcomes()] == [Reason.POSTED, Reason.POSTED, Reason.DAY_FULL]


def test_posts_of_one_moment_are_counted_together(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(*(ritual(f"r{n}") for n in range(4))))

    there.live_until(MONDAY)
    assert sorted(str(reason) for _, _, reason in there.outcomes()) == ["day full", "day full", "posted", "posted"]


def test_quiet_hours_are_waited_out_within_on_missed(store: Store) -> None:
    there = theatre(store)
    pace = {"quiet_hours": "21:00-10:00"}
    there.apply(playbook(ritual(), ritual("tot", when=["every monday at 07:00"]), pace=pace))

    there.live_until(MONDAY + timedelta(minutes=20))
    assert there.said() == []
    there.live_until(MONDAY + timedelta(minutes=30))
    assert [reason for _, _, reason in there.outcomes()] == [Reason.QUIET_HOURS, Reason.POSTED]
    assert there.said()[0].at == MONDAY + timedelta(minutes=30)


def test_a_ritual_that_nobody_answers_stops_until_it_is_resumed(sqlite_store: Store) -> None:
    there = theatre(sqlite_store)
    daily = ritual(when=["every day at 09:30"], model={"ask": ["a"], "open_for": "1 hour"})
    there.apply(playbook(daily, pace={"stop_after": 2}))

    there.live_until(MONDAY + timedelta(days=3))
    assert [reason for _, _, reason in there.outcomes()] == [Reason.POSTED] * 2 + [Reason.UNANSWERED] * 2


@pytest.mark.parametrize("what", ["text", "template"])
def test_a_text_that_cannot_be_made_ends_its_run_with_the_mistake_in_its_story(store: Store, what: str) -> None:
    there = theatre(store)
    wrong = {"text": "Bonjour {{ nobody }}"} if what == "text" else {"template": {"post": "missing"}}
    there.apply(playbook(ritual(**wrong), ritual("autre")))

    there.live_until(MONDAY)
    reasons = {reason for _, _, reason in there.outcomes()}
    assert reasons == {Reason.FAILED, Reason.POSTED}
    assert len(there.said()) == 1


def test_steps_are_held_one_after_another_from_the_first_post(store: Store) -> None:
    there = theatre(store)
    steps = [
        {"post": "bienvenue"},
        {"ask": "Qui es-tu"},
        {"wait": "1 day"},
        {"recap": "voici"},
        {"give": {"badge": "présent"}},
    ]
    there.apply(playbook(ritual(kind="steps", model=steps)))

    there.live_until(MONDAY)
    assert [entry.text.split("\n")[0].strip("*") for entry in there.said()] == ["bienvenue", "Qui es-tu"]
    there.answer("moi", "U7")
    there.answer("moi aussi", "U8")
    there.live_until(MONDAY + timedelta(days=1))
    assert "voici" in there.said()[-1].text
    with store.read() as session:
        assert session.query(Badge).count() == 2
    assert there.run().state == "done"


def test_two_workers_never_prepare_a_stage_twice(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(*(ritual(f"r{n}") for n in range(6)), pace={"posts": 9}))
    there.clock.at = MONDAY
    with store.write() as session:
        stages = due.due(session, MONDAY)

    threads = [threading.Thread(target=prepare.prepare_all, args=(there.app, stages)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(there.deliveries()) == 12
    assert there.steps().count("prepared") == 6


def test_a_bug_of_ours_ends_one_run_and_spares_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    there = theatre(store)
    there.apply(playbook(ritual("un"), ritual("deux")))
    there.live_until(SUNDAY)
    true_post = there.app.render.post

    def broken(draft: object, book: object, written: object, code: str) -> object:
        if getattr(written, "name", "") == "un":
            raise RuntimeError("a bug")
        return true_post(draft, book, written, code)  # type: ignore[arg-type]

    monkeypatch.setattr(there.app.render, "post", broken)
    there.live_until(MONDAY)
    assert sorted(str(reason) for _, _, reason in there.outcomes()) == ["failed", "posted"]
