"""Alembic's entry: runs the versions on the connection that store/migrate.py hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from orchestrator.store.tables import Base

#: Milliseconds a change of the tables may wait for a lock: everybody else waits behind it.
LOCK_TIMEOUT_MS = 2_000

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.commit()
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
