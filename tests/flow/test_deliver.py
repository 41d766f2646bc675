"""From a due row to the platform: once, in order, at the platform's pace, and never after its moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy import text as sql
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from orchestrator.flow import sweep
from orchestrator.flow.attempt import TOLERANCE, attempt
from orchestrator.flow.claim import LEASE, claim
from orchestrator.flow.deliver import deliver
from orchestrator.flow.settle import settle
from orchestrator.ports import Edit, Limit, Post, React, Receipt
from orchestrator.rules.reasons import Reason
from orchestrator.store import attempts, deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Community, Delivery, Handle, Member, Place, Run
from tests import databases
from tests.flow.outside import NOON, Outside, outside, run_of
from tests.flow.platform import Killed

ONE_A_SECOND = Limit("place", 1.0)


def texts(there: Outside) -> list[str]:
    return [entry.text for entry in there.platform.ledger]


def test_a_due_delivery_is_sent_once_and_keeps_its_receipt(store: Store) -> None:
    there = outside(store)
    one = there.plan()

    assert [there.deliver(), there.deliver()] == [1, 0]
    row = there.row(one)
    assert (row.state, row.reason, row.message_ref, row.sent_at) == ("sent", "posted", "1", NOON)
    assert [entry.key for entry in there.platform.ledger] == [row.key]


def test_nothing_leaves_before_its_moment(store: Store) -> None:
    there = outside(store)
    there.plan(not_before=NOON + timedelta(minutes=10))

    assert there.deliver() == 0
    there.clock.move(minutes=10)
    assert there.deliver() == 1


def test_planning_twice_is_one_delivery(store: Store) -> None:
    there = outside(store)

    assert there.plan("a") == there.plan("a") != there.plan("b")


def test_edits_of_one_message_coalesce_while_they_wait(store: Store) -> None:
    there = outside(store)
    for text in ("1 vote", "2 votes"):
        there.plan("tally", body=Edit("7", text))

    there.deliver()
    assert [edit.text for edit in there.platform.edits] == ["2 votes"]


def test_two_workers_never_claim_one_row(store: Store) -> None:
    there = outside(store, places=8)
    for number in range(40):
        there.plan(f"n{number}", place=number % 8)
    claimed: list[int] = []

    def work() -> None:
        while (found := claim(there.app, there.connection_id)) is not None:
            claimed.append(found.delivery.id)
            attempt(there.app, found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while deliver(there.app, there.connection_id, 100):  # a place was busy when a worker looked last
        pass
    assert len(claimed) == len(set(claimed))
    assert sorted(texts(there)) == sorted(f"n{number}" for number in range(40))


def test_one_place_has_one_act_under_way(store: Store) -> None:
    there = outside(store)
    for text in ("first", "second"):
        there.plan(text)
    there.plan("elsewhere", place=1)

    first, other = claim(there.app, there.connection_id), claim(there.app, there.connection_id)
    assert first is not None and other is not None
    assert other.delivery.place_id == there.place_ids[1]
    assert claim(there.app, there.connection_id) is None


def test_a_text_that_was_replaced_after_it_was_read_is_read_again(store: Store) -> None:
    there = outside(store)
    one = there.plan("2 votes")
    now = there.clock.now()
    with store.read() as session:
        found = attempts.next_due(session, there.connection_id, now, ())
    assert found is not None
    with store.write() as session:
        assert deliveries.reword(session, session.get_one(Delivery, one), Post("3 votes"))
    with store.write() as session:
        assert attempts.start(session, found.delivery, now, now) is None

    there.deliver()
    assert texts(there) == ["3 votes"]


def while_it_is_sent(there: Outside, then: Callable[[], object]) -> None:
    """Let something happen between the platform's yes and our writing it down."""
    before = there.platform.send

    def send(*call: Any) -> Receipt:
        receipt = before(*call)
        then()
        return receipt

    there.platform.send = send  # type: ignore[method-assign]


def test_a_receipt_that_a_paused_worker_holds_still_counts(store: Store) -> None:
    there = outside(store)
    one = there.plan()

    def is_taken_for_dead() -> None:
        there.clock.at += LEASE
        sweep.lapse(there.app, there.clock.now())
        assert there.row(one).state == "unknown"

    while_it_is_sent(there, is_taken_for_dead)
    there.deliver()
    assert (there.row(one).state, there.row(one).message_ref) == ("sent", "1")
    there.clock.move(minutes=10)
    settle(there.app)
    there.deliver()
    assert len(texts(there)) == 1


