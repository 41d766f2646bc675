"""What every test may ask for: fresh stores on both databases, and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.store.session import Store
from tests import databases, servers


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
    """An empty database of its own, without tables."""
    return databases.new(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database without tables, once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the whole test process, on SQLite."""
    one = databases.made(f"sqlite:///{tmp_path_factory.mktemp('kept') / 'tertulia.db'}")
    yield one
    one.close()


@pytest.fixture(scope="session")
def kept_memory() -> Store:
    """One store for the whole test process, in memory: for tests that empty it many times by themselves."""
    return databases.made("sqlite://")


@pytest.fixture(scope="session")
def kept_postgres(postgres_url: str) -> Iterator[Store]:
    """One store for the whole test process, on PostgreSQL."""
    one = databases.made(databases.new(postgres_url))
    yield one
    one.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store with all its tables and no row, on each database."""
    name = "sqlite_store" if request.param == "sqlite" else "postgres_store"
    one: Store = request.getfixturevalue(name)
    return one


@pytest.fixture
def sqlite_store(kept_sqlite: Store) -> Store:
    """A store with all its tables and no row, on SQLite only."""
    return databases.emptied(kept_sqlite)


@pytest.fixture
def postgres_store(kept_postgres: Store) -> Store:
    """A store with all its tables and no row, on PostgreSQL only."""
    return databases.emptied(kept_postgres)
