"""How a database is opened."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from orchestrator.flow.claim import LEASE
from orchestrator.store import session as session_module
from orchestrator.store.session import Store


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_postgresql_url_may_be_written_in_each_usual_way(fresh_postgres_url: str, scheme: str) -> None:
    store = Store(fresh_postgres_url.replace("postgresql+psycopg", scheme))
    with store.read() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    store.close()


def test_a_process_that_stops_in_a_transaction_keeps_its_locks_no_longer_than_a_lease(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEASE.total_seconds() * 1000 > session_module.FORSAKEN
    monkeypatch.setattr(session_module, "FORSAKEN", 100)
    store = Store(fresh_postgres_url)
    with store.write() as session:
        session.execute(text("CREATE TABLE one (n int)"))
        session.execute(text("INSERT INTO one VALUES (1)"))

    with pytest.raises(DBAPIError) as ended, store.write() as stopped:
        stopped.execute(text("UPDATE one SET n = 2"))
        with store.write() as session:  # waits for as long as the other holds the row
            session.execute(text("UPDATE one SET n = 3"))
        stopped.execute(text("SELECT 1"))
    assert session_module.is_away(ended.value), "what was to be written is written later"

    with store.read() as session:
        assert session.execute(text("SELECT n FROM one")).scalar_one() == 3
    store.close()


def test_a_server_that_ended_our_connections_is_asked_again_without_an_error(fresh_postgres_url: str) -> None:
    store, other = Store(fresh_postgres_url), Store(fresh_postgres_url)
    with store.read() as one, store.read() as two:
        pids = {session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (one, two)}
    with other.write() as session:
        for pid in pids:
            assert session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()

    with store.write() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() not in pids
    store.close()
    other.close()


def test_a_statement_that_is_wrong_is_no_trouble_of_the_database(store: Store) -> None:
    with pytest.raises(DBAPIError) as refused, store.write() as session:
        session.execute(text("INSERT INTO house (id, generation) VALUES (1, 0), (1, 0)"))
    assert not session_module.is_away(refused.value)


def test_sqlite_loses_no_acknowledged_row_at_a_power_cut(sqlite_store: Store) -> None:
    with sqlite_store.read() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_a_sqlite_writer_waits_for_the_writer_of_another_process(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, ended = Store(sqlite_store.url), threading.Event()  # as a second process would open it

    def writes() -> None:
        with other.write() as session:
            session.execute(text("CREATE TABLE theirs (n int)"))
        ended.set()

    with sqlite_store.write() as session:
        session.execute(text("CREATE TABLE ours (n int)"))
        waiting = threading.Thread(target=writes)
        waiting.start()
        assert not ended.wait(0.1)
    waiting.join(10)
    assert ended.is_set()

    monkeypatch.setattr(session_module, "PATIENCE", 0)
    with sqlite_store.write() as session:
        session.execute(text("INSERT INTO ours VALUES (1)"))
        with pytest.raises(DBAPIError, match="locked"), other.write() as late:
            late.execute(text("INSERT INTO ours VALUES (2)"))
    other.close()
