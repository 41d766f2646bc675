"""A migrated database is the one that the tables describe."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from orchestrator.store import migrate
from orchestrator.store.session import Store
from orchestrator.store.tables import Base


def differences(store: Store) -> list[Any]:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_the_last_file_is_the_head_of_the_chain() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))

    assert migrate.head() == ScriptDirectory.from_config(config).get_current_head()


def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    store = Store(database_url)
    assert migrate.current(store) is None
    assert not migrate.is_current(store)

    assert migrate.upgrade(store) == (None, migrate.head())

    assert migrate.is_current(store)
    assert differences(store) == []
    store.close()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    store = Store(database_url)
    migrate.upgrade(store)

    assert migrate.upgrade(store) == (migrate.head(), migrate.head())
    store.close()
