"""Databases for tests: made once a process and emptied for the next test, which costs a hundredth of a new one."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from orchestrator.store.session import Store
from orchestrator.store.tables import Base

_numbers = itertools.count()

_DELETE = "; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)

#: Foreign keys do not ask who goes first.
ON_SQLITE = f"PRAGMA foreign_keys = OFF; BEGIN; {_DELETE}; COMMIT; PRAGMA foreign_keys = ON"

#: The same; whoever is still in a transaction belongs to a test that is over.
ON_POSTGRESQL = f"""
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle';
SET LOCAL session_replication_role = replica; {_DELETE};
SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences"""


def new(cluster_url: str) -> str:
    """Make an empty database in a cluster of PostgreSQL, without any table; give its URL."""
    name = f"t{next(_numbers)}"
    engine = create_engine(cluster_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return make_url(cluster_url).set(database=name).render_as_string(hide_password=False)


def made(url: str) -> Store:
    """A store with all its tables in an empty database."""
    store = Store(url)
    Base.metadata.create_all(store.engine)
    return store


def emptied(store: Store) -> Store:
    """The same store without a row, counting from one again; its engine keeps the statements it has compiled."""
    kept = store.engine.raw_connection()
    raw: Any = kept.driver_connection
    if store.is_sqlite:
        raw.executescript(ON_SQLITE)
    else:
        raw.execute(ON_POSTGRESQL)
        raw.commit()
    kept.close()
    return store
