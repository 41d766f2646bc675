"""Direct messages: a budget of unasked ones, each member's own night, and silence for whoever asked for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from orchestrator.flow import pause
from orchestrator.flow.deliver import deliver
from orchestrator.ports import Edit, Outgoing, Post, React
from orchestrator.rules.reasons import Reason
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Handle, Place, Run
from tests.flow.letters import also_on_telegram, change, fate, leaves_at, write
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

SENT = ("sent", "posted")
SPENT = ("skipped", Reason.DIRECT_BUDGET)
WEEK = timedelta(days=7)
LATER = MONDAY + timedelta(hours=1)


def opened(store: Store, **pace: object) -> Theatre:
    """A Monday at 10:30 in Paris, one run open in each of two playbooks of the circle."""
    there = theatre(store)
    other = playbook(ritual("autre"), playbook="autre", hosts=None, pace=dict(pace))
    there.apply(playbook(pace=dict(pace)), other)
    there.live_until(LATER)
    there.member("U7")
    assert [run.state for run in there.runs()] == ["open", "open"]
    return there


def test_a_second_unasked_message_in_seven_days_is_not_sent(store: Store) -> None:
    there = opened(store)
    one, other = there.runs()
    first = write(there, one)
    there.tick()
    there.clock.at = LATER + WEEK - timedelta(seconds=1)
    second = write(there, other)
    there.tick()
    there.clock.move(seconds=1)
    third = write(there, other, stage="again")
    there.tick()
    assert [fate(there, row) for row in (first, second, third)] == [SENT, SPENT, SENT]


def test_the_budget_is_as_large_as_the_playbook_says(store: Store) -> None:
    there = opened(store, direct=2)
    rows = [write(there, run, stage=f"s{n}") for n in range(2) for run in there.runs()]
    there.tick()
    assert [fate(there, row) for row in rows] == [SENT, SENT, SPENT, SPENT]


def test_what_was_asked_for_costs_nothing_and_passes(store: Store) -> None:
    there = opened(store)
    (one, _) = there.runs()
    rows = [write(there, one, stage=f"welcome{n}", unasked=False) for n in range(3)]
    rows.append(write(there, one))
    there.tick()
    assert [fate(there, row) for row in rows] == [SENT] * 4


def test_a_message_that_never_left_costs_nothing(store: Store) -> None:
    there = opened(store)
    one, other = there.runs()
    there.slack.faults.append("refused")
    refused = write(there, one)
    there.tick()
    second = write(there, other)
    there.tick()
    assert (fate(there, refused)[0], fate(there, second)) == ("failed", SENT)


def test_one_that_may_have_left_costs_what_one_that_left_costs(store: Store) -> None:
    there = opened(store)
    one, other = there.runs()
    there.slack.faults.append("lost request")
    unknown = write(there, one)
    there.tick()
    second = write(there, other)
    there.tick()
    assert (fate(there, unknown)[0], fate(there, second)) == ("unknown", SPENT)


def test_handles_of_one_member_share_the_budget(store: Store) -> None:
    there = opened(store)
    one, other = there.runs()
    also_on_telegram(there, there.member("U7"), "77")
    rows = [write(there, one, "U7"), write(there, other, "77")]
    there.tick()
    assert sorted(fate(there, row) for row in rows) == sorted([SENT, SPENT])
    assert len(there.slack.standing()) + len(there.telegram.standing()) == 2 * 2 + 1


def test_each_member_has_a_budget_of_their_own(store: Store) -> None:
    there = opened(store)
    (one, _) = there.runs()
    there.member("U8")
    rows = [write(there, one, "U7"), write(there, one, "U8")]
    there.tick()
    assert [fate(there, row) for row in rows] == [SENT, SENT]


def test_of_messages_claimed_at_the_same_time_over_two_connections_one_leaves(store: Store) -> None:
    there = opened(store)
    one, other = there.runs()
    also_on_telegram(there, there.member("U7"), "77")
    for round_ in range(5):
        rows = [write(there, one, "U7", f"a{round_}"), write(there, other, "77", f"b{round_}")]
        ready = threading.Barrier(2)

        def work(connection_id: int, ready: threading.Barrier = ready) -> None:
            ready.wait()
            deliver(there.app, connection_id, 10)

        threads = [threading.Thread(target=work, args=(number,)) for number in there.connections()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(fate(there, row) for row in rows) == sorted([SENT, SPENT])
        there.clock.at += WEEK


@pytest.mark.parametrize(
    ("zone", "leaves"),
    [
        ("America/New_York", LATER.replace(hour=13, minute=0)),  # 04:30 there; their night ends at 08:00
        ("Asia/Tokyo", LATER),  # 18:30 there
        ("Pacific/Auckland", LATER.replace(hour=19, minute=0)),  # 22:30 there
        (None, LATER),  # 10:30, as for the playbook
        ("Middle/Earth", LATER),
    ],
)
def test_a_member_is_not_written_to_in_their_own_night(store: Store, zone: str | None, leaves: object) -> None:
    there = opened(store)
    change(there, there.member("U7"), zone=zone)
    row = write(there, there.runs()[0], late_until=LATER + timedelta(hours=24))
    there.tick()
    assert leaves_at(there, row) == leaves
    assert fate(there, row) == (SENT if leaves == LATER else ("due", None))
    there.live_until(LATER.replace(hour=19))
    assert fate(there, row) == SENT
    assert there.slack.standing()[-1].at == leaves


def test_a_member_whose_night_outlasts_the_message_is_skipped(store: Store) -> None:
    there = opened(store)
    change(there, there.member("U7"), zone="America/New_York")
    row = write(there, there.runs()[0], late_until=LATER + timedelta(hours=2))
    there.tick()
    assert fate(there, row) == ("skipped", Reason.QUIET_HOURS)


def test_our_night_is_no_member_s_night(store: Store) -> None:
    there = opened(store)
    change(there, there.member("U7"), zone="America/New_York")
    there.clock.at = LATER.replace(hour=21)  # 22:00 in Paris, 16:00 in New York
    row = write(there, there.runs()[0])
    there.tick()
    assert fate(there, row) == SENT


@pytest.mark.parametrize("unasked", [True, False])
def test_a_pause_holds_direct_messages_too(store: Store, unasked: bool) -> None:
    there = opened(store)
    row = write(there, there.runs()[0], unasked=unasked)
    with store.write() as session:
        pause.pause(session, None, there.clock.now())
    there.tick()
    assert fate(there, row) == ("skipped", Reason.PAUSED)


@pytest.mark.parametrize("state", ["due", "held"])
def test_stop_reaches_what_was_planned_before(store: Store, state: str) -> None:
    there = opened(store)
    row = write(there, there.runs()[0], unasked=False, state=state)
    change(there, there.member("U7"), opted_out_at=there.clock.now())
    with store.write() as session:
        session.get_one(Delivery, row).state = "due"  # a host approves it all the same
    there.tick()
    assert fate(there, row) == ("skipped", Reason.OPTED_OUT)


def test_replies_thanks_and_edits_pass_a_pause(store: Store) -> None:
    there = opened(store)
    run = there.runs()[0]
    with store.write() as session:
        pause.pause(session, None, there.clock.now())
        place = session.get_one(Place, 1)
        handle = session.get_one(Handle, 1)
        acts: list[Outgoing] = [Edit("1", "2 votes"), React("7", "tada"), Post("merci")]
        rows = [_asked_for(session, run.id, act, place, handle) for act in acts]
    there.tick()
    assert [fate(there, row) for row in rows] == [SENT] * 3


def _asked_for(session: Session, run_id: int, act: Outgoing, place: Place, handle: Handle) -> int:
    """Plan what follows from a member's doing: in the place, or directly."""
    directly = isinstance(act, Post)
    return deliveries.plan(
        session,
        run=session.get_one(Run, run_id),
        stage="heard",
        target=f"t {type(act).__name__}",
        body=act,
        not_before=MONDAY,
        place=None if directly else place,
        handle=handle if directly else None,
        counts=False,
    ).id


