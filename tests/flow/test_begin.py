"""A member who joins begins a ritual once, unless they were there before us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orchestrator.flow import approve, begin
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import MemberSeen
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Handle, Place
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

NIGHT = MONDAY + timedelta(hours=14)  # 23:30 in Paris


def welcoming(**more: object) -> Playbook:
    return playbook(ritual("bienvenue", **{"when": ["member joins"], **more}))


def joins(there: Theatre, member_id: int, place: str = "C1") -> list[int]:
    with there.store.write() as session:
        place_id = session.scalars(select(Place.id).where(Place.ref == place).order_by(Place.id)).first()
        assert place_id is not None
        return begin.joined(session, member_id, place_id, there.clock.now())


def test_joining_begins_one_run_per_member_whatever_the_place(store: Store) -> None:
    there = theatre(store, MONDAY)
    there.apply(welcoming(model={"ask": ["a"], "open_for": "1 day"}))

    assert len(joins(there, there.member("U7"))) == 1
    assert joins(there, there.member("U7")) == []
    there.tick()
    assert [run.key for run in there.runs()] == [f"joined:{there.member('U7')}"]
    assert there.run().state == "open"


def test_whoever_was_there_at_the_first_apply_and_every_host_never_counts(store: Store) -> None:
    there = theatre(store, MONDAY)
    there.slack.present["C1"] = [MemberSeen("U5", "Zoé")]
    there.apply(welcoming())

    with store.read() as session:
        known = {handle.ref: handle.member_id for handle in session.scalars(select(Handle))}
    assert joins(there, known["U5"]) == joins(there, known["U1"]) == []


def test_joining_another_space_begins_nothing(store: Store) -> None:
    there = theatre(store, MONDAY)
    there.apply(welcoming())

    assert joins(there, there.member("U7"), "C9") == []


@pytest.mark.parametrize("paused", [True, False])
def test_a_paused_ritual_leaves_its_reason(store: Store, paused: bool) -> None:
    there = theatre(store, MONDAY)
    there.apply(welcoming(paused=paused))

    joins(there, there.member("U7"))
    there.tick()
    assert there.run().reason == (Reason.PAUSED if paused else Reason.POSTED)


def test_at_night_it_waits_for_the_morning(store: Store) -> None:
    there = theatre(store, NIGHT)
    there.apply(welcoming())

    joins(there, there.member("U7"))
    there.tick()
    assert there.said() == []
    there.live_until(NIGHT + timedelta(hours=10))
    assert [entry.at for entry in there.said()] == [NIGHT + timedelta(hours=8, minutes=30)]


def test_where_approval_is_required_hosts_are_asked_at_once_for_a_day(store: Store) -> None:
    there = theatre(store, MONDAY)
    there.apply(welcoming(approval={"required": True}))

    joins(there, there.member("U7"))
    there.tick()
    assert there.said() == [] and len(there.said(place="C9")) == 1
    there.live_until(MONDAY + timedelta(hours=3))
    with store.write() as session:
        approve.decide(session, there.approvals()[0].code, "command line", True, there.clock.now())
    there.tick()
    assert len(there.said()) == 1
