"""Databases for tests: made once a process and emptied for the next test, which costs a hundredth of a new one."""

from __future__ import annotations

import itertools

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from orchestrator.store.session import Store
from orchestrator.store.tables import Base

_numbers = itertools.count()

#: Whoever is still connected belongs to a test that is over.
_ALONE = text(
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_FROM_ONE = text("SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences")


def new(cluster_url: str) -> str:
    """Make an empty database in a cluster of PostgreSQL, without any table; give its URL."""
    name = f"t{next(_numbers)}"
    with _connected(cluster_url) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return make_url(cluster_url).set(database=name).render_as_string(hide_password=False)


def make_tables(url: str) -> str:
    """Make all tables of ours; give the URL back."""
    store = Store(url)
    Base.metadata.create_all(store.engine)
    store.close()
    return url


def emptied(url: str) -> str:
    """Delete all rows of a database on PostgreSQL, and count from one again; give its URL back."""
    with _connected(url) as connection:
        connection.execute(_ALONE)
        connection.execute(text("SET session_replication_role = replica"))  # no foreign key asks who goes first
        connection.execute(text("; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)))
        connection.execute(_FROM_ONE)
    return url


def _connected(url: str) -> Connection:
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()