def test_each_member_left_out_is_in_the_story_with_the_reason(store: Store) -> None:
    there = opened(store)
    one, _ = there.runs()
    write(there, one, stage="first")
    there.tick()
    write(there, one, stage="second")
    there.tick()
    assert there.steps()[-1] == "skipped"


def test_an_edit_whose_reply_was_lost_is_not_repeated_after_a_newer_one(store: Store) -> None:
    there = opened(store)
    run_id = there.runs()[0].id
    there.slack.faults.append("lost reply")
    old = _tally(there, run_id, "1 vote", 1)
    deliver(there.app, 1, 1)
    new = _tally(there, run_id, "2 votes", 2)
    for _ in range(3):
        there.clock.move(seconds=10)
        there.tick()

    assert [edit.text for edit in there.slack.edits] == ["1 vote", "2 votes"]
    assert [fate(there, row) for row in (old, new)] == [("skipped", Reason.POSTED), SENT]


def test_an_edit_whose_reply_was_lost_is_repeated_while_it_is_the_last(store: Store) -> None:
    there = opened(store)
    there.slack.faults.append("lost reply")
    row = _tally(there, there.runs()[0].id, "1 vote", 1)
    there.tick()
    there.clock.move(seconds=10)
    there.tick()
    assert fate(there, row) == SENT and len(there.slack.edits) == 2


def _tally(there: Theatre, run_id: int, text: str, number: int) -> int:
    """An edit of the run's post on Slack, as a live tally plans it."""
    with there.store.write() as session:
        return deliveries.plan(
            session,
            run=session.get_one(Run, run_id),
            stage=f"tally~{number}",
            target="message:1:1",
            body=Edit("1", text),
            not_before=there.clock.now(),
            place=session.get_one(Place, 1),
            counts=False,
        ).id
