"""Settles deliveries whose reply was lost: looks for evidence, then decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import DeliveryFailed, DeliveryUnknown
from orchestrator.flow import tell, unsure
from orchestrator.flow.app import App
from orchestrator.flow.claim import address
from orchestrator.ports import Adapter, Address, Receipt
from orchestrator.store import attempts, deliveries
from orchestrator.store.tables import Delivery, Handle, Place, to_us

logger = log.get("settle")

#: Rows looked at in one call.
BATCH = 100

#: A look that its process did not live to finish is taken by another after this.
LOOK_LEASE = timedelta(seconds=30)

#: When a place could not be read back: try again after this, for so long, and then go by `if_unsure`.
READ_AGAIN = timedelta(seconds=15)
READ_FOR = timedelta(minutes=15)

#: How long before an attempt's slot its post may carry a moment (clocks differ), and how long before a repeat's.
BEFORE = timedelta(seconds=5)
BEFORE_A_REPEAT = timedelta(hours=1)


def settle(app: App) -> None:
    """Look at every delivery whose next look for evidence is due."""
    with app.store.read() as session:
        waiting = attempts.looks_due(session, app.now(), BATCH)
    for row in waiting:
        _look(app, row)


def _look(app: App, row: Delivery) -> None:
    now = app.now()
    with app.store.write() as session:
        if not attempts.take_look(session, row, now + LOOK_LEASE):
            return
        adapter = unsure.adapter_of(app, session, row)
        to = _where(session, row)
    crash_point("settle.before_read")
    token = row.token + 1
    seen = _read(app, adapter, row, to)
    with app.store.write() as session:
        stages = _decide(app, session, row, token, seen)
        crash_point("settle.before_commit")
    app.ring("prepare", stages)
    app.ring("deliver", [row.connection_id])


def _where(session: Session, row: Delivery) -> Address:
    handle = session.get(Handle, row.handle_id) if row.handle_id is not None else None
    place = session.get(Place, row.place_id) if row.place_id is not None else None
    return address(place, handle.ref if handle else None)


Seen = list[Receipt] | str | None
"""What a look saw: posts carrying our key, oldest first; why it could not read; None: it never can."""


def _read(app: App, adapter: Adapter | None, row: Delivery, to: Address) -> Seen:
    if adapter is None:
        return "this process has no such connection"
    if not adapter.capabilities.reads_back:
        return None
    sending_at = row.sending_at or app.now()
    since = sending_at - (BEFORE_A_REPEAT if row.tries > 1 else BEFORE)
    try:
        return adapter.find(to, deliveries.decode(row.body), row.key, to_us(since))
    except (DeliveryFailed, DeliveryUnknown) as error:
        never = isinstance(error, DeliveryFailed) and error.permanent  # we lack the permission
        return None if never else error.what
    except Exception as error:
        logger.exception("settle.broke", delivery=row.id, reference=log.keep_bug())
        return f"our side broke while reading ({type(error).__name__})"


def _decide(app: App, session: Session, row: Delivery, token: int, seen: Seen) -> Sequence[int]:
    """Write what this look says; give the stages that are due because of it."""
    now = app.now()
    if row.state == "sent":
        _take_copies_away(app, session, row, token, seen, now)
        return []
    if isinstance(seen, str):
        _cannot_read(app, session, row, token, seen, now)
    elif seen:
        return unsure.found(app, session, row, token, seen, now)
    elif row.looks == 0 and unsure.reads_back(app, session, row):
        second = now + unsure.settling(app, unsure.SECOND_READ)
        attempts.settle(session, row.id, token, "unknown", state="unknown", looks=1, lease_until=second)
    else:
        unsure.repeat_or_hold(app, session, row, token, now, absent=seen is not None)
    return []


def _cannot_read(app: App, session: Session, row: Delivery, token: int, why: str, now: datetime) -> None:
    if now - (row.sending_at or now) > READ_FOR:
        unsure.repeat_or_hold(app, session, row, token, now, absent=False)
        return
    attempts.settle(session, row.id, token, "unknown", state="unknown", lease_until=now + READ_AGAIN, detail=why)


def _take_copies_away(app: App, session: Session, row: Delivery, token: int, seen: Seen, now: datetime) -> None:
    """A repeated post: the first attempt may have arrived very late. The earliest copy stays."""
    looks = row.looks + (not isinstance(seen, str))
    next_look = now + unsure.settling(app) if looks < unsure.COPY_LOOKS else None
    if isinstance(seen, str) and now - (row.sent_at or now) > READ_FOR:
        next_look = None
    values = {"state": "sent", "looks": looks, "lease_until": next_look}
    if isinstance(seen, list) and len(seen) > 1:
        values |= {"message_ref": seen[0].message_ref}
    if not attempts.settle(session, row.id, token, "sent", **values):
        return
    if isinstance(seen, list) and len(seen) > 1:
        unsure.remove(session, row, seen[1:], now)
        tell.story(session, row, now, "copies removed", copies=len(seen) - 1)
