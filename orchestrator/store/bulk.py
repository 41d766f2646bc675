"""Many rows in one statement whose text does not grow with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import String, Table, TableValuedAlias, Text, TypeDecorator, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from orchestrator.store.tables import Base
from orchestrator.store.upsert import insert

Row = Mapping[str, Any]


def put(session: Session, kind: type[Base], rows: Sequence[Row], *, key: str = "", anew: Sequence[str] = ()) -> None:
    """Insert rows of the same columns; one that breaks a unique key is left out, its elder stays as it is.

    With `key`, an elder with the same value there takes the columns `anew` from the new row.
    """
    if not rows:
        return
    into = insert(session, kind)
    # By the connection, not the session: the unit of work costs more than the rows.
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(_settled(into, into, key, anew), rows)
    else:
        session.connection().execute(_settled(_all(into, kind, rows), into, key, anew))


def _settled(statement: Any, into: Any, key: str, anew: Sequence[str]) -> Any:
    if not key:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=[key], set_={name: into.excluded[name] for name in anew})


def add(session: Session, kind: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows of the same columns. Raises IntegrityError where one breaks a unique key."""
    if not rows:
        return
    into = insert(session, kind)
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(into, rows)
    else:
        session.connection().execute(_all(into, kind, rows))


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


def _new(into: Any, table: Table, key: str) -> Any:
    return into.on_conflict_do_nothing().returning(table.c.id, table.c[key])


def _all(into: Any, kind: type[Base], rows: Sequence[Row]) -> Any:
    table = _table(kind)
    return into.from_select(list(rows[0]), select(_unnested(rows, {name: table.c[name].type for name in rows[0]})))


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
