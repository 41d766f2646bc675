"""Applies what waits in the inbox: claim, effects and deletion in one transaction, in batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import DBAPIError

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import TertuliaError
from orchestrator.flow import acts, arrive, hear, press, resting, words
from orchestrator.flow.app import App
from orchestrator.flow.hearing import LOOK_AGAIN, Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import InboundKind
from orchestrator.store import inbound, members, sharing, topics
from orchestrator.store.inbound import Waiting
from orchestrator.store.session import again_if_ended

logger = log.get("receive")

Effect = Callable[[Hearing, Threads, Item], None]

#: What each kind does.
EFFECTS: Mapping[InboundKind, Effect] = {
    "said": words.said,
    "edited": hear.edited,
    "deleted": hear.deleted,
    "submitted": hear.submitted,
    "reacted": hear.reacted,
    "unreacted": hear.reacted,
    "pressed": press.pressed,
    "voted": acts.voted,
    "commanded": words.commanded,
    "joined": arrive.joined,
    "left": arrive.left,
    "moved": arrive.moved,
    "added": arrive.added,
    "removed": arrive.removed,
}


def receive(app: App, limit: int = 500) -> int:
    """Apply up to `limit` waiting inbounds, oldest first; give how many are done with.

    Rings for what it makes due, and for itself while more may wait. A row that fails does not hold the
    others up: it comes again later, and is parked after a few tries. Two receivers share the work.
    """
    return _round(app, limit, None)


def _round(app: App, limit: int, ids: Sequence[int] | None) -> int:
    """Apply one batch in one transaction; tell how many rows. Of a full batch others may take what is left."""
    rows: list[Waiting] = []
    try:
        hearing = again_if_ended(_claim_and_apply, app, limit, ids, rows)
    except Exception as error:
        if not rows or getattr(error, "connection_invalidated", False):
            raise  # the database is away: that is no row's fault
        done = _smaller(app, rows, error)
        _ring_again(app, rows, limit, ids)
        return done
    if hearing is None:
        return 0
    crash_point("receive.after_commit")
    _ring_again(app, rows, limit, ids)
    hearing.ring()
    return len(rows) - len(hearing.waits)


def _claim_and_apply(app: App, limit: int, ids: Sequence[int] | None, rows: list[Waiting]) -> Hearing | None:
    """The transaction of a batch; `rows` holds what was claimed, also when it fails."""
    with app.store.write() as session:
        agreed = sharing.enter(session)
        rows[:] = inbound.claim(session, app.now(), limit, ids)
        if not rows:
            return None
        hearing = Hearing(app, session, app.now())
        hearing.known.agree(agreed)
        _apply(hearing, rows)
        crash_point("receive.before_commit")
    return hearing


def _ring_again(app: App, rows: Sequence[Waiting], limit: int, ids: Sequence[int] | None) -> None:
    if ids is None and len(rows) == limit:
        app.ring("receive", [])


def _apply(hearing: Hearing, rows: Sequence[Waiting]) -> None:
    items = _items(hearing, rows)
    threads = Threads.read(hearing, items)
    for item in items:
        kind = item.inbound.kind
        effect = EFFECTS.get(kind)
        if kind != "said":
            threads.write()  # it may look for an answer that was given a moment ago
        if effect is not None:
            effect(hearing, threads, item)
    hearing.finish()
    threads.finish()
    inbound.put_off(hearing.session, sorted(hearing.waits), hearing.now + LOOK_AGAIN)
    inbound.forget(hearing.session, [row.id for row in rows if row.id not in hearing.waits])


def _items(hearing: Hearing, rows: Sequence[Waiting]) -> list[Item]:
    """Decode a batch; find its places and members, making those who are new, in a few queries."""
    known, session = hearing.known, hearing.session
    told = [(row, inbound.decode(row.body)) for row in rows]
    known.look(session, {(row.connection_id, one.place_ref) for row, one in told if one.place_ref})
    about = topics.about(session, known, [(row.connection_id, one) for row, one in told])
    items = [
        Item(row.id, row.connection_id, row.received_at, one, places)
        for (row, one), places in zip(told, about, strict=True)
    ]
    items = resting.living(hearing, items)
    _reach(hearing, items)
    names = {key: str(item.inbound.data.get("name", "")) for item in items for key in item.keys}
    known.learn(known.resolve(session, names))
    return items


def _reach(hearing: Hearing, items: Sequence[Item]) -> None:
    """Who writes to us directly can be written to, in their language."""
    chats = {
        (item.connection_id, item.inbound.member_ref, item.inbound.place_ref, item.inbound.language or "")
        for item in items
        if item.is_direct and item.inbound.member_ref and item.inbound.place_ref
    }
    for connection_id, member_ref, place_ref, language in sorted(chats):
        members.reached(hearing.session, connection_id, member_ref, place_ref)
        if language:
            members.speaks(hearing.session, connection_id, member_ref, language)


def _smaller(app: App, rows: Sequence[Waiting], error: Exception) -> int:
    """After a failure: each half by itself, down to the row that cannot be applied."""
    if len(rows) > 1:
        half = len(rows) // 2
        return sum(_round(app, len(part), [row.id for row in part]) for part in (rows[:half], rows[half:]))
    what = describe(error)
    logger.warning("receive.failed", row=rows[0].id, tries=rows[0].tries + 1, error=what)
    with app.store.write() as session:
        inbound.failed(session, rows[0], what, app.now())
    return 0


def describe(error: Exception) -> str:
    """What went wrong, without the values of a statement: they hold what members wrote."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__} ({type(error.orig).__name__})"
    if isinstance(error, TertuliaError):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__
