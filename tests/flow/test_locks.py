"""Who acts on one run at once: nobody waits for another in a ring, and what PostgreSQL ends is done again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import text, update

from orchestrator.flow import amend, due, effects
from orchestrator.flow.deliver import deliver
from orchestrator.flow.prepare import prepare
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, runs
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery
from tests.flow.test_tick import asked_for
from tests.flow.theatre import MONDAY, Theatre, theatre


def opened(store: Store) -> tuple[Theatre, int]:
    """A prompt that was posted, at the moment of its close; and the stage that closes it."""
    house = theatre(store)
    house.apply()
    house.live_until(MONDAY)
    house.clock.at = MONDAY + timedelta(days=2)
    return house, house.stages()["close"].id


def beside(act: Callable[[], object]) -> threading.Thread:
    """Do it in another thread, as another worker does."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_a_stage_is_left_alone_while_somebody_acts_on_its_run(postgres_store: Store) -> None:
    house, close = opened(postgres_store)
    with postgres_store.write() as session:
        effects.lock(session, house.run())
        worker = beside(lambda: prepare(house.app, close))
        worker.join(30)
        assert not worker.is_alive(), "the worker waits for whoever acts on the run"
        runs.redo(session, house.run().id, "close", house.clock.now(), timedelta(0))  # a stage, after its run

    assert house.stages()["close"].state == "planned"
    prepare(house.app, close)
    assert house.stages()["close"].state == "done"


def test_what_is_planned_for_a_run_does_not_wait_for_whoever_acts_on_it(postgres_store: Store) -> None:
    house, _ = opened(postgres_store)
    post = house.deliveries()[0]
    with postgres_store.write() as session, postgres_store.write() as other:
        effects.lock(session, house.run())
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        copied = {name: getattr(post, name) for name in ("run_id", "connection_id", "place_id", "not_before", "digest")}
        other.add(Delivery(key="another", stage="heard", target="message:1", body=b"{}", state="due", **copied))
        other.flush()

    assert len(house.deliveries()) == 3


def test_an_outcome_is_written_again_after_a_deadlock(postgres_store: Store) -> None:
    house = theatre(postgres_store)
    house.apply()
    with postgres_store.read() as session:
        slack = session.execute(text("SELECT id FROM connection WHERE name = 'slack'")).scalar_one()
    sent = threading.Event()
    house.clock.at = MONDAY
    before = house.slack.send

    def send(*call: object) -> object:
        receipt = before(*call)  # type: ignore[arg-type]
        sent.set()
        return receipt

    house.slack.send = send  # type: ignore[method-assign, assignment]
    plan_the_post(house)
    with postgres_store.write() as session:
        session.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # not we shall be ended
        effects.lock(session, house.run())
        worker = beside(lambda: deliver(house.app, slack, 1))
        assert sent.wait(30)
        wait_until_locked(postgres_store)
        session.execute(update(Delivery).where(Delivery.connection_id == slack).values(looks=0))  # the other order
    worker.join(30)

    (row,) = [one for one in house.deliveries() if one.connection_id == slack]
    assert (row.state, len(house.slack.ledger)) == ("sent", 1)
    assert house.run().state == "open"


def test_a_request_that_was_changed_at_its_deadline_ends_with_the_run(postgres_store: Store) -> None:
    hosts = asked_for(postgres_store)
    house, (asked,) = hosts.there, [one for one in hosts.there.approvals() if one.state == "asked"]
    house.clock.at = asked.until
    karim = next(member for member in map(approvals.member_of, hosts.held()) if member)
    with postgres_store.write() as session:
        said, _ = amend.tick(house.app, session, asked.code, karim, False, "command line")
        house.clock.at += timedelta(seconds=1)
        worker = beside(lambda: prepare(house.app, house.stages()["post"].id))
        wait_until_locked(postgres_store)
    worker.join(30)

    assert said.what == "left out"
    assert (house.run().state, house.run().reason) == ("skipped", Reason.NOT_APPROVED)
    assert {row.state for row in house.deliveries() if row.stage == "post"} == {"skipped"}


def plan_the_post(house: Theatre) -> None:
    """Make the run and its posts, and send none."""
    with house.store.write() as session:
        stages = due.due(session, house.clock.now())
    for stage in stages:
        prepare(house.app, stage)
    assert [row.state for row in house.deliveries()] == ["due", "due"]


def wait_until_locked(store: Store) -> None:
    """Until somebody waits for a row."""
    for _ in range(600):
        with store.read() as session:
            if session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody ever waited")
