"""Who belongs to a segment, asked of the roll-ups: the expression of rules/segment.py as SQL.

Where a large community's standings are kept they answer, and the few members who contributed since those were
derived are counted directly; elsewhere everybody is. The answer is the same, and exact.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, distinct, exists, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from orchestrator.rules.days import EPOCH_ORDINAL, LocalDays
from orchestrator.rules.segment import (
    All,
    AnyOf,
    AtLeast,
    Expression,
    Has,
    Joined,
    Leaf,
    Not,
    Quiet,
    Written,
    expression,
    since,
)
from orchestrator.rules.zone import instant_of
from orchestrator.store import follow_ups, standing
from orchestrator.store.among import among
from orchestrator.store.standing import LAST, MarkKey
from orchestrator.store.tables import (
    Answer,
    Badge,
    Ballot,
    Community,
    Deed,
    Handle,
    Member,
    MemberDay,
    Place,
    PlaybookRow,
    Presence,
    Ritual,
    Run,
    Space,
    Standing,
    to_us,
)

Ids = Select[Any]
"""A query that gives member ids, each once."""


class Page(NamedTuple):
    """Some of those who belong, by id, and how many do in all."""

    ids: list[int]
    total: int


def members_of(session: Session, community_id: int, segments: Collection[Written], now: datetime) -> list[int]:
    """The members of a community who are in one of these segments now, by id. Hosts, and who left, are in none."""
    asked = [expression(one) for one in segments]
    if not asked:
        return []
    queries = _asked(session, community_id, asked[0] if len(asked) == 1 else AnyOf(tuple(asked)), now)
    return sorted(member_id for query in queries for member_id in session.scalars(query))


def page(session: Session, community_id: int, asked: Expression, now: datetime, limit: int | None = 100) -> Page:
    """The first members who belong, by id (None: all of them), and how many do."""
    queries = _asked(session, community_id, asked, now)
    ids = sorted(
        one for query in queries for one in session.scalars(query.order_by(query.selected_columns[0]).limit(limit))
    )
    counts = (session.scalar(select(func.count()).select_from(query.subquery())) for query in queries)
    return Page(ids[:limit], sum(n or 0 for n in counts))


def today_of(session: Session, community_id: int, now: datetime) -> int:
    """The local day of a moment in a community, as the roll-ups number days."""
    zone = session.scalars(select(Community.zone).where(Community.id == community_id)).one()
    return LocalDays(zone)(to_us(now))


def _asked(session: Session, community_id: int, asked: Expression, now: datetime) -> list[Ids]:
    """The queries that together give those who belong; no member is in two of them."""
    zone = session.scalars(select(Community.zone).where(Community.id == community_id)).one()
    compiler = Compiler(session, community_id, ZoneInfo(zone), LocalDays(zone)(to_us(now)))
    marks = standing.ready(session, community_id, asked)
    if marks is None:
        return [compiler.members(asked)]
    late = follow_ups.members_waiting(session)
    if len(late) > follow_ups.MOST:
        return [compiler.members(asked)]
    derived = replace(compiler, marks=marks).members(asked)
    if not late:
        return [derived]
    found = derived.subquery()
    return [
        select(found.c.member_id).where(~among(session, found.c.member_id, late)),
        replace(compiler, only=late).members(asked),
    ]


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns expressions into queries.

    marks: the standings that answer instead of counted days. only: the members asked about; None: everybody.
    """

    session: Session
    community_id: int
    zone: ZoneInfo
    today: int
    marks: Mapping[MarkKey, int] | None = None
    only: Collection[int] | None = None

    def members(self, asked: Expression) -> Ids:
        """Those of whom it is true: members of the community, no hosts, nobody who left."""
        found, outside = self._set(asked)
        base = self._everybody() if outside else found
        ids = base.subquery()
        without = [*self._nobody(), *([found] if outside else [])]
        return select(ids.c.member_id).where(*(self._absent(ids.c.member_id, one) for one in without))

    def _set(self, asked: Expression) -> tuple[Ids, bool]:
        """The members of whom it is true; with True, those of whom it is not."""
        if isinstance(asked, Not):
            found, outside = self._set(asked.of)
            return found, not outside
        if isinstance(asked, AnyOf):  # true of one: untrue of none
            found, outside = self._both([self._opposite(part) for part in asked.of])
            return found, not outside
        if isinstance(asked, All):
            return self._both([self._set(part) for part in asked.of])
        if isinstance(asked, Quiet) and asked.before is None:
            return self._spoke(AtLeast("contributed", 1, asked.days)), True
        return self._leaf(asked), False

    def _opposite(self, asked: Expression) -> tuple[Ids, bool]:
        found, outside = self._set(asked)
        return found, not outside

    def _both(self, parts: Sequence[tuple[Ids, bool]]) -> tuple[Ids, bool]:
        """Those in every part."""
        inside = [found for found, outside in parts if not outside]
        outside = [found for found, outside in parts if outside]
        if not inside:
            return (outside[0] if len(outside) == 1 else self._flat(union(*outside))), True
        ids = inside[0].subquery()
        also = [ids.c.member_id.in_(found) for found in inside[1:]]
        return select(ids.c.member_id).where(*also, *(self._absent(ids.c.member_id, one) for one in outside)), False

    def _leaf(self, leaf: Leaf) -> Ids:
        if isinstance(leaf, AtLeast):
            return self._spoke(leaf) if leaf.what in ("contributed", "active_days") else self._did(leaf)
        if isinstance(leaf, Quiet):
            return self._fell_silent(leaf)
        return self._came(leaf) if isinstance(leaf, Joined) else self._has(leaf)

    def _spoke(self, leaf: AtLeast) -> Ids:
        """So many contributions, or days with one, in the last days."""
        first = since(leaf.days, self.today)
        mark = (leaf.what, leaf.times) if leaf.times > 1 else LAST
        if self.marks is not None:
            return select(Standing.member_id).where(Standing.mark_id == self.marks[mark], Standing.day >= first)
        n = func.sum(MemberDay.n) if leaf.what == "contributed" else func.count(distinct(MemberDay.day))
        found: Ids = self._days().where(MemberDay.day >= first).having(n >= leaf.times)
        return found

    def _fell_silent(self, leaf: Quiet) -> Ids:
        """The last contribution lies before the silence, and not too long before."""
        first, end = since(leaf.days + (leaf.before or 0), self.today), since(leaf.days, self.today)
        if self.marks is not None:
            on = Standing.day.between(first, end - 1)
            return select(Standing.member_id).where(Standing.mark_id == self.marks[LAST], on)
        last = func.max(MemberDay.day)
        found: Ids = self._days().where(MemberDay.day >= first).having(last < end)
        return found

    def _days(self) -> Ids:
        spaces = select(Space.id).where(Space.community_id == self.community_id)
        here: Ids = select(MemberDay.member_id).where(
            MemberDay.space_id.in_(spaces), *self._asked_about(MemberDay.member_id)
        )
        return here.group_by(MemberDay.member_id)

    def _did(self, leaf: AtLeast) -> Ids:
        """So many deeds in the last days."""
        when = (Deed.kind == leaf.what, Deed.day >= since(leaf.days, self.today), Deed.place_id.in_(self._places()))
        here = select(Deed.member_id).where(*when, *self._asked_about(Deed.member_id))
        return here.group_by(Deed.member_id).having(func.count() >= leaf.times)

    def _came(self, leaf: Joined) -> Ids:
        """Their first coming lies in the last days, and they were not there before us."""
        day = date.fromordinal(since(leaf.days, self.today) + EPOCH_ORDINAL)
        first, before = instant_of(datetime.combine(day, time()), self.zone), aliased(Presence)
        earlier = exists().where(before.member_id == Presence.member_id, or_(before.at_start, before.joined_at < first))
        here = select(Presence.member_id).where(
            Presence.joined_at >= first, ~Presence.at_start, Presence.place_id.in_(self._places()), ~earlier
        )
        return here.where(*self._asked_about(Presence.member_id)).distinct()

    def _has(self, leaf: Has) -> Ids:
        if leaf.what == "badge":
            ours = and_(Member.id == Badge.member_id, Member.community_id == self.community_id)
            holders = select(Badge.member_id).join(Member, ours).where(Badge.name == leaf.name)
            return holders.where(*self._asked_about(Badge.member_id))
        runs = (
            select(Run.id)
            .join(Ritual, Ritual.id == Run.ritual_id)
            .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
            .where(PlaybookRow.community_id == self.community_id, Ritual.name == leaf.name)
        )
        wrote = select(Answer.member_id).where(Answer.run_id.in_(runs), *self._asked_about(Answer.member_id))
        voted = select(Ballot.member_id).where(Ballot.run_id.in_(runs), Ballot.options != "")
        return self._flat(union(wrote, voted.where(*self._asked_about(Ballot.member_id))))

    def _nobody(self) -> list[Ids]:
        """Who belongs to no segment: hosts, who was erased, who was linked to another, who left."""
        ours = select(Member.id).where(Member.community_id == self.community_id)
        linked = select(Handle.home_id).where(Handle.home_id.is_not(None), Handle.home_id != Handle.member_id)
        return [ours.where(Member.is_host), ours.where(Member.erased_at.is_not(None)), linked, self._gone()]

    def _gone(self) -> Ids:
        """Those who left every place that we know they were in."""
        here = aliased(Presence)
        still = exists().where(here.member_id == Presence.member_id, here.left_at.is_(None))
        left = select(Presence.member_id).where(Presence.left_at.is_not(None), ~still)
        return left.where(*self._asked_about(Presence.member_id))

    def _everybody(self) -> Ids:
        ours = select(Member.id.label("member_id")).where(Member.community_id == self.community_id)
        return ours.where(*self._asked_about(Member.id))

    def _places(self) -> Ids:
        return select(Place.id).join(Space, Space.id == Place.space_id).where(Space.community_id == self.community_id)

    def _asked_about(self, column: InstrumentedAttribute[int]) -> list[ColumnElement[bool]]:
        return [] if self.only is None else [among(self.session, column, self.only)]

    def _flat(self, several: CompoundSelect[Any]) -> Ids:
        ids = several.subquery()
        return select(ids.c.member_id)

    def _absent(self, column: ColumnElement[int], ids: Ids) -> ColumnElement[bool]:
        """Not among these: each database is asked in the form that it answers by one pass over both."""
        if self.session.get_bind().dialect.name == "sqlite":
            return column.not_in(ids)
        found = ids.subquery()
        return ~exists().where(found.c[0] == column)
