"""How a database is opened."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from orchestrator.store.session import Store


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_postgresql_url_may_be_written_in_each_usual_way(fresh_postgres_url: str, scheme: str) -> None:
    store = Store(fresh_postgres_url.replace("postgresql+psycopg", scheme))
    with store.read() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    store.close()


def test_sqlite_loses_no_acknowledged_row_at_a_power_cut(sqlite_store: Store) -> None:
    with sqlite_store.read() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
