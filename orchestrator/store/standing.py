"""Standings: the day of each member's so-manyth contribution from the last, for what segments ask for.

"8 contributions in 30 days" is true as long as the eighth from the last lies in those days. That day changes only
when the member contributes, never at midnight: one number a member answers the question for every window, by an index.
Small communities keep none: their days are counted when asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, text, true, update
from sqlalchemy.orm import Session

from orchestrator.rules.segment import AtLeast, Expression, Quiet, leaves
from orchestrator.store.among import among
from orchestrator.store.tables import OUTSIDE, Deed, Handle, Mark, Member, MemberDay, Place, Space, Standing
from orchestrator.store.upsert import insert

MarkKey: TypeAlias = tuple[str, int]
"""What is counted ("contributed", "active_days", "helped", "started"), and how many from the last."""

#: The last contribution of all: what quietness is told by.
LAST: MarkKey = ("contributed", 1)

DEEDS = ("helped", "started")

#: Communities of fewer members keep no standings: counting their days takes a few milliseconds.
LARGE = 5_000


def marks_of(asked: Expression) -> set[MarkKey]:
    """The standings that an expression can be answered by."""
    told = (leaf for leaf in leaves(asked) if isinstance(leaf, AtLeast | Quiet))
    return {LAST if isinstance(leaf, Quiet) else mark_of(leaf) for leaf in told}


def mark_of(leaf: AtLeast) -> MarkKey:
    """The standing that tells this; a first active day is a first contribution."""
    return LAST if leaf.what == "active_days" and leaf.times == 1 else (leaf.what, leaf.times)


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
        among_these = and_(Member.id > start, Member.id <= ids[-1])
        _derive(session, community_id, among_these, Mark.id.in_([row.id for row in rows]))
    end = {"built_to": ids[-1]} if len(ids) == members else {"done_at": now}
    session.execute(update(Mark).where(Mark.id.in_([row.id for row in rows])).values(end))
    return len(ids) == members


def renew(session: Session, member_ids: Collection[int]) -> None:
    """Derive anew the standings of members whose contributions or deeds changed."""
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
        taken_back = select(Mark.id).where(Mark.community_id == community_id, Mark.what.in_(DEEDS))
        session.execute(
            delete(Standing).where(among(session, Standing.member_id, ids), Standing.mark_id.in_(taken_back))
        )
        _derive(session, community_id, among(session, Member.id, ids), true())


def _derive(session: Session, community_id: int, whom: ColumnElement[bool], which: ColumnElement[bool]) -> None:
    """Write the standings of some members, for some of their community's marks."""
    asleep = exists().where(Handle.home_id == Member.id, Handle.home_id != Handle.member_id)
    ids = select(Member.id).where(Member.community_id == community_id, text(f"NOT ({OUTSIDE})"), ~asleep, whom)
    marks = (Mark.community_id == community_id, which)
    _write(session, _of_days(community_id, ids, *marks))
    _write(session, _of_deeds(community_id, ids, *marks))


def _of_days(community_id: int, ids: Select[int], *marks: ColumnElement[bool]) -> Select[Any]:
    spaces = select(Space.id).where(Space.community_id == community_id)
    daily = (
        select(MemberDay.member_id, MemberDay.day, func.sum(MemberDay.n).label("n"))
        .where(MemberDay.space_id.in_(spaces), MemberDay.member_id.in_(ids))
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
    days = select(Mark.id, ranked.c.member_id, func.max(ranked.c.day)).join(ranked, reached)
    return days.where(*marks).group_by(Mark.id, ranked.c.member_id)


def _of_deeds(community_id: int, ids: Select[int], *marks: ColumnElement[bool]) -> Select[Any]:
    places = select(Place.id).join(Space, Space.id == Place.space_id).where(Space.community_id == community_id)
    nth_of = func.row_number().over(partition_by=(Deed.member_id, Deed.kind), order_by=Deed.day.desc())
    ranked = (
        select(Deed.member_id, Deed.kind, Deed.day, nth_of.label("nth"))
        .where(Deed.place_id.in_(places), Deed.member_id.in_(ids))
        .subquery()
    )
    nth = and_(ranked.c.kind == Mark.what, ranked.c.nth == Mark.times)
    return select(Mark.id, ranked.c.member_id, ranked.c.day).join(ranked, nth).where(*marks)


def _write(session: Session, rows: Select[Any]) -> None:
    found = rows.subquery()  # SQLite wants a WHERE before ON CONFLICT
    some = select(*found.c).where(found.c[2].is_not(None))
    into = insert(session, Standing).from_select(["mark_id", "member_id", "day"], some)
    day = into.excluded.day
    key = ["mark_id", "member_id"]
    session.execute(into.on_conflict_do_update(index_elements=key, set_={"day": day}, where=Standing.day != day))


def _marks(session: Session, community_id: int) -> list[Mark]:
    query = select(Mark).where(Mark.community_id == community_id).order_by(Mark.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _is_large(session: Session, community_id: int) -> bool:
    some = select(Member.id).where(Member.community_id == community_id).offset(LARGE - 1).limit(1)
    return session.scalar(some) is not None
