"""Many rows in one statement: inserted once, changed only where they are as we saw them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from orchestrator.store import bulk
from orchestrator.store.session import Store
from orchestrator.store.tables import Community, Trace
from tests.flow.outside import outside, run_of

AT = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


def community(name: str, paused_at: datetime | None = None) -> dict[str, object]:
    return {"name": name, "zone": "Europe/Paris", "language": "fr", "paused_at": paused_at}


def paused(store: Store) -> dict[str, datetime | None]:
    with store.read() as session:
        return {one.name: one.paused_at for one in session.scalars(select(Community))}


def test_rows_are_kept_with_every_type_and_in_their_order(store: Store) -> None:
    with store.write() as session:
        bulk.put(session, Community, [community("a"), community("b", AT)])
    assert paused(store) == {"a": None, "b": AT}


def test_a_row_that_is_there_already_stays_as_it_was(store: Store) -> None:
    with store.write() as session:
        bulk.put(session, Community, [community("a", AT)])
        bulk.put(session, Community, [community("a"), community("c")])
    assert paused(store) == {"a": AT, "c": None}


def test_a_row_that_is_there_already_takes_what_is_asked_for_and_nothing_else(store: Store) -> None:
    with store.write() as session:
        bulk.put(session, Community, [community("a", AT)])
        again = {**community("a"), "zone": "Asia/Tokyo"}
        bulk.put(session, Community, [again, community("b")], key="name", anew=["zone"])
        zones = {one.name: one.zone for one in session.scalars(select(Community))}
    assert zones == {"a": "Asia/Tokyo", "b": "Europe/Paris"}
    assert paused(store) == {"a": AT, "b": None}


def test_ids_are_given_for_new_rows_only(store: Store) -> None:
    with store.write() as session:
        first = bulk.put_new(session, Community, [community("a")], "name")
        second = bulk.put_new(session, Community, [community("a"), community("b")], "name")
        rows = {one.name: one.id for one in session.scalars(select(Community))}
    assert (set(first), set(second)) == ({"a"}, {"b"})
    assert rows == {**first, **second}


def test_a_row_changes_only_while_it_is_as_we_saw_it(store: Store) -> None:
    later = AT + timedelta(hours=1)
    with store.write() as session:
        ids = bulk.put_new(session, Community, [community("a", AT), community("b", later)], "name")
        seen = [{"id": row_id, "seen": AT, "paused_at": None} for row_id in ids.values()]
        bulk.change(session, Community, seen, where={"id": "id", "paused_at": "seen"})
    assert paused(store) == {"a": None, "b": later}


def test_facts_keep_their_shape(store: Store) -> None:
    told = [{"local": "2026-11-30T09:30"}, {}, {"what": '« l\'été », \\ "{,}" 🙏', "posts": 2}]
    run_id = run_of(outside(store))
    with store.write() as session:
        bulk.put(session, Trace, [{"run_id": run_id, "at": AT, "step": "s", "facts": facts} for facts in told])
        assert list(session.scalars(select(Trace.facts).order_by(Trace.id))) == told


def test_nothing_is_no_statement(store: Store) -> None:
    with store.write() as session:
        bulk.put(session, Community, [])
        bulk.change(session, Community, [], where={"id": "id"})
        assert bulk.put_new(session, Community, [], "name") == {}
