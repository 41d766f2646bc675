"""Keys, slots, leases: what the unique keys and conditional writes promise, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from orchestrator.ports import Edit, Limit, Post, React
from orchestrator.rules.rate import NotBefore, Slot
from orchestrator.store import deliveries, heartbeats, leases, rates, runs
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Place, Run
from tests.flow.outside import NOON, outside, run_of

SECOND = 1_000_000


def test_an_act_comes_back_as_it_was_kept() -> None:
    for act in (Post("a", under="1", mention_everyone=True), Edit("1", "b"), React("1", "🙏")):
        assert deliveries.decode(deliveries.encode(act)) == act


def test_a_key_is_the_same_wherever_the_same_playbook_is_rehearsed(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    one = there.row(there.plan(run_id=run_id, target="place:1"))

    assert one.key == runs.digest16("cercle/cercle/question|2026-11-30T13:00|post|place:1")
    assert one.digest == deliveries.digest("place:1", one.body)


def test_a_delivery_that_followed_its_place_is_still_the_same_plan(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    one = there.plan(run_id=run_id, target="place:1")
    with store.write() as session:
        session.get_one(deliveries.Delivery, one).target = "place:9"

    assert there.plan(run_id=run_id, target="place:9") == one


def test_what_left_meanwhile_says_what_it_said(postgres_store: Store) -> None:
    there = outside(postgres_store)
    one = there.plan("2 votes")
    with postgres_store.write() as session, postgres_store.write() as worker:
        row = session.get_one(Delivery, one)
        worker.get_one(Delivery, one).state = "sending"
        worker.commit()
        assert not deliveries.reword(session, row, Post("3 votes"))
        assert (row.state, deliveries.decode(row.body)) == ("sending", Post("2 votes"))


def test_slots_of_one_connection_never_overlap_whoever_reserves(store: Store) -> None:
    pace = rates.paces([Limit("connection", 0.05)], None, False)
    taken: list[int] = []

    def reserve() -> None:
        for _ in range(5):
            with store.write() as session:
                rates.lock(session, 1)
                slot = rates.reserve(session, 1, pace, 0)
            if isinstance(slot, Slot):
                taken.append(slot.at)

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [number * 50_000 for number in range(20)]


def test_two_topics_of_one_chat_share_its_limit_and_two_chats_do_not(store: Store) -> None:
    limits = [Limit("connection", 0.03), Limit("place", 1.0), Limit("group", 3.0)]
    with store.write() as session:
        assert rates.reserve(session, 1, rates.paces(limits, "-100", True), 0) == Slot(0, (30_000, SECOND, 3 * SECOND))
        assert isinstance(rates.reserve(session, 1, rates.paces(limits, "-100", True), SECOND), NotBefore)
        assert isinstance(rates.reserve(session, 1, rates.paces(limits, "-200", True), SECOND), Slot)
        assert isinstance(rates.reserve(session, 1, rates.paces(limits, "C1", False), 2 * SECOND), Slot)
        assert isinstance(rates.reserve(session, 1, rates.paces(limits, "C1", False), 3 * SECOND), Slot)


def test_two_limits_of_one_scope_are_both_kept() -> None:
    pace = rates.paces([Limit("place", 1.0), Limit("place", 3.0, 20)], "-1", False)

    assert sorted(pace.values()) == [(0, 1), (SECOND, 1), (3 * SECOND, 20)]


def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    ttl = timedelta(seconds=15)
    with store.write() as session:
        assert leases.take(session, "listen:telegram", "a", NOON, ttl)
        assert not leases.take(session, "listen:telegram", "b", NOON + ttl / 2, ttl)
        assert leases.take(session, "listen:telegram", "a", NOON + ttl / 2, ttl)
        assert not leases.take(session, "listen:telegram", "b", NOON + ttl, ttl)
        leases.give_back(session, "listen:telegram", "a", NOON + ttl)
        assert leases.take(session, "listen:telegram", "b", NOON + ttl, ttl)


def test_of_many_who_want_a_lease_one_gets_it(store: Store) -> None:
    got: list[str] = []

    def want(holder: str) -> None:
        with store.write() as session:
            if leases.take(session, "one", holder, NOON, timedelta(seconds=15)):
                got.append(holder)

    threads = [threading.Thread(target=want, args=(f"p{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_a_part_was_last_seen_when_any_process_did_its_work(store: Store) -> None:
    with store.write() as session:
        heartbeats.beat(session, "clock", "a", NOON)
        heartbeats.beat(session, "clock", "b", NOON + timedelta(seconds=9))
        heartbeats.beat(session, "clock", "a", NOON + timedelta(seconds=5))

        assert heartbeats.last_seen(session) == {"clock": NOON + timedelta(seconds=9)}


def test_the_deliveries_of_a_place_have_its_connection(store: Store) -> None:
    there = outside(store)
    with store.read() as session:
        place = session.scalars(select(Place)).first()
        assert session.scalars(select(Run)).first() is None
    assert place is not None and there.row(there.plan()).connection_id == place.connection_id
