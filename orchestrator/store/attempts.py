"""The claim of a due delivery and what becomes of it: every write carries the token of its attempt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from orchestrator.ports import Receipt
from orchestrator.rules.reasons import Reason
from orchestrator.store.tables import Delivery, Handle, Member, Place, Run

# Spelled out, not bound: only so do the databases use the partial indexes.
DUE = Delivery.state == literal_column("'due'")
SENDING = Delivery.state == literal_column("'sending'")

#: Deliveries that left, or may have left.
LEFT = ("sending", "unknown", "sent")

#: States of a delivery whose receipt is in nobody's row yet.
LOST = ("sending", "unknown")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due delivery with all that decides whether it may go now. `parent` is the one whose thread it joins."""

    delivery: Delivery
    place: Place | None
    handle: Handle | None
    member: Member | None
    run: Run | None
    parent: Delivery | None


_parent = aliased(Delivery)

#: Built once: it is asked before every act, and building it takes longer than running it.
_NEXT_DUE = (
    select(Delivery, Place, Handle, Member, Run, _parent)
    .outerjoin(Place, Place.id == Delivery.place_id)
    .outerjoin(Handle, Handle.id == Delivery.handle_id)
    .outerjoin(Member, Member.id == Handle.member_id)
    .outerjoin(Run, Run.id == Delivery.run_id)
    .outerjoin(_parent, _parent.id == Delivery.under_id)
    .where(Delivery.connection_id == bindparam("connection"), DUE, Delivery.not_before <= bindparam("now"))
    .where(or_(Delivery.place_id.is_(None), Delivery.place_id.not_in(bindparam("busy", expanding=True))))
    .where(or_(_parent.id.is_(None), _parent.state.in_(("sent", "failed", "skipped", "expired"))))
    .order_by(Delivery.not_before, Delivery.id)
    .limit(1)
    .execution_options(populate_existing=True)
)


def next_due(session: Session, connection_id: int, now: datetime, busy: Collection[int]) -> Candidate | None:
    """The first due delivery of a connection whose place is not busy and whose parent has come to an end."""
    row = session.execute(_NEXT_DUE, {"connection": connection_id, "now": now, "busy": list(busy)}).first()
    return None if row is None else Candidate(*row)


def busy_places(session: Session, connection_id: int) -> set[int]:
    """The places of a connection where an act is under way: one at a time, so that order is kept."""
    under_way = select(Delivery.place_id).where(
        Delivery.connection_id == connection_id,
        SENDING,
        Delivery.lease_until.is_not(None),
        Delivery.place_id.is_not(None),
    )
    return {place_id for place_id in session.scalars(under_way) if place_id is not None}


def next_moment(session: Session, connection_id: int, now: datetime) -> datetime | None:
    """When the next delivery of a connection becomes due, after `now`."""
    later = (Delivery.connection_id == connection_id, DUE, Delivery.not_before > now)
    return session.scalar(select(func.min(Delivery.not_before)).where(*later))


def start(session: Session, delivery: Delivery, leaves_at: datetime, lease_until: datetime) -> int | None:
    """due → sending: the new token, or None when it is no longer due, or says something else since it was read."""
    token = delivery.token + 1
    due = (Delivery.id == delivery.id, DUE, Delivery.token == delivery.token, Delivery.digest == delivery.digest)
    values = {"state": "sending", "token": token, "lease_until": lease_until, "sending_at": leaves_at}
    started = session.execute(_write().where(*due).values(**values, tries=Delivery.tries + 1))
    return token if _changed(started) else None


def put_off(session: Session, delivery: Delivery, until: datetime, detail: str) -> None:
    """Move a due delivery to a later moment, and note why it waits."""
    _put_off(session, Delivery.id == delivery.id, until, detail)


def put_off_place(session: Session, delivery: Delivery, until: datetime, detail: str) -> None:
    """The same for everything that is due in its place: none of it has a turn before."""
    if delivery.place_id is None:
        put_off(session, delivery, until, detail)
    else:
        _put_off(session, Delivery.place_id == delivery.place_id, until, detail)


def _put_off(session: Session, which: ColumnElement[bool], until: datetime, detail: str) -> None:
    waiting = _write().where(which, DUE, Delivery.not_before < until)
    session.execute(waiting.values(not_before=until, detail=detail))


def end(session: Session, delivery: Delivery, state: str, reason: Reason | str, detail: str | None = None) -> bool:
    """due → skipped or expired, with its reason."""
    due = (Delivery.id == delivery.id, DUE, Delivery.token == delivery.token)
    ended = session.execute(_write().where(*due).values(state=state, reason=reason, detail=detail or Delivery.detail))
    return _changed(ended)


