"""Turns the expression of a segment (rules/segment.py) into a query that gives the ids of those who belong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, Select, distinct, exists, func, select, text, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from orchestrator.rules.days import EPOCH_ORDINAL
from orchestrator.rules.segment import All, AnyOf, AtLeast, Expression, Has, Joined, Leaf, Not, Quiet, since
from orchestrator.rules.zone import instant_of
from orchestrator.store.among import among
from orchestrator.store.standing import LAST, MarkKey, mark_of
from orchestrator.store.tables import (
    OUTSIDE,
    Answer,
    Badge,
    Ballot,
    Deed,
    Handle,
    Member,
    MemberDay,
    Place,
    PlaybookRow,
    Ritual,
    Run,
    Space,
    Standing,
)

Ids: TypeAlias = Select[Any]
"""A query that gives member ids, each once."""


class Found(NamedTuple):
    """Members of whom something is true; `outside`: of whom it is not. clean: only who may belong to a segment."""

    ids: Ids
    outside: bool
    clean: bool


def _opposite(found: Found) -> Found:
    return found._replace(outside=not found.outside)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns expressions into queries.

    marks: the standings that answer instead of counted days. only: the members asked about; None: everybody.
    never: members who are left out.
    """

    session: Session
    community_id: int
    zone: ZoneInfo
    today: int
    marks: Mapping[MarkKey, int] | None = None
    only: Collection[int] | None = None
    never: Collection[int] = ()

    def members(self, asked: Expression) -> Ids:
        """Those of whom it is true, without those who belong to no segment."""
        found = self.split(asked)
        if found.outside:
            return self.inside(self.everybody(), found.ids)
        return self.timely(found.ids) if found.clean else self.inside(found.ids)

    def inside(self, ids: Ids, *without: Ids) -> Ids:
        """Those among them who may belong to a segment, and are in none of the others."""
        found = ids.subquery()
        absent = [self._absent(found.c.member_id, one) for one in (self.outsiders(), self.linked(), *without)]
        return self.timely(select(found.c.member_id).where(*absent))

    def timely(self, ids: Ids) -> Ids:
        """Those among them who are not left out."""
        if not self.never:
            return ids
        found = ids.subquery()
        return select(found.c.member_id).where(~among(self.session, found.c.member_id, self.never))

    def everybody(self) -> Ids:
        """All members of the community."""
        ours = select(Member.id.label("member_id")).where(Member.community_id == self.community_id)
        return ours.where(*self._asked_about(Member.id))

    def outsiders(self) -> Ids:
        """Hosts, and who left or was erased."""
        return select(Member.id).where(Member.community_id == self.community_id, text(f"({OUTSIDE})"))

    def linked(self) -> Ids:
        """Who lives on in another member."""
        apart = (Handle.home_id.is_not(None), Handle.home_id != Handle.member_id)
        return select(Handle.home_id).where(Handle.community_id == self.community_id, *apart)

    def split(self, asked: Expression) -> Found:
        """The members of whom it is true, or of whom it is not."""
        if isinstance(asked, Not):
            return _opposite(self.split(asked.of))
        if isinstance(asked, AnyOf):  # true of one: untrue of none
            return _opposite(self._both([_opposite(self.split(part)) for part in asked.of]))
        if isinstance(asked, All):
            return self._both([self.split(part) for part in asked.of])
        if isinstance(asked, Quiet) and asked.before is None:
            return _opposite(self.split(AtLeast("contributed", 1, asked.days)))
        return Found(self._leaf(asked), False, self.marks is not None and isinstance(asked, AtLeast | Quiet))

    def _both(self, parts: Sequence[Found]) -> Found:
        """Those in every part."""
        inside = [part for part in parts if not part.outside]
        outside = [part for part in parts if part.outside]
        if not inside:
            together = outside[0].ids if len(outside) == 1 else self._flat(union(*(part.ids for part in outside)))
            return Found(together, True, all(part.clean for part in outside))
        ids = inside[0].ids.subquery()
        also = [ids.c.member_id.in_(part.ids) for part in inside[1:]]
        apart = [self._absent(ids.c.member_id, part.ids) for part in outside]
        return Found(select(ids.c.member_id).where(*also, *apart), False, any(part.clean for part in inside))

    def _leaf(self, leaf: Leaf) -> Ids:
        if isinstance(leaf, AtLeast):
            if self.marks is not None:
                first = since(leaf.days, self.today)
                return self._stand(mark_of(leaf), Standing.day >= first)
            return self._spoke(leaf) if leaf.what in ("contributed", "active_days") else self._did(leaf)
        if isinstance(leaf, Quiet):
            return self._fell_silent(leaf)
        return self._came(leaf) if isinstance(leaf, Joined) else self._has(leaf)

    def _stand(self, mark: MarkKey, when: ColumnElement[bool]) -> Ids:
        marks = self.marks or {}
        return select(Standing.member_id).where(Standing.mark_id == marks[mark], when)

    def _spoke(self, leaf: AtLeast) -> Ids:
        """So many contributions, or days with one, in the last days."""
        first = since(leaf.days, self.today)
        n = func.sum(MemberDay.n) if leaf.what == "contributed" else func.count(distinct(MemberDay.day))
        found: Ids = self._days().where(MemberDay.day >= first).having(n >= leaf.times)
        return found

    def _fell_silent(self, leaf: Quiet) -> Ids:
        """The last contribution lies before the silence, and not too long before."""
        first, end = since(leaf.days + (leaf.before or 0), self.today), since(leaf.days, self.today)
        if self.marks is not None:
            return self._stand(LAST, Standing.day.between(first, end - 1))
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
        first = instant_of(datetime.combine(day, time()), self.zone)
        came = select(Member.id.label("member_id")).where(Member.community_id == self.community_id)
        return came.where(Member.joined_at >= first, *self._asked_about(Member.id))

    def _has(self, leaf: Has) -> Ids:
        if leaf.what == "badge":
            # Holders are few: each is looked up, where a join would read all members.
            whose = select(Member.community_id).where(Member.id == Badge.member_id).scalar_subquery()
            holders = select(Badge.member_id).where(Badge.name == leaf.name, whose == self.community_id)
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
