"""What the guardrails count: our posts of a day, the last post of a place, runs that nobody answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from orchestrator.store.among import among
from orchestrator.store.tables import Delivery, Place, Ritual, Run

#: Deliveries that are, or may become, a post: what failed, expired or was skipped is none.
COUNTED = ("planned", "held", "due", "sending", "unknown", "sent")

#: Runs of a ritual that are looked at for "unanswered in a row": more than any sensible `stop_after`.
LOOK_BACK = 20

_at = func.coalesce(Delivery.sent_at, Delivery.not_before)


def lock_places(session: Session, place_ids: Collection[int]) -> None:
    """Let whoever counts the posts of these places next wait for this transaction."""
    wanted = select(Place.id).where(among(session, Place.id, place_ids)).order_by(Place.id).with_for_update()
    session.execute(wanted).all()


def posts(session: Session, place_ids: Collection[int], start: datetime, end: datetime) -> dict[int, int]:
    """Our posts, sent or still to come, in [start, end), by place."""
    rows = session.execute(
        select(Delivery.place_id, func.count())
        .where(among(session, Delivery.place_id, place_ids), Delivery.counts, Delivery.state.in_(COUNTED))
        .where(_at >= start, _at < end)
        .group_by(Delivery.place_id)
    )
    return {place_id: n for place_id, n in rows if place_id is not None}


def last_posts(session: Session, place_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """The latest post later than `since`, sent or still to come, by place."""
    rows = session.execute(
        select(Delivery.place_id, func.max(Delivery.not_before))
        .where(among(session, Delivery.place_id, place_ids), Delivery.counts, Delivery.state.in_(COUNTED))
        .where(Delivery.not_before > since)
        .group_by(Delivery.place_id)
    )
    return {place_id: at for place_id, at in rows if place_id is not None}


def unanswered(session: Session, ritual_ids: Collection[int]) -> dict[int, int]:
    """How many of each ritual's last runs in a row asked and got no counted answer, since its last resume."""
    age = func.row_number().over(partition_by=Run.ritual_id, order_by=(Run.due_at.desc(), Run.id.desc()))
    ended = (
        select(Run.ritual_id, Run.facts, age.label("age"))
        .join(Ritual, Ritual.id == Run.ritual_id)
        .where(among(session, Run.ritual_id, ritual_ids), Run.state == "done")
        .where(or_(Ritual.resumed_at.is_(None), Run.due_at > Ritual.resumed_at))
        .subquery()
    )
    rows = session.execute(select(ended).where(ended.c.age <= LOOK_BACK).order_by(ended.c.ritual_id, ended.c.age))
    return {ritual_id: _in_a_row(row.facts for row in group) for ritual_id, group in groupby(rows, lambda row: row[0])}


def _in_a_row(newest_first: Iterable[dict[str, Any]]) -> int:
    results = [facts["result"] for facts in newest_first if facts.get("result", {}).get("asks")]
    return sum(1 for _ in takewhile(lambda result: result["unanswered"], results))
