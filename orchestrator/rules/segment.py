"""Who belongs to a segment: what is written as an expression, evaluated over the facts of one member.

Days are local days of the community's zone. "N days" are today and the N - 1 days before it; a shorter or broken
length is rounded up to whole days. store/segment.py asks a database the same; a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from orchestrator.rules.days import EPOCH_ORDINAL
from orchestrator.rules.values import CountIn

What: TypeAlias = Literal["contributed", "active_days", "helped", "started"]
COUNTED: tuple[What, ...] = ("contributed", "active_days", "helped", "started")

_DAY = timedelta(days=1)


class Written(Protocol):
    """A segment as its manager wrote it: playbook/segments.py."""

    @property
    def quiet_for(self) -> timedelta | None: ...
    @property
    def active_before(self) -> timedelta | None: ...
    @property
    def contributed(self) -> CountIn | None: ...
    @property
    def active_days(self) -> CountIn | None: ...
    @property
    def helped(self) -> CountIn | None: ...
    @property
    def started(self) -> CountIn | None: ...
    @property
    def joined(self) -> timedelta | None: ...
    @property
    def badge(self) -> str | None: ...
    @property
    def answered(self) -> str | None: ...
    @property
    def any_of(self) -> Sequence[Any] | None: ...
    @property
    def not_(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many contributions, active days, helped askers or started threads in the last days."""

    what: What
    times: int
    days: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """No contribution in the last days; with `before`, one in so many days before those."""

    days: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Came to the first of our places in the last days; who was there before us never did."""

    days: int


@dataclass(frozen=True, slots=True)
class Has:
    """Has a badge, or has answered a ritual (or voted in it)."""

    what: Literal["badge", "answered"]
    name: str


@dataclass(frozen=True, slots=True)
class All:
    """Each of these."""

    of: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    of: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    of: Expression


Leaf: TypeAlias = AtLeast | Quiet | Joined | Has
Expression: TypeAlias = Leaf | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is known of one member.

    days: contributions by local day (days since 1970-01-01). helped, started: the local day of each such deed.
    joined: the local day they came to the first of our places, None: there before us, or never told.
    """

    days: Mapping[int, int] = field(default_factory=dict)
    helped: Sequence[int] = ()
    started: Sequence[int] = ()
    joined: int | None = None
    badges: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact of a member, its value, and what the segment wants of it."""

    fact: str
    value: int | str | None
    wanted: str


def expression(written: Written) -> Expression:
    """What a segment asks, as a tree; a single condition stands alone."""
    found: list[Expression] = []
    if written.quiet_for is not None:
        before = written.active_before
        found.append(Quiet(whole_days(written.quiet_for), None if before is None else whole_days(before)))
    for what in COUNTED:
        wanted: CountIn | None = getattr(written, what)
        if wanted is not None:
            found.append(AtLeast(what, wanted.times, whole_days(wanted.window)))
    if written.joined is not None:
        found.append(Joined(whole_days(written.joined)))
    if written.badge is not None:
        found.append(Has("badge", written.badge))
    if written.answered is not None:
        found.append(Has("answered", written.answered))
    if written.any_of is not None:
        found.append(AnyOf(tuple(expression(one) for one in written.any_of)))
    if written.not_ is not None:
        found.append(Not(expression(written.not_)))
    return found[0] if len(found) == 1 else All(tuple(found))


def whole_days(length: timedelta) -> int:
    """The local days that a length of time covers, rounded up; at least one."""
    return max(1, -(-length // _DAY))


def since(days: int, today: int) -> int:
    """The first of the last `days` local days."""
    return today - days + 1


def leaves(asked: Expression) -> list[Leaf]:
    """The single conditions of an expression."""
    if isinstance(asked, All | AnyOf):
        return [leaf for part in asked.of for leaf in leaves(part)]
    return leaves(asked.of) if isinstance(asked, Not) else [asked]


def belongs(asked: Expression, facts: MemberFacts, today: int) -> bool:
    """Is this true of a member on that local day?"""
    if isinstance(asked, All):
        return all(belongs(part, facts, today) for part in asked.of)
    if isinstance(asked, AnyOf):
        return any(belongs(part, facts, today) for part in asked.of)
    if isinstance(asked, Not):
        return not belongs(asked.of, facts, today)
    return _holds(asked, facts, today)


def why(asked: Expression, facts: MemberFacts, today: int) -> list[Finding]:
    """The facts that make this true of a member; of `any_of`, those that are true."""
    return [_finding(leaf, facts, today, yes) for leaf, yes in _reasons(asked, facts, today, yes=True)]


def _holds(leaf: Leaf, facts: MemberFacts, today: int) -> bool:
    if isinstance(leaf, AtLeast):
        return _count(leaf, facts, today) >= leaf.times
    if isinstance(leaf, Joined):
        return facts.joined is not None and facts.joined >= since(leaf.days, today)
    if isinstance(leaf, Has):
        return leaf.name in (facts.badges if leaf.what == "badge" else facts.answered)
    last = max(facts.days, default=None)
    quiet = last is None or last < since(leaf.days, today)
    if leaf.before is None:
        return quiet
    return quiet and last is not None and last >= since(leaf.days + leaf.before, today)


def _count(leaf: AtLeast, facts: MemberFacts, today: int) -> int:
    first = since(leaf.days, today)
    if leaf.what == "contributed":
        return sum(n for day, n in facts.days.items() if day >= first)
    days: Any = {"active_days": facts.days, "helped": facts.helped, "started": facts.started}[leaf.what]
    return sum(1 for day in days if day >= first)


def _reasons(asked: Expression, facts: MemberFacts, today: int, *, yes: bool) -> list[tuple[Leaf, bool]]:
    """The conditions that decide: each with whether it had to be true (`yes`) or untrue."""
    if isinstance(asked, Not):
        return _reasons(asked.of, facts, today, yes=not yes)
    if isinstance(asked, All | AnyOf):
        all_needed = isinstance(asked, All) == yes
        parts = [part for part in asked.of if all_needed or belongs(part, facts, today) == yes]
        return [reason for part in parts for reason in _reasons(part, facts, today, yes=yes)]
    return [(asked, yes)]


def _finding(leaf: Leaf, facts: MemberFacts, today: int, yes: bool) -> Finding:
    if isinstance(leaf, AtLeast):
        wanted = f"{leaf.times} in {_days(leaf.days)}"
        return Finding(leaf.what, _count(leaf, facts, today), wanted if yes else f"fewer than {wanted}")
    if isinstance(leaf, Joined):
        value = None if facts.joined is None else _date(facts.joined)
        return Finding("joined", value, f"{'' if yes else 'not '}in the last {_days(leaf.days)}")
    if isinstance(leaf, Has):
        held = leaf.name in (facts.badges if leaf.what == "badge" else facts.answered)
        return Finding(leaf.what, leaf.name if held else None, leaf.name if yes else f"not {leaf.name}")
    last = max(facts.days, default=None)
    wanted = _days(leaf.days) if leaf.before is None else f"{_days(leaf.days)}, active in the {leaf.before} before"
    value = "never contributed" if last is None else f"{_days(max(0, today - last))}, since {_date(last)}"
    return Finding("quiet_for", value, wanted if yes else f"not {wanted}")


def _days(n: int) -> str:
    return f"{n} day{'' if n == 1 else 's'}"


def _date(day: int) -> str:
    return date.fromordinal(day + EPOCH_ORDINAL).isoformat()
