"""Which places an inbound is about, also where a platform tells the chat alone and only topics of it are places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.ports import Inbound
from orchestrator.store import activity
from orchestrator.store.among import among
from orchestrator.store.known import Known
from orchestrator.store.places import LivePlace
from orchestrator.store.tables import Activity, Delivery

Told: TypeAlias = tuple[int, Inbound]
"""The id of the connection, and what came over it."""

#: Of these Telegram tells the chat and the message, never the topic (Bot API, MessageReactionUpdated).
REACTIONS = frozenset({"reacted", "unreacted"})


def about(session: Session, known: Known, told: Sequence[Told]) -> list[tuple[LivePlace, ...]]:
    """The places that each of these is about; `known` has looked for their chats."""
    found = [known.about(connection_id, one) for connection_id, one in told]
    astray = [n for n, (_, one) in enumerate(told) if not found[n] and one.kind in REACTIONS]
    places = of_messages(session, known, [told[n] for n in astray])
    for n, here in zip(astray, places, strict=True):
        found[n] = here
    return found


def of_messages(session: Session, known: Known, told: Sequence[Told]) -> list[tuple[LivePlace, ...]]:
    """For each of these the places of its chat where its message stands; none where nobody knows it (yet)."""
    near = [(one.message_ref or "", known.everywhere(connection_id, one.place_ref)) for connection_id, one in told]
    there = _standing(session, {(place.place_id, ref) for ref, places in near for place in places})
    return [tuple(place for place in places if (place.place_id, ref) in there) for ref, places in near]


def _standing(session: Session, spots: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these (place_id, message_ref) where we know a message: a member's, or one of ours."""
    if not spots:
        return set()
    place_ids, numbers = {place_id for place_id, _ in spots}, {ref: activity.number(ref) for _, ref in spots}
    said = select(Activity.place_id, Activity.ref).where(
        among(session, Activity.place_id, place_ids),
        among(session, Activity.ref, set(numbers.values())),
        Activity.kind == activity.SAID,
    )
    sent = select(Delivery.place_id, Delivery.message_ref).where(
        among(session, Delivery.place_id, place_ids), among(session, Delivery.message_ref, set(numbers))
    )
    theirs = {(place_id, number) for place_id, number in session.execute(said)}
    ours = {(place_id, ref) for place_id, ref in session.execute(sent)}
    return {(place_id, ref) for place_id, ref in spots if (place_id, numbers[ref]) in theirs or (place_id, ref) in ours}
