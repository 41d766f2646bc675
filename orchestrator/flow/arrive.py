"""Comings and goings: members who join or leave, places that move, ourselves put in or taken out."""

from __future__ import annotations

from orchestrator.flow import begin, names
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.store import members, places

REMOVED_WHAT = "We were taken out of this place: add us again and it goes on by itself."


def joined(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """A member came to a place; rituals that wait for `member joins` begin."""
    _learn_name(hearing, item)
    for place, member_id in hearing.present(item):
        if members.come(hearing.session, place.place_id, member_id, item.at):
            hearing.session.flush()
            hearing.stages += begin.joined(hearing.session, member_id, place.place_id, hearing.now)


def _learn_name(hearing: Hearing, item: Item) -> None:
    """Whoever is greeted is greeted by name: the platform is asked for it, where it did not tell."""
    speakers = members.speakers(hearing.session, set(item.keys))
    for speaker in speakers.values():
        if not speaker.named:
            names.learn(hearing, speaker)


def left(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """A member left a place."""
    for place, member_id in hearing.present(item):
        members.leave(hearing.session, place.place_id, member_id, item.at)


def moved(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """A place lives on under another reference: a new row follows it, with what was not yet sent."""
    new_ref = item.inbound.data.get("new_ref")
    if isinstance(new_ref, str) and new_ref and item.inbound.place_ref:
        places.move(hearing.session, item.connection_id, item.inbound.place_ref, new_ref, hearing.now)
        hearing.connections.add(item.connection_id)


def added(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """We are in a place again: it takes posts."""
    if item.inbound.place_ref:
        places.revive(hearing.session, item.connection_id, item.inbound.place_ref)


def removed(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """We were taken out of a place: nothing is tried there until we are back."""
    if item.inbound.place_ref:
        places.park(hearing.session, item.connection_id, item.inbound.place_ref, REMOVED_WHAT, hearing.now)
