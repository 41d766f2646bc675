"""Bring a database to this version of the tables, and tell whether it is there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from orchestrator.store.session import Store

FOLDER = Path(__file__).parent / "migrations"


def upgrade(store: Store) -> tuple[str | None, str]:
    """Run what is missing, in order; give the revision before and after."""
    before, after = current(store), head()
    if before != after:
        _run(store)
    return before, after


def current(store: Store) -> str | None:
    """The database's revision; None for an empty one."""
    with store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def head() -> str:
    """The revision this program needs: a migration's file begins with its revision, the last one counts."""
    return max(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def is_current(store: Store) -> bool:
    """Does the database fit this program?"""
    return current(store) == head()


def _run(store: Store) -> None:
    from alembic import command  # 8 MB that only a database of another version needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with store.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
