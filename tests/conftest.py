"""What every test may ask for: fresh stores on both databases, and a real Redis."""

from __future__ import annotations

import shutil
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
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, to be copied."""
    made = tmp_path_factory.mktemp("made") / "tertulia.db"
    databases.make_tables(f"sqlite:///{made}")
    return made


@pytest.fixture(scope="session")
def made_postgres_url(postgres_url: str) -> str:
    """A database with all tables, to be emptied before it is used."""
    return databases.make_tables(databases.new(postgres_url))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store with all its tables, on each database."""
    one: Store = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_store")
    return one


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path, made_sqlite: Path) -> Iterator[Store]:
    """A store with all its tables, on SQLite only."""
    shutil.copy(made_sqlite, tmp_path / "tertulia.db")
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_store(made_postgres_url: str) -> Iterator[Store]:
    """A store with all its tables, on PostgreSQL only."""
    yield from _opened(databases.emptied(made_postgres_url))


def _opened(url: str) -> Iterator[Store]:
    one = Store(url)
    yield one
    one.close()
