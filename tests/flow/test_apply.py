"""Applying is safe to repeat, keeps every memory, and never holds a moment twice."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import func, select

from orchestrator.flow import apply
from orchestrator.ports import MemberSeen
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Handle, Member, Place, PlaybookVersion, Presence
from orchestrator.store.tables import Ritual as Row
from tests.flow.theatre import MONDAY, SUNDAY, Theatre, playbook, ritual, theatre


def rows(there: Theatre) -> dict[str, int]:
    with there.store.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def the_ritual(there: Theatre, name: str = "lundi") -> Row:
    with there.store.read() as session:
        return session.scalars(select(Row).where(Row.name == name)).one()


def test_applied_twice_changes_nothing(store: Store) -> None:
    there = theatre(store)
    assert there.apply().added == ["cercle/lundi"]
    before = rows(there)

    again = there.apply()
    assert (again.unchanged, again.added, again.changed) == (["cercle/lundi"], [], [])
    assert rows(there) == before


def test_two_applies_at_once_are_one(store: Store) -> None:
    there = theatre(store)
    there.slack.present["C1"] = [MemberSeen("U5", "Zoé")]
    threads = [threading.Thread(target=there.apply) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    once = rows(there)
    assert (once["ritual"], once["playbook_version"], once["place"], once["member"]) == (1, 1, 3, 3)


def test_a_name_is_resolved_once_and_its_id_kept(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.slack.names = {}  # the channel was renamed

    assert there.apply().unresolved == []
    assert sorted(there.slack.resolved) == ["#coulisses", "#salon"]


def test_a_place_that_is_not_found_is_told_and_the_rest_goes_live(store: Store) -> None:
    there = theatre(store)
    spaces = {"salon": {"slack": "#salon", "telegram": "#nowhere"}}

    (missing,) = there.apply(playbook(spaces=spaces, hosts=None)).unresolved
    assert (missing.space, missing.connection, missing.mend) == ("salon", "telegram", "paste its link")
    there.live_until(MONDAY)
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [1, 0]


def test_a_place_is_one_space_s_only_however_it_is_written(store: Store) -> None:
    there = theatre(store)
    there.slack.names["https://x.slack.com/archives/C1"] = "C1"
    spaces = {"salon": {"slack": "#salon"}, "coulisses": {"slack": "https://x.slack.com/archives/C1"}}

    (missing,) = there.apply(playbook(spaces=spaces)).unresolved
    assert (missing.space, missing.what) == ("coulisses", 'it is the same place as "salon"')
    with store.read() as session:
        assert session.scalars(select(Place.ref)).all() == ["C1"]


def test_a_place_written_anew_retires_the_old_one(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.apply(playbook(spaces={"salon": {"slack": "#jardin"}, "coulisses": {"slack": "#coulisses"}}))

    with store.read() as session:
        live = session.scalars(select(Place.ref).where(Place.retired_at.is_(None)).order_by(Place.ref)).all()
    assert live == ["C2", "C9"]


def test_declared_people_are_one_member_over_their_platforms(store: Store) -> None:
    there = theatre(store)
    there.apply()

    with store.read() as session:
        hosts = session.scalars(select(Member).where(Member.is_host).order_by(Member.name)).all()
        refs = session.scalars(select(Handle.ref).where(Handle.member_id == hosts[1].id).order_by(Handle.ref)).all()
    assert [host.name for host in hosts] == ["alexis", "ines"]
    assert refs == ["11", "U1"]


def test_those_there_at_the_first_apply_are_remembered_as_such(store: Store) -> None:
    there = theatre(store)
    there.slack.present["C1"] = [MemberSeen("U5", "Zoé"), MemberSeen("B1", "robot", is_bot=True)]
    there.apply()

    with store.read() as session:
        names = session.scalars(
            select(Member.name).join(Presence, Presence.member_id == Member.id).where(Presence.at_start)
        ).all()
    assert names == ["Zoé"]


def test_a_changed_when_moves_the_next_moment_and_never_into_the_past(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.clock.at = MONDAY - timedelta(minutes=1)

    assert there.apply(playbook(ritual(when=["every monday at 08:00"]))).changed == ["cercle/lundi"]
    assert the_ritual(there).next_local == "2026-12-07T08:00"


def test_an_unchanged_ritual_keeps_a_moment_that_was_missed(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.clock.at = MONDAY + timedelta(hours=1)

    there.apply(playbook(ritual(), title="Un autre titre"))
    there.tick()
    assert there.run().reason == Reason.POSTED


def test_a_moment_once_held_is_never_held_again(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.live_until(MONDAY)
    there.clock.at = MONDAY - timedelta(minutes=5)  # a clock set back
    there.apply(playbook(ritual(when=["every tuesday at 08:00"])))
    there.apply()

    assert the_ritual(there).next_local == "2026-12-07T09:30"


def test_a_renamed_ritual_keeps_its_memory(store: Store) -> None:
    there = theatre(store)
    model = {"ask": ["un", "deux"], "open_for": "1 day", "recap": False}
    there.apply(playbook(ritual(model=model)))
    there.live_until(MONDAY)

    renamed = there.apply(playbook(ritual("le-lundi", was="lundi", model=model))).renamed
    assert renamed == [("cercle/lundi", "cercle/le-lundi")]
    there.live_until(MONDAY + timedelta(days=7))
    assert [entry.text.split("\n")[0] for entry in there.said()] == ["**un**", "**deux**"]
    assert [run.state for run in there.runs()] == ["done", "open"]


def test_a_ritual_taken_out_is_retired_while_its_open_run_ends(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(), ritual("autre", when=["every friday at 09:30"])))
    there.live_until(MONDAY)

    assert there.apply(playbook(ritual("autre", when=["every friday at 09:30"]))).retired == ["cercle/lundi"]
    there.answer("oui", "U7")
    there.answer("non", "U8")
    there.live_until(MONDAY + timedelta(days=2))
    assert there.outcomes() == [("2026-11-30T09:30", "done", Reason.POSTED)]
    assert len(there.said()) == 2


def test_an_open_run_ends_under_its_version(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.live_until(MONDAY)

    there.apply(playbook(ritual(model={"ask": ["autre"], "open_for": "9 days"})))
    there.live_until(MONDAY + timedelta(days=2))
    assert there.runs()[0].state == "done"
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(PlaybookVersion)) == 2


def test_a_ritual_put_back_begins_again(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(), ritual("autre")))
    there.apply(playbook(ritual("autre")))

    assert there.apply(playbook(ritual(), ritual("autre"))).added == ["cercle/lundi"]
    assert the_ritual(there).next_at == MONDAY > SUNDAY


def test_a_playbook_taken_out_of_the_folder_is_retired(store: Store) -> None:
    there = theatre(store)
    one, two = playbook(ritual("lundi")), playbook(ritual("mardi"), playbook="second")
    there.apply(one, two)

    assert apply.apply(there.app, [one], whole=True).retired == ["second/mardi"]
    assert the_ritual(there, "mardi").next_at is None
    assert the_ritual(there, "lundi").next_at is not None


def test_an_empty_folder_retires_nothing(store: Store) -> None:
    there = theatre(store)
    there.apply(playbook(ritual("lundi")))

    assert apply.apply(there.app, [], whole=True).retired == []
    assert the_ritual(there, "lundi").next_at is not None


def test_a_parked_place_that_is_seen_again_takes_posts_again(store: Store) -> None:
    there = theatre(store)
    there.apply()
    with store.write() as session:
        for place in session.scalars(select(Place)):
            place.parked_at, place.parked_what = there.clock.now(), "we were taken out"

    there.apply()

    with store.read() as session:
        assert {place.parked_at for place in session.scalars(select(Place))} == {None}
