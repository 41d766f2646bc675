"""When members last spoke in a place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.store.activity import SAID
from orchestrator.store.tables import Activity, Member


def last_said(session: Session, place_ids: Collection[int]) -> datetime | None:
    """The moment of the last message of a member, hosts left out, in these places; None: there was none."""
    found: list[datetime] = []
    for place_id in place_ids:
        last = (
            select(Activity.at)
            .join(Member, Member.id == Activity.member_id)
            .where(Activity.place_id == place_id, Activity.kind == SAID, ~Member.is_host)
            .order_by(Activity.ref.desc())  # messages are numbered in their order: the index ends the search at once
            .limit(1)
        )
        found += session.scalars(last).all()
    return max(found, default=None)