def still_ours(session: Session, delivery_id: int, token: int) -> bool:
    """Does this attempt still hold the delivery? Asked just before the first byte leaves."""
    ours = (Delivery.id == delivery_id, Delivery.token == token, SENDING)
    return session.scalar(select(Delivery.id).where(*ours)) is not None


def is_overtaken(session: Session, delivery: Delivery) -> bool:
    """Has a later act about the same message of the run left, or may have?"""
    about = (Delivery.run_id == delivery.run_id, Delivery.target == delivery.target, Delivery.id > delivery.id)
    return session.scalars(select(Delivery.id).where(*about, Delivery.state.in_(LEFT)).limit(1)).first() is not None


def rehome(session: Session, delivery_id: int, token: int, place_id: int) -> bool:
    """Let an attempt under way go to its place's new row."""
    held = (Delivery.id == delivery_id, SENDING, Delivery.token == token)
    return _changed(session.execute(_write().where(*held).values(place_id=place_id)))


def successor(session: Session, old: Place) -> Place | None:
    """The live place that followed this one in its space; the place itself if it is live."""
    live = (
        Place.space_id == old.space_id,
        Place.connection_id == old.connection_id,
        Place.topic_ref == old.topic_ref,
        Place.retired_at.is_(None),
    )
    return session.scalars(select(Place).where(*live).order_by(Place.id.desc())).first()


def sent(
    session: Session, delivery_id: int, token: int, receipt: Receipt, now: datetime, check_at: datetime | None
) -> Delivery | None:
    """sending → sent; the delivery, or None when the token is stale. check_at: when to look for copies.

    An attempt that was taken for dead may tell so too, as long as nobody has looked for its post.
    """
    values = {
        "state": "sent",
        "reason": Reason.POSTED,
        "detail": None,
        "sent_at": now,
        "message_ref": receipt.message_ref,
        "sent_place_ref": receipt.place_ref,
        "poll_ref": receipt.poll_ref,
        "looks": 0,
    }
    if not any(settle(session, delivery_id, token, was, lease_until=check_at, **values) for was in LOST):
        return None
    row = session.get_one(Delivery, delivery_id, populate_existing=True)
    if row.handle_id is not None and receipt.place_ref is not None:
        first = update(Handle).where(Handle.id == row.handle_id, Handle.direct_ref.is_(None))
        session.execute(first.values(direct_ref=receipt.place_ref))
    return row


def settle(session: Session, delivery_id: int, token: int, was: str, /, **values: Any) -> bool:
    """Write an outcome, if the delivery is still in that state under that token."""
    held = (Delivery.id == delivery_id, Delivery.state == was, Delivery.token == token)
    return _changed(session.execute(_write().where(*held).values(**{"lease_until": None} | values)))


def take_look(session: Session, delivery: Delivery, next_at: datetime) -> bool:
    """Claim one look for evidence: nobody else looks before `next_at`."""
    asleep = (Delivery.id == delivery.id, Delivery.state == delivery.state, Delivery.token == delivery.token)
    values = {"token": delivery.token + 1, "lease_until": next_at}
    return _changed(session.execute(_write().where(*asleep).values(**values)))


def looks_due(session: Session, now: datetime, limit: int) -> list[Delivery]:
    """Unknown deliveries, and sent ones that may have copies, whose next look is due."""
    asleep = (Delivery.lease_until <= now, Delivery.state.in_(("unknown", "sent")))
    return list(session.scalars(select(Delivery).where(*asleep).order_by(Delivery.lease_until).limit(limit)))


def lapsed(session: Session, now: datetime, limit: int) -> list[Delivery]:
    """Deliveries in `sending` whose lease ran out: their worker died, stopped or lost the database."""
    dead = (Delivery.lease_until <= now, SENDING)
    return list(session.scalars(select(Delivery).where(*dead).order_by(Delivery.lease_until).limit(limit)))


def too_late(session: Session, now: datetime, limit: int) -> list[Delivery]:
    """Due deliveries whose last moment has passed."""
    late = (DUE, Delivery.late_until < now)
    return list(session.scalars(select(Delivery).where(*late).limit(limit)))


def _write() -> Update:
    # The rows that callers hold are what they saw when they claimed; nothing is written back into them.
    return update(Delivery).execution_options(synchronize_session=False)


def _changed(result: Any) -> bool:
    return bool(result.rowcount == 1)
