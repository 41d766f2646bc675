"""What a lost reply means: a post becomes unknown, then sent, repeated, or held for a host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.flow import opened, tell
from orchestrator.flow.app import App
from orchestrator.ports import Adapter, ClosePoll, Document, Edit, Poll, Post, React, Receipt, Remove
from orchestrator.rules.reasons import Reason
from orchestrator.store import attempts, deliveries
from orchestrator.store.tables import Connection, Delivery, Place

#: Tries of a post whose absence was proved each time by reading the place back.
MAX_TRIES = 8

#: Tries of an act that may be done twice with the same effect (an edit, a reaction, a removal).
MAX_REPEATS = 5

#: A repeat may leave this long after the attempt it repeats, even where the last moment has passed.
GRACE = timedelta(minutes=10)

#: Shares of the settling time (60 s: after 10 s and 50 s, so 40 s apart) after which a place is read back.
FIRST_READ, SECOND_READ = 1 / 6, 4 / 6

#: Copies are looked for this often after a repeat: after half the settling time, then once each settling time.
#: By default the last look comes 150 s after it; what arrives later still stays doubled (docs/guarantees.md).
COPY_LOOKS = 3


def settling(app: App, share: float = 1.0) -> timedelta:
    """A share of the time that a lost reply is settled by evidence."""
    return timedelta(seconds=app.settings.settle_seconds * share)


def reads_back(app: App, session: Session, row: Delivery) -> bool:
    """Can we look for our posts on this delivery's connection?"""
    adapter = adapter_of(app, session, row)
    return adapter is not None and adapter.capabilities.reads_back


def adapter_of(app: App, session: Session, row: Delivery) -> Adapter | None:
    """The adapter of a delivery's connection, if this process has it."""
    return app.adapters.get(session.get_one(Connection, row.connection_id).name)


def become(app: App, session: Session, row: Delivery, token: int, now: datetime, detail: str) -> bool:
    """sending → unknown for a post; an act that may safely be done twice is due again instead."""
    outgoing = deliveries.decode(row.body)
    if isinstance(outgoing, Post | Poll | Document):
        first = settling(app, FIRST_READ if reads_back(app, session, row) else 1.0)
        done = attempts.settle(
            session, row.id, token, "sending", state="unknown", lease_until=now + first, looks=0, detail=detail
        )
        if done:
            tell.story(session, row, now, "unknown", what=detail)
        return done
    if isinstance(outgoing, Edit | React | Remove | ClosePoll) and row.tries < MAX_REPEATS:
        pause = timedelta(seconds=2**row.tries)
        return attempts.settle(session, row.id, token, "sending", state="due", not_before=now + pause, detail=detail)
    return attempts.settle(session, row.id, token, "sending", state="failed", reason=Reason.UNSURE, detail=detail)


def check_at(app: App, adapter: Adapter, row: Delivery, now: datetime) -> datetime | None:
    """When to look for copies of a delivery just sent: only where it was repeated and can be read back."""
    return _copies_at(app, row, now) if adapter.capabilities.reads_back else None


def _copies_at(app: App, row: Delivery, now: datetime) -> datetime | None:
    return now + settling(app, 0.5) if row.reason == Reason.UNSURE else None


def expect_copies(app: App, session: Session, row: Delivery, now: datetime) -> None:
    """Something else proved that a post arrived: where it was repeated, an earlier attempt may arrive still."""
    if row.tries > 1 and reads_back(app, session, row):
        row.looks, row.lease_until = 0, now + settling(app, 0.5)


def found(
    app: App, session: Session, row: Delivery, token: int, receipts: Sequence[Receipt], now: datetime
) -> list[int]:
    """unknown → sent, by what was read back, oldest first; later copies are taken away. Gives stages now due."""
    first, *copies = receipts
    values = {"state": "sent", "reason": Reason.POSTED, "sent_at": now, "detail": None, "looks": 0}
    values |= {"message_ref": first.message_ref, "sent_place_ref": first.place_ref}
    values |= {"lease_until": _copies_at(app, row, now)}  # an earlier attempt may still be on its way
    if not attempts.settle(session, row.id, token, "unknown", **values):
        return []
    tell.story(session, row, now, "found", copies=len(copies))
    remove(session, row, copies, now)
    return opened.after_sent(session, session.get_one(Delivery, row.id, populate_existing=True), now)


def remove(session: Session, row: Delivery, copies: Sequence[Receipt], now: datetime) -> None:
    """Plan the removal of later copies of a post."""
    place = session.get(Place, row.place_id)
    for copy in copies:
        if place is None or copy.message_ref is None:
            continue
        deliveries.plan(
            session,
            run=None,
            stage="copy",
            target=f"{row.key}:{copy.message_ref}",
            body=Remove(copy.message_ref),
            not_before=now,
            place=place,
            counts=False,
        )


def repeat_or_hold(app: App, session: Session, row: Delivery, token: int, now: datetime, *, absent: bool) -> bool:
    """unknown → due once more, or failed (unsure) until a host decides; True when it is due.

    absent: the place was read back, twice, without it. Then nothing is unsure, and it may be repeated
    until its last moment; else it is repeated once at most, and only where the ritual says so.
    """
    once = row.if_unsure == "send again" and row.reason != Reason.UNSURE
    last = max(row.late_until or now, (row.sending_at or now) + GRACE)
    if now <= last and (row.tries < MAX_TRIES if absent else once):
        again = {"state": "due", "reason": Reason.UNSURE, "not_before": now, "late_until": last, "looks": 0}
        if not attempts.settle(session, row.id, token, "unknown", **again):
            return False
        tell.story(session, row, now, "repeated", absent=absent)
        return True
    if attempts.settle(session, row.id, token, "unknown", state="failed", reason=Reason.UNSURE):
        tell.story(session, row, now, "held", reason=str(Reason.UNSURE))
        tell.hosts(app, session, row, now)
    return False


def by_hand(app: App, delivery_id: int, what: Literal["arrived", "send again", "leave"], who: str) -> None:
    """A host settles a delivery that may or may not have arrived. Raises Refused when it is no longer open."""
    now = app.now()
    stages: list[int] = []
    with app.store.write() as session:
        row = session.get(Delivery, delivery_id)
        if row is None or not (row.state == "unknown" or (row.state == "failed" and row.reason == Reason.UNSURE)):
            raise Refused("this post is settled already", "look at it again: tertulia why PLAYBOOK/RITUAL")
        if what == "arrived" and deliveries.arrived(session, row.id, None, now):
            row = session.get_one(Delivery, row.id, populate_existing=True)
            expect_copies(app, session, row, now)
            stages = opened.after_sent(session, row, now)
        elif what == "send again":
            again = {"state": "due", "reason": Reason.UNSURE, "not_before": now, "late_until": now + GRACE}
            attempts.settle(session, row.id, row.token, row.state, **again)
        else:
            attempts.settle(session, row.id, row.token, row.state, state="failed", reason=Reason.UNSURE)
        tell.story(session, row, now, "settled by hand", what=what, who=who)
        connection_id = row.connection_id
    app.ring("prepare", stages)
    app.ring("deliver", [connection_id])
