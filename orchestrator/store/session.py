"""The engine and its transactions: `write()` may change rows, `read()` only looks."""

from __future__ import annotations

import contextlib
import random
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from orchestrator.store import arrays

MEMORY = "sqlite://"

#: How PostgreSQL's client gives up on a server that went away without a word (libpq's names; seconds, but the last
#: in milliseconds). Without them a cut network is noticed after minutes. A URL may set its own.
GIVES_UP = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

#: Milliseconds after which PostgreSQL ends a transaction of a process that stopped in the middle of it, and with it
#: its locks: less than a lease (20 s), so that others can take its work over as if it had died.
FORSAKEN = 15_000


#: Seconds that a SQLite writer waits for its turn, and between two tries for it. SQLite's own handler asks rarely and
#: in step: of three processes that wrote without a pause one waited 5 s.
PATIENCE = 10
BETWEEN_TRIES = (0.0005, 0.008)

#: How often a transaction is tried again that PostgreSQL ended for the sake of another one.
CONFLICTS = 3

#: SQLSTATE of a deadlock, and of what cannot be put in an order with another transaction.
ENDED = ("40P01", "40001")

Given = ParamSpec("Given")
Done = TypeVar("Done")


class Store:
    """One database. Sessions never commit by themselves: the `with` block is the transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # Between processes SQLite's writers take their chance; within one they queue here. One memory
        # database has one connection, so readers too.
        self._writer: Any = threading.RLock() if self.is_sqlite else contextlib.nullcontext()
        self._reader: Any = self._writer if url == MEMORY else contextlib.nullcontext()

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change rows: commits at the end, rolls back on an error."""
        with self._writer, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only looks."""
        engine = self.engine.execution_options(only_reads=True)
        with self._reader, Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def again_if_ended(transaction: Callable[Given, Done], *given: Given.args, **named: Given.kwargs) -> Done:
    """Do a whole transaction, again when PostgreSQL ended it for the sake of another one (a deadlock).

    For what must be written now: an outcome that is lost is a post in doubt. It must change nothing but rows.
    """
    for _ in range(CONFLICTS):
        try:
            return transaction(*given, **named)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in ENDED:
                raise
    return transaction(*given, **named)


def is_away(error: BaseException) -> bool:
    """Is it the database's trouble, and no statement's? What was to be written may be written later."""
    return isinstance(error, OperationalError | InterfaceError) or getattr(error, "connection_invalidated", False)


def open_engine(url: str) -> Engine:
    """An engine whose SQLite side loses no update: BEGIN IMMEDIATE, WAL, synchronous FULL."""
    if not url.startswith("sqlite"):
        gives_up = {name: after for name, after in GIVES_UP.items() if name not in make_url(url).query}
        kept = {"pool_size": 20, "max_overflow": 10}
        driven = make_url(url).set(drivername="postgresql+psycopg")  # postgres:// and postgresql:// are as good
        served = create_engine(driven, connect_args=gives_up, hide_parameters=True, **kept)
        event.listen(served, "connect", arrays.teach)
        event.listen(served, "connect", _prepare_postgresql)
        event.listen(served, "checkout", _notice_the_end)
        return served
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": PATIENCE}}
    if url == MEMORY:
        options["poolclass"] = StaticPool
    engine = create_engine(url, hide_parameters=True, **options)  # they hold what members wrote
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = {FORSAKEN}")
    connection.commit()


def _notice_the_end(connection: Any, _record: Any, _proxy: Any) -> None:
    """A server that went away has closed its connections: their sockets tell, where a ping costs a round trip."""
    looked = select.poll()
    looked.register(connection.fileno(), select.POLLIN)
    if looked.poll(0):
        raise InvalidatePoolError  # the pool opens new ones


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    if connection.get_execution_options().get("only_reads"):
        connection.exec_driver_sql("BEGIN")
        return
    raw, until = connection.connection.driver_connection, time.monotonic() + PATIENCE
    raw.execute("PRAGMA busy_timeout = 0")
    while not _has_begun(raw) and time.monotonic() < until:
        time.sleep(random.uniform(*BETWEEN_TRIES))
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    if not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # a last try, whose error is ours


def _has_begun(raw: Any) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True