def test_a_receipt_is_written_down_when_the_database_is_back(fresh_postgres_url: str) -> None:
    store = databases.made(fresh_postgres_url)
    there = outside(store)
    one = there.plan()
    url = make_url(fresh_postgres_url)
    house = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def let_in(allowed: bool) -> None:
        with house.connect() as session:
            session.execute(sql(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {allowed}"))
            session.execute(
                sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
                {"name": url.database},
            )

    def sleep(seconds: float) -> None:
        there.clock.sleep(seconds)
        let_in(len(there.clock.slept) > 1)

    there.app = replace(there.app, sleep=sleep)
    while_it_is_sent(there, lambda: let_in(False))
    there.deliver()
    assert (there.row(one).state, len(texts(there)), there.clock.slept) == ("sent", 1, [1.0, 1.0])
    store.close()


def test_a_stale_token_writes_nothing(store: Store) -> None:
    there = outside(store)
    one = there.plan()
    held = claim(there.app, there.connection_id)
    assert held is not None
    with store.write() as session:
        session.execute(update(Delivery).values(token=held.token + 1, state="unknown"))

    attempt(there.app, held)
    assert (there.row(one).state, texts(there)) == ("unknown", [])


def test_the_outcome_of_an_attempt_that_was_taken_over_is_not_written(store: Store) -> None:
    there = outside(store)
    one = there.plan()
    held = claim(there.app, there.connection_id)
    assert held is not None
    with store.write() as session:
        session.execute(update(Delivery).values(token=held.token + 1))  # another attempt sends it now

    with store.write() as session:
        assert not attempts.settle(session, held.delivery.id, held.token, "sending", state="failed")
        assert attempts.sent(session, held.delivery.id, held.token, Receipt("9", "C1"), NOON, None) is None
    row = there.row(one)
    assert (row.state, row.token, row.message_ref) == ("sending", held.token + 1, None)


def test_a_worker_that_was_paused_does_not_send_late(store: Store) -> None:
    there = outside(store)
    one = there.plan()
    held = claim(there.app, there.connection_id)
    assert held is not None
    there.clock.move(seconds=LEASE.total_seconds() - 12)  # less is left than a call may last

    attempt(there.app, held)
    assert (there.row(one).state, texts(there)) == ("due", [])
    assert there.deliver() == 1


def test_a_slot_within_a_second_is_waited_for_and_one_further_ahead_is_not(store: Store) -> None:
    there = outside(store, limits=[ONE_A_SECOND, Limit("group", 3.0)])
    for number in range(3):
        there.plan(f"n{number}")

    assert there.deliver() == 1  # the group's next slot is 3 s ahead: nobody sleeps for it
    assert max(there.clock.slept, default=0) <= 1
    there.clock.at = NOON + timedelta(seconds=3)
    assert there.deliver() == 1
    there.clock.at = NOON + timedelta(seconds=6)
    assert there.deliver() == 1
    assert [entry.at for entry in there.platform.ledger] == [NOON + timedelta(seconds=s) for s in (0, 3, 6)]


def test_a_place_that_waits_does_not_delay_the_others(store: Store) -> None:
    there = outside(store, limits=[Limit("connection", 0.02), ONE_A_SECOND])
    for number, place in enumerate((0, 0, 1, 2)):
        there.plan(f"n{number}", place=place)

    assert there.deliver() == 4
    assert texts(there) == ["n0", "n2", "n3", "n1"]
    assert [entry.at - NOON for entry in there.platform.ledger] == [
        timedelta(milliseconds=ms) for ms in (0, 20, 40, 1000)
    ]


def test_the_whole_connection_keeps_its_rate(store: Store) -> None:
    there = outside(store, places=40, limits=[Limit("connection", 1 / 29.6), ONE_A_SECOND])
    for place in range(40):
        there.plan(f"p{place}", place=place)

    assert there.deliver() == 40
    at = [entry.at for entry in there.platform.ledger]
    gaps = [(later - earlier) / timedelta(microseconds=1) for earlier, later in pairwise(at)]
    assert min(gaps) >= 33_784 and max(gaps) <= 33_790


def test_a_send_that_left_late_moves_the_next_slots(store: Store) -> None:
    there = outside(store, limits=[Limit("connection", 1 / 29.6)])
    one = there.plan()
    held = claim(there.app, there.connection_id)
    assert held is not None and held.delivery.id == one
    there.clock.move(milliseconds=25)  # the thread woke up late
    attempt(there.app, held)
    there.plan("next")
    there.deliver()

    first, second = there.platform.ledger
    assert first.at == NOON + timedelta(milliseconds=25)
    assert second.at == NOON + timedelta(microseconds=33_784 + 25_000 - TOLERANCE)


def test_of_sends_that_were_late_together_the_latest_moves_the_next_slots(store: Store) -> None:
    there = outside(store, places=4, limits=[Limit("connection", 1 / 29.6)])
    for place in range(4):
        there.plan(f"p{place}", place=place)
    held = [claim(there.app, there.connection_id) for _ in range(3)]
    there.clock.move(milliseconds=100)  # every thread was held up
    for one in held:
        assert one is not None
        attempt(there.app, one)
    there.deliver()

    late = 100_000 - TOLERANCE  # the first of the three; the two behind it were less late
    assert there.platform.ledger[-1].at == NOON + timedelta(microseconds=3 * 33_784 + late)


def test_retry_after_is_obeyed_to_the_second_and_the_other_places_go_on(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("too fast")
    one, two = there.plan("one"), there.plan("two", place=1)
    there.deliver()

    assert there.row(two).state == "sent"
    assert (there.row(one).state, there.row(one).not_before) == ("due", NOON + timedelta(seconds=7))
    there.plan("three", not_before=NOON)  # the same place: its rate row is shut as well
    there.clock.move(seconds=6)
    assert there.deliver() == 2  # waits the last second, not a moment less
    assert [entry.at for entry in there.platform.ledger][1:] == [NOON + timedelta(seconds=7)] * 2


def test_told_twice_the_whole_connection_waits(store: Store) -> None:
    there = outside(store)
    there.platform.faults.extend(["too fast", "too fast"])
    for place in range(3):
        there.plan(f"p{place}", place=place)

    there.deliver()
    assert texts(there) == []
    there.clock.move(seconds=7)
    assert there.deliver() == 3


def test_surely_not_sent_is_tried_again_after_a_pause(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("away")
    one = there.plan()
    there.deliver()

    row = there.row(one)
    assert (row.state, row.tries, row.not_before) == ("due", 1, NOON + timedelta(seconds=5))
    assert row.detail == "the platform does not answer"
    there.clock.move(seconds=5)
    assert there.deliver() == 1


def test_a_refusal_for_good_fails_and_parks_a_place_that_is_gone(store: Store) -> None:
    there = outside(store)
    there.platform.faults.extend(["refused", "gone"])
    run_id = run_of(there)
    refused, gone = there.plan("refused", run_id=run_id), there.plan("gone", place=1)
    there.deliver()

    row = there.row(refused)
    assert (row.state, row.reason, row.detail) == ("failed", Reason.PLATFORM_REFUSED, "it takes nothing: look there")
    assert there.row(gone).state == "failed"
    assert there.place(0).parked_at is None
    assert (there.place(1).parked_at, there.place(1).parked_what) == (NOON, "it takes nothing: look there")
    assert "failed" in there.steps(run_id)
    later = there.plan("later", place=1)
    assert there.deliver() == 0
    assert (there.row(later).state, there.row(later).reason) == ("skipped", Reason.PLATFORM_REFUSED)


def test_a_place_that_moved_is_followed_in_the_same_attempt(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("moved")
    one, later = there.plan("one"), there.plan("later")

    assert there.deliver() == 2
    assert [(entry.text, entry.place_ref) for entry in there.platform.ledger] == [("one", "-200"), ("later", "-200")]
    with store.read() as session:
        new = session.scalars(select(Place).where(Place.ref == "-200")).one()
    assert there.row(one).place_id == there.row(later).place_id == new.id
    assert there.place(0).retired_at == NOON


def test_a_lost_reply_is_unknown(store: Store) -> None:
    there = outside(store)
    there.platform.faults.extend(["lost reply", "broke"])
    lost, broke = there.plan("lost"), there.plan("broke", place=1)
    there.deliver()

    assert [there.row(one).state for one in (lost, broke)] == ["unknown", "unknown"]


def test_an_edit_or_a_reaction_with_a_lost_reply_is_simply_repeated(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("lost reply")
    one = there.plan("heard", body=React("7", "🙏"))

    there.deliver()
    there.clock.move(seconds=2)
    there.deliver()
    assert there.row(one).state == "sent"
    assert there.platform.asked == [NOON, NOON + timedelta(seconds=1)]


def test_a_reply_waits_for_the_message_it_joins(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("lost reply")
    parent = there.plan("parent", not_before=NOON - timedelta(seconds=1))
    there.plan("child", under_id=parent)

    assert there.deliver() == 1
    there.platform.faults.clear()
    assert there.deliver() == 0  # the parent is unknown
    with store.write() as session:
        session.execute(update(Delivery).where(Delivery.id == parent).values(state="sent", message_ref="1"))
    assert there.deliver() == 1
    assert [(entry.text, entry.under) for entry in there.platform.ledger] == [("parent", None), ("child", "1")]


def test_a_reply_to_what_was_never_sent_is_skipped_for_the_same_reason(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("refused")
    parent = there.plan("parent")
    child = there.plan("child", under_id=parent, not_before=NOON + timedelta(seconds=1))

    there.deliver()
    row = there.row(child)
    assert (row.state, row.reason) == ("skipped", Reason.PLATFORM_REFUSED)


def test_what_is_too_late_expires_instead_of_leaving(store: Store) -> None:
    there = outside(store)
    one = there.plan(late_until=NOON + timedelta(hours=2))
    there.clock.move(hours=3)

    assert there.deliver() == 0
    assert (there.row(one).state, there.row(one).reason) == ("expired", Reason.MISSED)


def test_a_pause_is_read_again_in_the_claim(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    one, notice = there.plan("post", run_id=run_id), there.plan("to hosts", run_id=run_id, counts=False)
    with store.write() as session:
        session.execute(update(Community).values(paused_at=NOON))

    assert there.deliver() == 1
    assert (there.row(one).state, there.row(one).reason) == ("skipped", Reason.PAUSED)
    assert there.row(notice).state == "sent"
    assert "skipped" in there.steps(run_id)


def test_an_opt_out_is_read_again_in_the_claim(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    with store.write() as session:
        community_id = session.scalars(select(Community.id)).one()
        member = Member(community_id=community_id, name="Ana", opted_out_at=NOON)
        session.add(member)
        session.flush()
        handle = Handle(community_id=community_id, connection_id=there.connection_id, ref="7", member_id=member.id)
        session.add(handle)
    direct = there.plan("question", run_id=run_id, place=None, handle=handle)

    assert there.deliver() == 0
    assert (there.row(direct).state, there.row(direct).reason) == ("skipped", Reason.OPTED_OUT)


@pytest.mark.parametrize(("hours", "state", "reason"), [(24, "due", None), (4, "skipped", Reason.QUIET_HOURS)])
def test_what_is_delayed_into_the_quiet_hours_waits_for_their_end(
    store: Store, hours: int, state: str, reason: Reason | None
) -> None:
    there = outside(store)
    run_id = run_of(there)
    one = there.plan(run_id=run_id, late_until=NOON + timedelta(hours=hours + 6))
    there.clock.at = NOON.replace(hour=20, minute=30)  # 21:30 in Paris

    assert there.deliver() == 0
    row = there.row(one)
    assert (row.state, row.reason) == (state, reason)
    if state == "due":
        assert row.not_before == (NOON + timedelta(days=1)).replace(hour=7)


def test_the_first_post_opens_its_run(store: Store) -> None:
    there = outside(store)
    run_id = run_of(there)
    there.plan(run_id=run_id)
    there.deliver()

    with store.read() as session:
        run = session.get_one(Run, run_id)
    assert (run.state, run.opened_at) == ("open", NOON)
    assert "posted" in there.steps(run_id)


def test_half_the_threads_at_most_are_under_way_for_one_connection(store: Store) -> None:
    there = outside(store)
    there.plan()
    seats = there.app.settings.worker_threads // 2
    held = [there.app.flights.seat(there.connection_id, seats) for _ in range(seats)]
    for seat in held:
        assert seat.__enter__()

    assert there.deliver() == 0
    held[0].__exit__(None, None, None)
    assert there.deliver() == 1


def test_a_kill_while_sending_leaves_a_row_that_says_so(store: Store) -> None:
    there = outside(store)
    there.platform.faults.append("killed late")
    one = there.plan()
    with pytest.raises(Killed):
        there.deliver()

    row = there.row(one)
    assert (row.state, row.token, row.lease_until) == ("sending", 1, NOON + LEASE)
