"""Reserved slots: one row per connection and limit, so that all processes together keep a platform's pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from orchestrator.ports import Limit
from orchestrator.rules.rate import NotBefore, Slot, gcra, held_until

#: A limit as (period in µs, burst). No limit is a period of 0: the row still holds a platform's Retry-After.
Pace = tuple[int, int]
FREE: Pace = (0, 1)

#: The row of the whole connection; every claim locks it first, which puts a connection's claims in a line.
WHOLE = ""

#: The row that remembers until when the platform last told a place of this connection to wait.
TOLD = "told"

#: The row that adds up by how many µs the connection's slots were moved: by late acts, and by rests.
MOVED = "moved"

_KEEP = text(
    "INSERT INTO rate (connection_id, scope, tat) VALUES (:connection, :scope, :tat) "
    "ON CONFLICT (connection_id, scope) DO UPDATE SET tat = excluded.tat"
)
_RAISE = text(
    "INSERT INTO rate (connection_id, scope, tat) VALUES (:connection, :scope, :tat) "
    "ON CONFLICT (connection_id, scope) DO UPDATE SET tat = excluded.tat WHERE rate.tat < excluded.tat"
)
_MAKE = text(
    "INSERT INTO rate (connection_id, scope, tat) VALUES (:connection, '', 0) "
    "ON CONFLICT (connection_id, scope) DO NOTHING"
)

_READ = text("SELECT scope, tat FROM rate WHERE connection_id = :connection AND scope IN :scopes").bindparams(
    bindparam("scopes", expanding=True)
)


def paces(limits: Sequence[Limit], ref: str | None, is_group: bool) -> dict[str, Pace]:
    """The rows that bound an act in the chat `ref` (None: no chat), by scope, the whole connection first.

    Rows are kept per chat of the platform, not per place: two topics of one chat share its limit.
    """
    kept: dict[str, Pace] = {WHOLE: FREE}
    if ref is not None:
        kept[f"place:{ref}"] = FREE
    for number, limit in enumerate(limits):
        scope = _scope(limit, ref, is_group)
        if scope is None:
            continue
        if kept.get(scope, FREE) != FREE:  # a second limit of one scope has a row of its own
            scope = f"{scope}#{number}"
        kept[scope] = (round(limit.every * 1_000_000), limit.burst)
    return kept


def _scope(limit: Limit, ref: str | None, is_group: bool) -> str | None:
    if limit.scope == "connection":
        return WHOLE
    if ref is None or (limit.scope == "group" and not is_group):
        return None
    return f"{limit.scope}:{ref}"


def lock(session: Session, connection_id: int) -> None:
    """Wait for this connection's other claims to end; on SQLite the write transaction already did."""
    if session.get_bind().dialect.name == "sqlite":
        return
    wanted = text("SELECT tat FROM rate WHERE connection_id = :connection AND scope = '' FOR UPDATE")
    if session.execute(wanted, {"connection": connection_id}).first() is None:
        session.execute(_MAKE, {"connection": connection_id})
        session.execute(wanted, {"connection": connection_id})


def reserve(session: Session, connection_id: int, pace: Mapping[str, Pace], now: int) -> Slot | NotBefore:
    """Take the next slot that all these limits allow, at most a second after `now` (µs)."""
    scopes = list(pace)
    tats = _tats(session, connection_id, [*scopes, MOVED])
    moved = tats.get(MOVED, 0)
    answer = gcra(now, [tats.get(s, 0) for s in scopes], [pace[s][0] for s in scopes], [pace[s][1] for s in scopes])
    if isinstance(answer, NotBefore):
        return answer
    kept = dict(zip(scopes, answer.tats, strict=True))
    if (rest := answer.at - tats.get(WHOLE, answer.at)) > 0:
        moved = kept[MOVED] = moved + rest
    _write(session, _KEEP, connection_id, kept)
    return replace(answer, moved=moved)


def hold(session: Session, connection_id: int, pace: Mapping[str, Pace], until: int, now: int) -> None:
    """Obey "too fast": nothing leaves for this chat before `until` (µs).

    The platform does not say whether it means the chat or all of us. We take it for the chat; a second
    chat that is told so while the first one waits shows that it means the whole connection.
    """
    told = _tats(session, connection_id, [TOLD]).get(TOLD, 0)
    shut = [scope for scope in pace if scope != WHOLE or told > now or len(pace) == 1]
    _write(session, _RAISE, connection_id, {s: held_until(until, *pace[s]) for s in shut} | {TOLD: until})


def postpone(session: Session, connection_id: int, slot: Slot, by: int) -> None:
    """Keep the next slots at their distance from an act that left `by` µs after its own.

    What has moved them since that slot was taken counts: of acts that were late together, the latest decides.
    """
    lock(session, connection_id)
    tats = _tats(session, connection_id, [WHOLE, MOVED])
    further = by - (tats.get(MOVED, 0) - slot.moved)
    if further > 0 and WHOLE in tats:
        _write(session, _KEEP, connection_id, {scope: tats.get(scope, 0) + further for scope in (WHOLE, MOVED)})


def _tats(session: Session, connection_id: int, scopes: Sequence[str]) -> dict[str, int]:
    rows = session.execute(_READ, {"connection": connection_id, "scopes": list(scopes)})
    return {row.scope: row.tat for row in rows}


def _write(session: Session, statement: Any, connection_id: int, tats: Mapping[str, int]) -> None:
    for scope in sorted(tats):  # one order for all writers: no deadlock
        session.execute(statement, {"connection": connection_id, "scope": scope, "tat": tats[scope]})
