"""The coming weeks, foreseen: which stages, where, and what the guardrails will skip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.flow.ahead import Ahead, ahead
from orchestrator.flow.needed import Needed, needed
from orchestrator.playbook.schema import Approval, Hosts, Pace, Playbook, Ritual
from orchestrator.rituals import nudge, prompt, steps

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
SPACES = {"salon": {"slack": "C01", "telegram": "@salon"}, "atelier": {"slack": "C02"}, "coulisses": {"slack": "C03"}}
HOSTS = Hosts(people=["alexis", "ines"], space="coulisses")


def ritual(name: str, *when: str, **more: Any) -> Ritual:
    told = {"where": ["salon"], "approval": Approval(required=False), **more}
    model = told.pop("model", None) or prompt.Model.model_validate({"ask": ["Quoi ?"], **told.pop("prompt", {})})
    kind = "steps" if isinstance(model, steps.Model) else "prompt"
    return Ritual.model_validate({"name": name, "kind": kind, "model": model, "when": list(when), **told})


def playbook(*rituals: Ritual, **more: Any) -> Playbook:
    told = {"playbook": "cercle", "title": "Cercle", "community": "cercle", "language": "fr", "hosts": HOSTS, **more}
    named = {one.name: one for one in rituals}
    return Playbook.model_validate({"timezone": "Europe/Paris", "spaces": SPACES, "rituals": named, **told})


def seen(*playbooks: Playbook, start: datetime = MONDAY, days: int = 7) -> list[str]:
    return [line(row) for row in ahead(playbooks, start, start + timedelta(days=days))]


def line(row: Ahead) -> str:
    why = f": {row.reason}" if row.reason else ""
    return f"{row.local:%d %H:%M} {row.ritual} {row.stage} {row.space} {row.verdict}{why}"


def test_the_stages_that_members_see_are_foreseen_and_a_silent_close_is_not() -> None:
    weekly = ritual("lundi", "chaque lundi à 9h30", prompt={"open_for": "2 days", "remind": True})
    assert seen(playbook(weekly)) == [
        "30 09:30 lundi post salon post",
        "02 08:00 lundi reminder salon post",  # three quarters of two days end in the quiet hours
        "02 09:30 lundi recap salon post",
    ]
    silent = ritual("lundi", "chaque lundi à 9h30", prompt={"recap": False})
    assert seen(playbook(silent)) == ["30 09:30 lundi post salon post"]


def test_a_row_names_its_places_and_nobody_is_written_to_directly() -> None:
    (row, *_) = ahead([playbook(ritual("lundi", "chaque lundi à 9h30"))], MONDAY, MONDAY + timedelta(days=1))
    assert row.places == (("slack", "C01"), ("telegram", "@salon"))
    assert (row.at, row.members, row.kind) == (datetime(2026, 11, 30, 8, 30, tzinfo=UTC), 0, "prompt")


def test_each_space_has_its_row() -> None:
    both = ritual("lundi", "chaque lundi à 9h30", where=["salon", "atelier"], prompt={"recap": False})
    assert seen(playbook(both)) == ["30 09:30 lundi post salon post", "30 09:30 lundi post atelier post"]


def test_the_third_post_of_a_place_on_a_day_is_skipped_the_others_are_not() -> None:
    rituals = [ritual(f"a{hour}", f"on 2026-12-01 at {hour}h", prompt={"recap": False}) for hour in (9, 10, 11)]
    elsewhere = ritual("b", "on 2026-12-01 at 12h", where=["atelier"], prompt={"recap": False})
    assert seen(playbook(*reversed(rituals), elsewhere)) == [
        "01 09:00 a9 post salon post",
        "01 10:00 a10 post salon post",
        "01 11:00 a11 post salon skip: day full",
        "01 12:00 b post atelier post",
    ]


def test_a_run_is_skipped_everywhere_when_one_of_its_places_is_full() -> None:
    first = ritual("a", "on 2026-12-01 at 9h", "on 2026-12-01 at 10h", where=["atelier"], prompt={"recap": False})
    second = ritual("b", "on 2026-12-01 at 11h", where=["salon", "atelier"], prompt={"recap": False})
    assert seen(playbook(first, second))[2:] == [
        "01 11:00 b post salon skip: day full",
        "01 11:00 b post atelier skip: day full",
    ]


def test_a_recap_passes_and_is_counted() -> None:
    asks = ritual("a", "on 2026-11-30 at 9h", prompt={"open_for": "1 day"})
    day_after = [ritual(f"b{hour}", f"on 2026-12-01 at {hour}h", prompt={"recap": False}) for hour in (10, 11)]
    assert seen(playbook(asks, *day_after)) == [
        "30 09:00 a post salon post",
        "01 09:00 a recap salon post",
        "01 10:00 b10 post salon post",
        "01 11:00 b11 post salon skip: day full",
    ]


def test_two_posts_of_one_run_need_two_free_posts() -> None:
    two = ritual("b", "on 2026-12-01 at 10h", model=steps.Model.model_validate([{"post": "un"}, {"post": "deux"}]))
    first = ritual("a", "on 2026-12-01 at 9h", prompt={"recap": False})
    assert [row for row in seen(playbook(first, two)) if " b " in row] == ["01 10:00 b s1 salon skip: day full"]
    assert len(seen(playbook(two))) == 2


def test_a_later_step_keeps_its_room_on_its_own_day() -> None:
    later = steps.Model.model_validate([{"post": "un"}, {"wait": "2 days"}, {"post": "deux"}])
    earlier = ritual("b", "on 2026-12-03 at 9h", prompt={"recap": False})
    both = playbook(ritual("a", "on 2026-12-01 at 10h", model=later), earlier, pace=Pace(posts_per_day=1))
    assert seen(both) == [
        "01 10:00 a s1 salon post",
        "03 09:00 b post salon skip: day full",
        "03 10:00 a s3 salon post",
    ]


def test_a_reminder_whose_question_closes_in_the_night_is_not_sent() -> None:
    asks = ritual("a", "on 2026-12-01 at 9h30", prompt={"open_for": "20 hours", "remind": True, "recap": False})
    assert seen(playbook(asks))[1:] == ["02 00:30 a reminder salon skip: quiet hours"]


def test_messages_to_members_have_a_row_without_a_space_and_what_hosts_are_told_one_in_theirs() -> None:
    model = nudge.Model.model_validate({"about": ["question"]})
    written = {"name": "n", "kind": "nudge", "model": model, "when": ["on 2026-12-01 at 10h"]}
    one = Ritual.model_validate({**written, "approval": Approval(required=True)})
    rows = ahead([playbook(one)], MONDAY, MONDAY + timedelta(days=9))
    assert [line(row) for row in rows] == [
        "30 10:00 n approval coulisses approval: awaiting approval",
        "01 10:00 n post None approval: awaiting approval",
        "08 10:00 n look coulisses post",
    ]
    assert [row.places for row in rows[1:]] == [(), (("slack", "C03"),)]


def test_how_much_people_must_talk_for_what_is_planned() -> None:
    daily = ritual("a", "every day at 9h", prompt={"recap": False})
    elsewhere = ritual("b", "every monday at 9h", where=["atelier"], prompt={"recap": False})
    book = playbook(daily, elsewhere)
    rows = ahead([book], MONDAY, MONDAY + timedelta(days=21))
    assert needed(rows, [book]) == [Needed("salon", 7, 28)]
    free = playbook(daily, pace=Pace.model_validate({"our_share": {"at_most": "100%"}}))
    assert needed(ahead([free], MONDAY, MONDAY + timedelta(days=21)), [free]) == []


def test_playbooks_of_one_community_share_its_days() -> None:
    one = playbook(ritual("a", "on 2026-12-01 at 9h", "on 2026-12-01 at 10h", prompt={"recap": False}))
    other = playbook(ritual("b", "on 2026-12-01 at 11h", prompt={"recap": False}), playbook="second")
    stranger = other.model_copy(update={"community": "elsewhere"})
    assert seen(one, other)[-1] == "01 11:00 b post salon skip: day full"
    assert seen(one, stranger)[-1] == "01 11:00 b post salon post"


def test_a_local_day_and_not_a_utc_day_is_full() -> None:
    # In Auckland, 20:00 on the 1st and 09:00 on the 2nd lie on the same UTC day
    evening = ritual("a", "on 2026-12-01 at 19h", "on 2026-12-01 at 20h", prompt={"recap": False})
    morning = ritual("b", "on 2026-12-02 at 9h", prompt={"recap": False})
    assert seen(playbook(evening, morning, timezone="Pacific/Auckland"))[-1] == "02 09:00 b post salon post"


def test_holidays_are_skipped_moved_or_held_as_the_ritual_says() -> None:
    def christmas(policy: str) -> list[str]:
        one = ritual("noel", "le 2026-12-25 à 9h", on_holiday=policy, prompt={"recap": False})
        return seen(playbook(one, holidays="FR"), days=35)

    assert christmas("skip") == ["25 09:00 noel post salon skip: holiday"]
    assert christmas("next working day") == ["28 09:00 noel post salon post"]
    assert christmas("post") == ["25 09:00 noel post salon post"]


def test_a_paused_ritual_says_so() -> None:
    assert seen(playbook(ritual("a", "chaque lundi à 9h", paused=True))) == ["30 09:00 a post salon skip: paused"]


def test_hosts_are_asked_the_day_before_and_all_depends_on_them() -> None:
    asked = ritual("a", "chaque mercredi à 9h", approval=Approval(required=True), prompt={"open_for": "1 day"})
    rows = ahead([playbook(asked)], MONDAY, MONDAY + timedelta(days=7))
    assert [line(row) for row in rows] == [
        "01 09:00 a approval coulisses approval: awaiting approval",
        "02 09:00 a post salon approval: awaiting approval",
        "03 09:00 a recap salon approval: awaiting approval",
    ]
    assert [row.members for row in rows] == [2, 0, 0]


def test_hosts_are_asked_at_once_when_the_day_before_is_past() -> None:
    asked = ritual("a", "chaque lundi à 9h", approval=Approval(required=True), prompt={"recap": False})
    late = datetime(2026, 11, 30, 6, tzinfo=UTC)
    assert seen(playbook(asked), start=late, days=1) == [
        "30 07:00 a approval coulisses approval: awaiting approval",
        "30 09:00 a post salon approval: awaiting approval",
    ]


def test_an_approval_for_a_run_beyond_the_weeks_is_asked_within_them() -> None:
    asked = ritual("a", "chaque lundi à 9h", approval=Approval(required=True), prompt={"recap": False})
    sunday = MONDAY + timedelta(days=6)
    assert seen(playbook(asked), start=sunday, days=1) == ["06 09:00 a approval coulisses approval: awaiting approval"]


def test_a_later_stage_waits_for_the_morning() -> None:
    evening = ritual("a", "on 2026-12-01 at 20h", prompt={"open_for": "4 hours"})
    assert seen(playbook(evening)) == ["01 20:00 a post salon post", "02 08:00 a recap salon post"]
    assert (
        seen(playbook(evening, pace=Pace.model_validate({"quiet_hours": "none"})))[1] == "02 00:00 a recap salon post"
    )


def test_happenings_have_no_moments() -> None:
    assert seen(playbook(ritual("bienvenue", "member joins"))) == []


def test_the_weeks_begin_at_their_first_instant_and_end_before_their_last() -> None:
    daily = ritual("a", "every day at 9h", prompt={"recap": False})
    start = datetime(2026, 11, 30, 8, tzinfo=UTC)  # 09:00 in Paris
    assert seen(playbook(daily), start=start, days=2) == ["30 09:00 a post salon post", "01 09:00 a post salon post"]
