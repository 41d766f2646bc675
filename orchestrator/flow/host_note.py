"""Tells the hosts something in their space, once: `note(app, session, known, Note(template, values, once))`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.errors import Refused
from orchestrator.flow.app import App
from orchestrator.flow.hearing import Item
from orchestrator.ports import Button, Post
from orchestrator.store import communities, deliveries, inbound, runs
from orchestrator.store.communities import Here
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Delivery, Place

logger = log.get("hosts")

#: What a note is called among deliveries; it belongs to no run, so nothing that ends a run takes it back.
STAGE = "note"

#: What an answer to a host's word is called.
ANSWER = "word"

#: An answer that could not leave for so long comes too late to be understood.
ANSWER_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Note:
    """What hosts are told: a template such as "hosts/unanswered" and its values.

    once: names the occasion, whatever its length; told again under the same name, it is told once.
    """

    template: str
    values: Mapping[str, Any]
    once: str
    buttons: tuple[Button, ...] = field(default=())


def note(app: App, session: Session, known: Known, what: Note) -> set[int]:
    """Plan a note in every place of the hosts' space, in the caller's transaction.

    Gives the connections that have something to send, to be rung for after the commit; none where the playbook
    names no space for its hosts, or where a template of the community's own has a mistake (logged).
    It counts in no guardrail and leaves at any hour.
    """
    try:
        text = app.render.text(what.template, known.playbook, what.values)
    except Refused as refused:
        logger.warning("hosts.untold", template=what.template, what=refused.what, mend=refused.mend)
        return set()
    found = set[int]()
    for here in places(session, known):
        planned = deliveries.plan(
            session,
            run=None,
            stage=STAGE,
            target=_target(here.place.id, what.once),
            body=Post(str(text), what.buttons),
            not_before=app.now(),
            place=here.place,
            counts=False,
        )
        found.add(planned.connection_id)
    return found


def answer(session: Session, item: Item, text: str, now: datetime, wait: timedelta = timedelta(0)) -> set[int]:
    """Plan an answer to what a host said in a place, there, once for each thing they said; give the connections."""
    found = set[int]()
    for here in item.places[:1]:
        planned = deliveries.plan(
            session,
            run=None,
            stage=ANSWER,
            target=_target(here.place_id, inbound.event_key(item.inbound)),
            body=Post(text),
            not_before=now + wait,
            late_until=now + ANSWER_WITHIN,
            place=session.get_one(Place, here.place_id),
            counts=False,
        )
        found.add(planned.connection_id)
    return found


def reword(session: Session, item: Item, text: str, now: datetime) -> set[int]:
    """Let an answer that still waits say this, at once; give the connections."""
    once, found = inbound.event_key(item.inbound), set[int]()
    for here in item.places[:1]:
        target, body = _target(here.place_id, once), deliveries.encode(Post(text))
        waits = (Delivery.key == deliveries.key_of(session, None, ANSWER, target), Delivery.state == "due")
        words = {"body": body, "digest": deliveries.digest(target, body), "not_before": now}
        changed = update(Delivery).where(*waits).values(**words).returning(Delivery.connection_id)
        found |= set(session.scalars(changed))
    return found


def places(session: Session, known: Known) -> list[Here]:
    """The live places of the hosts' space; none where the playbook names no such space."""
    space = known.playbook.hosts.space if known.playbook.hosts else None
    return communities.places_of(session, known.community.id, [space]) if space else []


def was_answered(session: Session, item: Item) -> bool:
    """Was this very thing that a host said answered, or told in their space, before?"""
    once = inbound.event_key(item.inbound)
    targets = [_target(place.place_id, once) for place in item.places]
    keys = [deliveries.key_of(session, None, stage, target) for stage in (STAGE, ANSWER) for target in targets]
    return session.scalars(select(Delivery.id).where(Delivery.key.in_(keys))).first() is not None


def _target(place_id: int, once: str) -> str:
    return f"place:{place_id}:{runs.digest16(once)}"
