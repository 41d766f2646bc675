"""Standings: the day of each member's so-manyth contribution from the last, for what segments ask for.

"8 contributions in 30 days" is true as long as the eighth from the last lies in those days. That day changes only
when the member contributes, never at midnight: one number a member answers the question for every window, by an index.
Small communities keep none: their days are counted when asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from orchestrator.rules.segment import AtLeast, Expression, Quiet, leaves
from orchestrator.store.among import among
from orchestrator.store.tables import Mark, Member, MemberDay, Space, Standing
from orchestrator.store.upsert import insert

MarkKey: TypeAlias = tuple[str, int]
"""What is counted ("contributed", "active_days"), and how many from the last."""

#: The last contribution of all: what quietness is told by.
LAST: MarkKey = ("contributed", 1)

#: Communities of fewer members keep no standings: counting their days takes a few milliseconds.
LARGE = 5_000


def marks_of(asked: Expression) -> set[MarkKey]:
    """The standings that an expression can be answered by."""
    found: set[MarkKey] = set()
    for leaf in leaves(asked):
        if isinstance(leaf, AtLeast) and leaf.what in ("contributed", "active_days"):
            found.add((leaf.what, leaf.times) if leaf.times > 1 else LAST)
        elif isinstance(leaf, Quiet):
            found.add(LAST)
    return found


def want(session: Session, community_id: int, asked: Iterable[Expression]) -> None:
    """Keep the standings that a community's segments ask for, and no others."""
    wanted = {mark for one in asked for mark in marks_of(one)}
    known = {(row.what, row.times): row.id for row in _marks(session, community_id)}
    for what, times in sorted(wanted - known.keys()):
        row = insert(session, Mark).values(community_id=community_id, what=what, times=times, built_to=0)
        session.execute(row.on_conflict_do_nothing())
    gone = [mark_id for key, mark_id in known.items() if key not in wanted]
    if gone:
        session.execute(delete(Standing).where(Standing.mark_id.in_(gone)))
        session.execute(delete(Mark).where(Mark.id.in_(gone)))


def ready(session: Session, community_id: int, asked: Expression) -> Mapping[MarkKey, int] | None:
    """The ids of the standings that answer an expression; None unless all of them hold everybody."""
    held = {(row.what, row.times): row.id for row in _marks(session, community_id) if row.done_at is not None}
    return held if marks_of(asked) <= held.keys() else None


def building(session: Session) -> int | None:
    """A large community some of whose standings do not hold everybody yet."""
    unfinished = select(Mark.community_id).where(Mark.done_at.is_(None)).distinct().order_by(Mark.community_id)
    return next((one for one in session.scalars(unfinished) if _is_large(session, one)), None)


def build(session: Session, community_id: int, members: int, now: datetime) -> bool:
    """Derive the standings of the next so many members; False when that was the last of them."""
    rows = [row for row in _marks(session, community_id) if row.done_at is None]
    start = min((row.built_to for row in rows), default=0)
    upto = select(Member.id).where(Member.community_id == community_id, Member.id > start).order_by(Member.id)
    ids = session.scalars(upto.limit(members)).all()
    if ids:
        among_these = and_(MemberDay.member_id > start, MemberDay.member_id <= ids[-1])
        _derive(session, community_id, among_these, Mark.id.in_([row.id for row in rows]))
    end = {"built_to": ids[-1]} if len(ids) == members else {"done_at": now}
    session.execute(update(Mark).where(Mark.id.in_([row.id for row in rows])).values(end))
    return len(ids) == members


def renew(session: Session, member_ids: Collection[int]) -> None:
    """Derive anew the standings of members who contributed, or whose contributions changed hands."""
    kept = session.scalars(
        select(Mark.community_id).where(or_(Mark.done_at.is_not(None), Mark.built_to > 0)).distinct()
    )
    communities = list(kept)
    if not communities or not member_ids:
        return
    whose = select(Member.id, Member.community_id).where(
        among(session, Member.id, member_ids), Member.community_id.in_(communities)
    )
    found: dict[int, list[int]] = {}
    for member_id, community_id in session.execute(whose.order_by(Member.id)):
        found.setdefault(community_id, []).append(member_id)
    for community_id, ids in found.items():
        _derive(session, community_id, among(session, MemberDay.member_id, ids), true())


def _derive(session: Session, community_id: int, whom: ColumnElement[bool], which: ColumnElement[bool]) -> None:
    """Write the standings of some members, for some of their community's marks."""
    spaces = session.scalars(select(Space.id).where(Space.community_id == community_id)).all()
    daily = (
        select(MemberDay.member_id, MemberDay.day, func.sum(MemberDay.n).label("n"))
        .where(MemberDay.space_id.in_(spaces), whom)
        .group_by(MemberDay.member_id, MemberDay.day)
        .subquery()
    )
    member_id, latest_first = daily.c.member_id, daily.c.day.desc()
    ranked = select(
        daily.c.member_id,
        daily.c.day,
        func.row_number().over(partition_by=member_id, order_by=latest_first).label("nth"),
        func.sum(daily.c.n).over(partition_by=member_id, order_by=latest_first).label("so_far"),
    ).subquery()
    reached = or_(
        and_(Mark.what == "active_days", ranked.c.nth >= Mark.times),
        and_(Mark.what == "contributed", ranked.c.so_far >= Mark.times),
    )
    rows = (
        select(Mark.id, ranked.c.member_id, func.max(ranked.c.day))
        .join(ranked, reached)
        .where(Mark.community_id == community_id, which)
        .group_by(Mark.id, ranked.c.member_id)
    )
    into = insert(session, Standing).from_select(["mark_id", "member_id", "day"], rows)
    day = into.excluded.day
    session.execute(
        into.on_conflict_do_update(
            index_elements=["mark_id", "member_id"], set_={"day": day}, where=Standing.day != day
        )
    )


def _marks(session: Session, community_id: int) -> list[Mark]:
    query = select(Mark).where(Mark.community_id == community_id).order_by(Mark.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _is_large(session: Session, community_id: int) -> bool:
    some = select(Member.id).where(Member.community_id == community_id).offset(LARGE - 1).limit(1)
    return session.scalar(some) is not None
