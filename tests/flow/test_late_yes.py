"""A host's yes that comes when the night has begun, or on another day, obeys the guardrails of that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orchestrator.flow import approve, begin, hold
from orchestrator.playbook.schema import Ritual
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Place
from tests.flow.theatre import MONDAY, SUNDAY, Theatre, playbook, ritual, theatre

#: 23:00 in Paris; the quiet hours end at 08:00.
NIGHT = SUNDAY + timedelta(hours=4)
MORNING = SUNDAY + timedelta(hours=13)


def sensitive(name: str = "annonce", **more: object) -> Ritual:
    return ritual(name, **{"approval": {"required": True}, "when": ["every friday at 09:30"], **more})


def agree(there: Theatre) -> str:
    with there.store.write() as session:
        said = approve.decide(session, there.approvals()[-1].code, "command line", True, there.clock.now())
    there.tick()
    return approve.sentence(there.app.render, said)


def held(store: Store, *others: Ritual, **more: object) -> Theatre:
    """On Sunday at 19:00 in Paris a host holds what needs another host's yes."""
    there = theatre(store)
    there.apply(playbook(sensitive(), *others, **more))
    hold.hold(there.app, "cercle", "annonce")
    there.tick()
    return there


def test_agreed_to_at_night_it_waits_for_the_morning_and_hosts_read_so(store: Store) -> None:
    there = held(store)
    there.live_until(NIGHT)
    assert "ça partira" in agree(there)

    assert there.said() == []
    assert "30 novembre à 8\xa0h" in there.slack.edits[0].text
    there.live_until(MORNING)
    assert [entry.at for town in (there.slack, there.telegram) for entry in there.said(town)] == [MORNING] * 2


def test_agreed_to_when_the_night_has_begun_what_cannot_wait_is_not_sent(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(sensitive(when=["every sunday at 20:30"])))
    there.live_until(SUNDAY + timedelta(hours=2, minutes=30))
    assert "heures calmes" in agree(there)

    there.live_until(MORNING)
    assert (there.run().state, there.run().reason, there.said()) == ("skipped", Reason.QUIET_HOURS, [])
    assert "heures calmes" in there.slack.edits[0].text


@pytest.mark.parametrize("posts", [1, 2])
def test_agreed_to_on_another_day_it_needs_room_on_that_day(store: Store, posts: int) -> None:
    there = held(store, ritual("matin", when=["every monday at 09:00"]), pace={"posts": posts})
    there.live_until(MONDAY)
    said = agree(there)

    assert len(there.said()) == posts
    assert ("en une journée" in said) == ("en une journée" in there.slack.edits[0].text) == (posts == 1)
    assert there.runs()[0].reason == (Reason.DAY_FULL if posts == 1 else Reason.POSTED)


def test_what_another_run_will_still_say_on_that_day_is_counted(store: Store) -> None:
    model = [{"post": "un"}, {"wait": "1 day"}, {"post": "deux"}]
    steps = ritual("pas", "steps", when=["on 2026-11-29 at 19:30"], model=model)
    there = held(store, steps, ritual("matin", when=["every monday at 09:00"]), pace={"posts": 2})
    there.live_until(MONDAY)
    assert "en une journée" in agree(there)
    there.live_until(MONDAY + timedelta(hours=12))
    assert len(there.said()) == 3


def test_what_happened_waits_for_the_morning_however_short_the_hosts_time_to_decide(store: Store) -> None:
    there = theatre(store)
    approval = {"required": True, "within": "3 hours"}
    there.apply(playbook(ritual("accueil", "welcome", model={}, when=["member joins"], approval=approval)))
    newcomer = there.member("U7")
    with there.store.write() as session:
        place_id = session.scalars(select(Place.id).where(Place.ref == "C1")).first()
        begin.joined(session, newcomer, place_id or 0, there.clock.now())
    there.live_until(SUNDAY + timedelta(hours=2, minutes=30))
    agree(there)

    there.live_until(MORNING)
    assert [entry.at for entry in there.said(place="U7")] == [MORNING]
