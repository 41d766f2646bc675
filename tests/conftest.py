"""What every test may ask for: fresh stores on both databases, and a real Redis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from orchestrator.store.session import Store
from orchestrator.store.tables import Base
from tests import servers

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL cluster for the whole test process."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One Redis-compatible server for the whole test process."""
    with servers.redis() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tertulia.db'}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> str:
    """An empty database of its own."""
    return new_database(postgres_url)


def new_database(cluster_url: str) -> str:
    """Make an empty database in the cluster; give its URL."""
    name = f"t{next(_numbers)}"
    engine = create_engine(cluster_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(cluster_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store with all its tables, on each database."""
    yield from opened(database_url)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A store with all its tables, on SQLite only."""
    yield from opened(sqlite_url)


@pytest.fixture
def postgres_store(fresh_postgres_url: str) -> Iterator[Store]:
    """A store with all its tables, on PostgreSQL only."""
    yield from opened(fresh_postgres_url)


def opened(url: str) -> Iterator[Store]:
    one = Store(url)
    Base.metadata.create_all(one.engine)
    yield one
    one.close()
