"""Who belongs to a segment, asked of the roll-ups: all of them, or a page and how many there are.

Where a large community's standings are kept they answer, and the few members who contributed since those were
derived are counted directly; elsewhere everybody is. The answer is the same, and exact.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from orchestrator.rules.days import LocalDays
from orchestrator.rules.segment import AnyOf, AtLeast, Expression, Quiet, Written, expression
from orchestrator.store import follow_ups, standing
from orchestrator.store.segment_sql import Compiler, Ids
from orchestrator.store.tables import Community, to_us

#: For these questions alone, PostgreSQL may hold the ids of a large community in memory (by its default of 4 MB it
#: writes a quarter of a million to disk), and is told that the indexes they are about are in memory too (by default it
#: reads all members instead of an index: 87 ms against 54 for a million).
PLANNED_FOR = "SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1"


class Page(NamedTuple):
    """Some of those who belong, by id, and how many do in all."""

    ids: list[int]
    total: int


def members_of(session: Session, community_id: int, segments: Collection[Written], now: datetime) -> list[int]:
    """The members of a community who are in one of these segments now, by id. Hosts, and who left, are in none."""
    asked = [expression(one) for one in segments]
    if not asked:
        return []
    either = asked[0] if len(asked) == 1 else AnyOf(tuple(asked))
    parts = _parts(session, community_id, either, now)
    return sorted(member_id for part in parts for member_id in session.scalars(part.members(either)))


def page(session: Session, community_id: int, asked: Expression, now: datetime, limit: int | None = 100) -> Page:
    """The first members who belong, by id (None: all of them), and how many do."""
    pages = [_page(part, asked, limit) for part in _parts(session, community_id, asked, now)]
    ids = sorted(member_id for one in pages for member_id in one.ids)
    return Page(ids[:limit], sum(one.total for one in pages))


def today_of(session: Session, community_id: int, now: datetime) -> int:
    """The local day of a moment in a community, as the roll-ups number days."""
    zone = session.scalars(select(Community.zone).where(Community.id == community_id)).one()
    return LocalDays(zone)(to_us(now))


def _parts(session: Session, community_id: int, asked: Expression, now: datetime) -> list[Compiler]:
    """What gives those who belong, by parts that share no member."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(PLANNED_FOR))
    zone = session.scalars(select(Community.zone).where(Community.id == community_id)).one()
    counting = Compiler(session, community_id, ZoneInfo(zone), LocalDays(zone)(to_us(now)))
    marks = standing.ready(session, community_id, asked)
    if marks is None:
        return [counting]
    late = follow_ups.members_waiting(session)
    if len(late) > follow_ups.MOST:
        return [counting]
    derived = replace(counting, marks=marks, never=late)
    return [derived, replace(counting, only=late)] if late else [derived]


def _page(part: Compiler, asked: Expression, limit: int | None) -> Page:
    """One pass over those who belong; two where an index gives them in order, or the others are easier to count."""
    found = part.split(asked)
    if part.marks is not None and isinstance(asked, AtLeast | Quiet) and not found.outside:
        return Page(_first(part, asked, limit), _count(part, part.members(asked)))
    if found.outside and part.only is None:
        others = part.timely(found.ids) if found.clean else part.inside(found.ids)
        return Page(_first(part, asked, limit), _all(part) - _count(part, others))
    matched = part.members(asked).cte("matched")
    counted = select(func.count()).select_from(matched).scalar_subquery()
    rows = part.session.execute(select(matched.c.member_id, counted).order_by(matched.c.member_id).limit(limit)).all()
    return Page([member_id for member_id, _ in rows], rows[0][1] if rows else 0)


def _first(part: Compiler, asked: Expression, limit: int | None) -> list[int]:
    ids = part.members(asked)
    return list(part.session.scalars(ids.order_by(ids.selected_columns[0]).limit(limit)))


def _all(part: Compiler) -> int:
    """How many members may belong to a segment, without those who are left out."""
    asleep = part.linked().distinct()
    asleep = asleep.where(asleep.selected_columns[0].not_in(part.outsiders()))
    everybody = _count(part, part.everybody()) - _count(part, part.outsiders()) - _count(part, asleep)
    if not part.never:
        return everybody
    left_out = replace(part, only=part.never, never=())
    return everybody - _count(part, left_out.inside(left_out.everybody()))


def _count(part: Compiler, ids: Ids) -> int:
    return part.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
