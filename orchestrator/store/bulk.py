"""Many rows in one statement whose text does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, Table, TableValuedAlias, Text, TypeDecorator, bindparam, column, func, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from orchestrator.store.tables import Base
from orchestrator.store.upsert import insert

Row = Mapping[str, Any]

SQLITE = sqlite.dialect()


def put(session: Session, kind: type[Base], rows: Sequence[Row], *, key: str = "", anew: Sequence[str] = ()) -> None:
    """Insert rows of the same columns; one that breaks a unique key is left out, its elder stays as it is.

    With `key`, an elder with the same value there takes the columns `anew` from the new row.
    """
    if not rows:
        return
    # By the connection, not the session: the unit of work costs more than the rows.
    if session.get_bind().dialect.name == "sqlite":
        _one_by_one(session, kind, rows, key, tuple(anew))
    else:
        into = insert(session, kind)
        session.connection().execute(_settled(_all(into, kind, rows), into, key, anew))


def _settled(statement: Any, into: Any, key: str, anew: Sequence[str]) -> Any:
    if not key:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=[key], set_={name: into.excluded[name] for name in anew})


def add(session: Session, kind: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows of the same columns. Raises IntegrityError where one breaks a unique key."""
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        _one_by_one(session, kind, rows)
    else:
        session.connection().execute(_all(insert(session, kind), kind, rows))


def put_new(session: Session, kind: type[Base], rows: Sequence[Row], key: str) -> dict[Any, int]:
    """Insert rows as `put` does; give the ids of those that were inserted, by the column `key`."""
    if not rows:
        return {}
    into, table = insert(session, kind), _table(kind)
    if session.get_bind().dialect.name == "sqlite":
        made = session.connection().execute(_new(into, table, key), rows)
    else:
        made = session.connection().execute(_new(_all(into, kind, rows), table, key))
    return {value: row_id for row_id, value in made}


def change(session: Session, kind: type[Base], rows: Sequence[Row], *, where: Mapping[str, str]) -> None:
    """Update rows: `where` maps columns to the names, in each of `rows`, of the values they must have.

    What else a row holds are the new values, by column. Objects that the session holds are not told.
    """
    if not rows:
        return
    table = _table(kind)
    named = [name for name in rows[0] if name not in where.values()]
    if session.get_bind().dialect.name == "sqlite":
        given: Any = {name: bindparam(f"given_{name}") for name in rows[0]}
        values: Any = [{f"given_{name}": value for name, value in row.items()} for row in rows]
    else:
        types = {name: table.c[name].type for name in named} | {name: table.c[at].type for at, name in where.items()}
        given, values = _unnested(rows, types).c, None
    statement = update(table).where(*(table.c[at] == given[name] for at, name in where.items()))
    session.connection().execute(statement.values({name: given[name] for name in named}), values)


class _Column(NamedTuple):
    """given: the driver's value in rows that do not name it. process: makes the driver's of a value that they name."""

    name: str
    given: Any
    process: Callable[[Any], Any] | None


def _one_by_one(session: Session, kind: type[Base], rows: Sequence[Row], *settled: Any) -> None:
    """Insert rows by the driver itself (SQLite): SQLAlchemy's own way to their values takes longer than they do."""
    text, columns = _written(kind, tuple(rows[0]), *settled)
    session.connection().exec_driver_sql(text, list(zip(*(_values(one, rows) for one in columns), strict=True)))


def _values(column: _Column, rows: Sequence[Row]) -> list[Any]:
    name, given, process = column
    if name not in rows[0]:
        return [given] * len(rows)
    return [row[name] for row in rows] if process is None else [process(row[name]) for row in rows]


@lru_cache(maxsize=200)
def _written(kind: type[Base], names: tuple[str, ...], *settled: Any) -> tuple[str, list[_Column]]:
    """The text of an INSERT of rows that name these columns, and all the columns in the text's order."""
    table = _table(kind)
    ways = {one.name: one.type.dialect_impl(SQLITE).bind_processor(SQLITE) for one in table.columns}
    given = {
        one.name: one.default.arg if (process := ways[one.name]) is None else process(one.default.arg)
        for one in table.columns
        if one.name not in names and isinstance(one.default, ScalarElementColumnDefault)
    }
    into = sqlite.insert(table).values({name: bindparam(name) for name in (*names, *given)})
    written = (_settled(into, into, *settled) if settled else into).compile(dialect=SQLITE)
    return str(written), [_Column(name, given.get(name), ways[name]) for name in written.positiontup or ()]


def _new(into: Any, table: Table, key: str) -> Any:
    return into.on_conflict_do_nothing().returning(table.c.id, table.c[key])


def _all(into: Any, kind: type[Base], rows: Sequence[Row]) -> Any:
    """One statement for all of them (PostgreSQL): an array a column, but what all rows share is sent once."""
    types = {name: _table(kind).c[name].type for name in rows[0]}
    first, *others = types
    shared = {name: rows[0][name] for name in others if all(row[name] == rows[0][name] for row in rows)}
    given = _unnested(rows, {name: type_ for name, type_ in types.items() if name not in shared}).c
    values = (
        bindparam(f"one_{name}", shared[name], type_=_whole(type_)) if name in shared else given[name]
        for name, type_ in types.items()
    )
    return into.from_select([first, *others], select(*values))


def _unnested(rows: Sequence[Row], types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """The rows as a table that a statement can read: one array a column (PostgreSQL)."""
    arrays = [
        bindparam(f"all_{name}", [row[name] for row in rows], type_=ARRAY(_whole(kind), dimensions=1))
        for name, kind in types.items()
    ]
    columns = [column(name, kind) for name, kind in types.items()]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="given")


def _whole(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # A cast to VARCHAR(40) cuts silently; without a length the column itself refuses what is too long.
    return Text() if isinstance(kind, String) and not isinstance(kind, TypeDecorator) else kind


def _table(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table
