"""Makes the roll-ups of a few members anew from their activity: after a link, and after its undoing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.orm import Session

from orchestrator.rules.days import month_of, week_of
from orchestrator.store import bulk
from orchestrator.store.activity import CONTRIBUTIONS
from orchestrator.store.tables import Activity, MemberDay, MemberMonth, MemberTotal, MemberWeek, Place, Space

ROLL_UPS = (MemberTotal, MemberDay, MemberWeek, MemberMonth)


def roll_ups(session: Session, community_id: int, member_ids: Collection[int]) -> None:
    """Write the roll-ups of these members of a community as their activity tells them, and nothing else."""
    for table in ROLL_UPS:
        session.execute(delete(table).where(table.member_id.in_(member_ids)))
    days = _days(session, community_id, member_ids)
    bulk.add(session, MemberDay, [_day(row) for row in days])
    bulk.add(session, MemberTotal, list(_totals(days).values()))
    for table, period, period_of in ((MemberWeek, "week", week_of), (MemberMonth, "month", month_of)):
        bulk.add(session, table, list(_summed(days, period, period_of).values()))


def _days(session: Session, community_id: int, member_ids: Collection[int]) -> list[Row[Any]]:
    """(space_id, member_id, day, n, first_at, last_at) of all their contributions."""
    places = select(Place.id).join(Space, Space.id == Place.space_id).where(Space.community_id == community_id)
    query = (
        select(
            Place.space_id,
            Activity.member_id,
            Activity.day,
            func.count().label("n"),
            func.min(Activity.at, type_=Activity.at.type).label("first_at"),
            func.max(Activity.at, type_=Activity.at.type).label("last_at"),
        )
        .join(Place, Place.id == Activity.place_id)
        .where(Activity.place_id.in_(places), Activity.member_id.in_(member_ids), Activity.kind.in_(CONTRIBUTIONS))
        .group_by(Place.space_id, Activity.member_id, Activity.day)
    )
    return list(session.execute(query))


def _day(row: Row[Any]) -> dict[str, int]:
    return {"space_id": row.space_id, "member_id": row.member_id, "day": row.day, "n": row.n}


def _totals(days: list[Row[Any]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for row in days:
        empty = {"member_id": row.member_id, "n": 0, "first_at": row.first_at, "last_at": row.last_at}
        one = found.setdefault(row.member_id, empty)
        one["n"] += row.n
        one["first_at"], one["last_at"] = min(one["first_at"], row.first_at), max(one["last_at"], row.last_at)
    return found


def _summed(days: list[Row[Any]], period: str, period_of: Any) -> dict[tuple[int, int], dict[str, int]]:
    """A row for each member and period: contributions, and a bit for each day with one."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    for row in days:
        number, bit = period_of(row.day)
        one = found.setdefault((row.member_id, number), {"member_id": row.member_id, period: number, "n": 0, "days": 0})
        one["n"] += row.n
        one["days"] |= bit
    return found
