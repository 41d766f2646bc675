"""Named queries over places: the live ones, those that moved, those we were taken out of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator.store.tables import Community, Delivery, Place, Presence, Space

#: Deliveries that follow a place to its new reference: not yet sent there.
PENDING = ("planned", "held", "due")


@dataclass(frozen=True, slots=True)
class LivePlace:
    """A place with what an inbound from it must know."""

    place_id: int
    space_id: int
    community_id: int
    connection_id: int
    ref: str
    topic_ref: str
    zone: str
    topics: tuple[str, ...] = ()  # what the community remembers of what members say


def live(session: Session, refs: Collection[tuple[int, str]]) -> list[LivePlace]:
    """The places not retired that have one of these (connection_id, ref), oldest first."""
    columns = (Place.id, Space.id, Community.id, Place.connection_id, Place.ref, Place.topic_ref, Community.zone)
    query = (
        select(*columns, Community.topics)
        .join(Space, Place.space_id == Space.id)
        .join(Community, Space.community_id == Community.id)
        .where(Place.retired_at.is_(None), Place.ref.in_({ref for _, ref in refs}))
        .order_by(Place.id)
    )
    rows: list[Any] = [(*row[:-1], tuple(row.topics or ())) for row in session.execute(query)]
    found = [LivePlace(*row) for row in rows]
    return [place for place in found if (place.connection_id, place.ref) in refs]


def at(session: Session, connection_id: int, ref: str) -> list[Place]:
    """The live places with that reference: one, unless topics or communities share it."""
    query = select(Place).where(Place.connection_id == connection_id, Place.ref == ref, Place.retired_at.is_(None))
    return list(session.scalars(query.order_by(Place.id)))


def move(session: Session, connection_id: int, ref: str, new_ref: str, now: datetime) -> list[Place]:
    """Retire the places of `ref` and let new ones follow at `new_ref`; give those.

    Who was there is there still, and what was not yet sent goes to the new place. Done twice, it
    changes nothing more.
    """
    return [_follow(session, old, new_ref, now) for old in at(session, connection_id, ref) if ref != new_ref]


def successor(session: Session, old: Place, new_ref: str) -> Place | None:
    """The live place that follows `old` at `new_ref`."""
    here = at(session, old.connection_id, new_ref)
    return next((one for one in here if (one.space_id, one.topic_ref) == (old.space_id, old.topic_ref)), None)


def _follow(session: Session, old: Place, new_ref: str, now: datetime) -> Place:
    old.retired_at = now
    new = _place_at(session, old, new_ref)
    new.retired_at = new.parked_at = new.parked_what = None
    session.flush()
    for presence in session.scalars(select(Presence).where(Presence.place_id == old.id)):
        session.merge(
            Presence(
                place_id=new.id,
                member_id=presence.member_id,
                joined_at=presence.joined_at,
                left_at=presence.left_at,
                at_start=presence.at_start,
            )
        )
    pending = (Delivery.place_id == old.id, Delivery.state.in_(PENDING))
    session.execute(
        update(Delivery).where(*pending, Delivery.target == f"place:{old.id}").values(target=f"place:{new.id}")
    )
    session.execute(update(Delivery).where(*pending).values(place_id=new.id))
    return new


def _place_at(session: Session, old: Place, new_ref: str) -> Place:
    known = session.scalar(
        select(Place).where(
            Place.space_id == old.space_id,
            Place.connection_id == old.connection_id,
            Place.ref == new_ref,
            Place.topic_ref == old.topic_ref,
        )
    )
    if known is not None:
        return known
    new = Place(
        space_id=old.space_id,
        connection_id=old.connection_id,
        ref=new_ref,
        topic_ref=old.topic_ref,
        title=old.title,
        kind=old.kind,
        written=old.written,
    )
    session.add(new)
    return new


def park(session: Session, connection_id: int, ref: str, what: str, now: datetime) -> None:
    """Note that we can no longer act in a place; `what` says why, in a manager's words."""
    for place in at(session, connection_id, ref):
        place.parked_at = place.parked_at or now
        place.parked_what = what


def revive(session: Session, connection_id: int, ref: str) -> None:
    """We are back in a place: it takes posts again."""
    for place in at(session, connection_id, ref):
        place.parked_at = place.parked_what = None
