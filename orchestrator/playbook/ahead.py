"""Looks at the moments of rituals: phrases, quiet hours, and the days that come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from orchestrator.errors import Refused
from orchestrator.playbook import imagined
from orchestrator.playbook.draft import UNREAD, Draft
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.playbook.source import Source, Way
from orchestrator.rituals.contract import Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.holiday import settle
from orchestrator.rules.pace import day_is_full, is_quiet, quiet_until
from orchestrator.rules.schedule import Happening, Occurrence, Once, Recurring, occurrences, parse, swapped
from orchestrator.rules.values import Unreadable, nearest, quoted
from orchestrator.rules.words import is_french
from orchestrator.rules.zone import read_zone

#: How a manager writes each happening.
SAID = {
    "member joins": '"member joins"',
    "question unanswered": '"question unanswered for 4 hours"',
    "space quiet": '"salon quiet for 3 days"',
    "badge earned": '"badge earned"',
}

HORIZON = timedelta(days=62)  # how far full days are looked for
FURTHEST_MOVE = timedelta(days=31)  # "next working day" moves nothing further

Place = tuple[str, str]
"""A connection's name, and the link, id or name that the playbook gives."""


def moments(source: Source, playbook: Playbook, name: str, look: Look) -> Iterator[Problem]:
    """What is wrong with, or worth knowing about, each phrase of a ritual."""
    for number, phrase in enumerate(playbook.rituals[name].when):
        if phrase == UNREAD:
            continue
        way: Way = ("rituals", name, "when", number)
        try:
            rule = parse(phrase)
        except (Unreadable, Refused) as unreadable:
            yield source.at_value(way, "P203", unreadable.what, unreadable.mend)
            continue
        yield from _begins(source, way, playbook.rituals[name].kind, rule)
        if isinstance(rule, Happening):
            yield from _space(source, way, rule, playbook)
            continue
        yield from _in_quiet_hours(source, way, rule, playbook)
        yield from _remarks(source, way, rule, playbook, look)


def _begins(source: Source, way: Way, kind: str, rule: Recurring | Once | Happening) -> Iterator[Problem]:
    """A kind about something that happened is not held on a date; an unanswered question is for those about it."""
    waits_for = getattr(KINDS.get(kind), "BEGINS", ())
    happening = rule.kind if isinstance(rule, Happening) else ""
    if waits_for and happening not in waits_for:
        what = f"a {quoted(kind)} is not held on a date" if not happening else f"that begins no {quoted(kind)}"
        yield source.at_value(way, "P314", what, f"write one of: {', '.join(SAID[one] for one in waits_for)}")
    elif happening == "question unanswered" and not waits_for:
        what = f"an unanswered question begins no {quoted(kind)}"
        yield source.at_value(way, "P314", what, "write a moment, or make it relaunch: {ask: 2}")


def _space(source: Source, way: Way, rule: Happening, playbook: Playbook) -> Iterator[Problem]:
    if rule.space is not None and playbook.spaces and rule.space not in playbook.spaces:
        near = nearest(rule.space, playbook.spaces)
        mend = f'did you mean "{near}"?' if near else f"use one of: {', '.join(playbook.spaces)}"
        yield source.at_value(way, "P303", f"there is no space {quoted(rule.space)}", mend)


def _in_quiet_hours(source: Source, way: Way, rule: Recurring | Once, playbook: Playbook) -> Iterator[Problem]:
    hours = playbook.pace.quiet_hours
    if hours is not None and is_quiet(rule.at, hours):
        what = f"{rule.at:%H:%M} lies in the quiet hours ({hours[0]:%H:%M}-{hours[1]:%H:%M})"
        mend = f"choose a time from {hours[1]:%H:%M} and before {hours[0]:%H:%M}, or change pace: quiet_hours"
        yield source.at_value(way, "P309", what, mend)


def _remarks(source: Source, way: Way, rule: Recurring | Once, playbook: Playbook, look: Look) -> Iterator[Problem]:
    if isinstance(rule, Recurring) and any(day > 28 for day in rule.days):
        what = "shorter months do not have that day: they are skipped"
        yield source.at_value(way, "N502", what, 'write "last day" to be there every month')
    if look.now is None:
        return
    zone = zone_of(playbook)
    following = next(occurrences([rule], zone, look.now), None)
    if following is None:
        yield source.at_value(
            way, "N501", "this lies in the past: it never happens again", "change the date, or take it out"
        )
    elif isinstance(rule, Recurring) and rule.every == "week" and rule.interval > 1 and rule.since is None:
        other = swapped(rule, look.now.astimezone(zone).date())
        since = f"à partir du {other}" if is_french(source.text_at(way)) else f"from {other}"
        what = f"the next one is on {following.local[:10]}; which weeks count is our choice"
        yield source.at_value(way, "N503", what, f'to swap the weeks, add "{since}"')


def zone_of(playbook: Playbook) -> ZoneInfo:
    """The playbook's zone; UTC where it names none that exists."""
    try:
        return read_zone(playbook.timezone)
    except (Unreadable, Refused):
        return ZoneInfo("UTC")


def coming(playbook: Playbook, ritual: Ritual, start: datetime) -> Iterator[Occurrence]:
    """The ritual's occurrences at or after `start` (aware), without those that a holiday skips.

    Happenings have none. Raises Unreadable for a phrase that is none.
    """
    parsed = [parse(phrase) for phrase in ritual.when]
    rules = [rule for rule in parsed if not isinstance(rule, Happening)]
    zone = zone_of(playbook)
    moves = bool(playbook.holidays) and ritual.on_holiday == "next working day"
    last = start
    for occurrence in occurrences(rules, zone, start - FURTHEST_MOVE if moves else start):
        settled = settle(occurrence, playbook.holidays, zone, ritual.on_holiday)
        if settled is not None and (settled.at > last or settled.at == start):
            last = settled.at
            yield settled


def full_days(draft: Draft, community: Sequence[Draft]) -> Iterator[Problem]:
    """The rituals of a draft that will find a day full in their space, each once with the first such day.

    As at run time: each run is admitted at its first moment, with all that it posts on each of its days besides what
    its close brings; that is expected to be posted, and counts for whoever is admitted later.
    """
    now = draft.look.now
    if now is None or draft.playbook is None:
        return
    zone, most = zone_of(draft.playbook), draft.playbook.pace.posts_per_day
    days, told = _Days(zone, most), set()
    for run in _in_order(days, [run for other in community for run in _openings(other, now)]):
        full = days.first_full(run)
        if full is None:
            days.count(run, run.before_close)
        elif run.owner is draft and run.ritual.name not in told:
            told.add(run.ritual.name)
            yield _full(draft, run.ritual, *full)


@dataclass(frozen=True, slots=True)
class _Opening:
    """A run to come: when it is admitted, its stages, and how many posts each makes in a place."""

    admitted_at: datetime
    owner: Draft
    ritual: Ritual
    stages: list[Stage]
    posts: Mapping[str, int]

    @property
    def before_close(self) -> list[Stage]:
        """What it is admitted with."""
        return list(takewhile(lambda stage: not stage.closes, self.stages))

    def of(self, space: str) -> list[Place]:
        """The places of a space."""
        assert self.owner.playbook is not None
        return list(self.owner.playbook.spaces.get(space, {space: ""}).items())


@dataclass(slots=True)
class _Days:
    """Posts by place and local day, as far as runs were admitted; and those whom a full day kept away."""

    zone: ZoneInfo
    most: int
    posted: Counter[tuple[Place, date]] = field(default_factory=Counter)
    admitted: set[int] = field(default_factory=set)

    def of(self, run: _Opening, stages: Sequence[Stage]) -> Counter[date]:
        """How many posts these stages make in each place, by the day on which the quiet hours let them out."""
        assert run.owner.playbook is not None
        found: Counter[date] = Counter()
        for stage in stages:
            at = quiet_until(stage.at, self.zone, run.owner.playbook.pace.quiet_hours) or stage.at
            found[at.astimezone(self.zone).date()] += run.posts[stage.name]
        return +found

    def count(self, run: _Opening, stages: Sequence[Stage]) -> None:
        """These stages are posted in each of the run's places."""
        places = {place for space in run.ritual.where for place in run.of(space)}
        for day, posts in self.of(run, stages).items():
            self.posted.update({(place, day): posts for place in places})
        self.admitted.add(id(run))

    def first_full(self, run: _Opening) -> tuple[str, date] | None:
        """The first of its days, and the space, that has no room left for it."""
        for day, posts in sorted(self.of(run, run.before_close).items()):
            for space in run.ritual.where:
                if any(day_is_full(self.posted[place, day], posts, self.most) for place in run.of(space)):
                    return space, day
        return None


def _in_order(days: _Days, runs: Sequence[_Opening]) -> Iterator[_Opening]:
    """The runs as they are admitted; what the close of those before brings is counted on the way."""
    first = [(run.admitted_at, run.ritual.name, run, None) for run in runs]
    later = [
        (stage.at, run.ritual.name, run, stage)
        for run in runs
        for stage in run.stages[len(run.before_close) :]
        if run.posts[stage.name]
    ]
    for _, _, run, stage in sorted([*first, *later], key=lambda one: one[:2]):
        if stage is None:
            yield run
        elif id(run) in days.admitted:
            days.count(run, [stage])


def _openings(draft: Draft, now: datetime) -> Iterator[_Opening]:
    playbook = draft.playbook
    if playbook is None:
        return

    def near(one: Occurrence) -> bool:
        return one.at < now + HORIZON

    for ritual in playbook.rituals.values():
        if ritual.paused or ritual.model is None or not ritual.where or not _reads(ritual):
            continue
        posts: dict[str, int] | None = None
        for one in takewhile(near, coming(playbook, ritual, now)):
            stages = KINDS[ritual.kind].stages(ritual.model, one.at.astimezone(UTC))
            posts = posts or imagined.posts(ritual, stages, one.at)
            asked = ritual.approval.within if ritual.approval.required else timedelta(0)
            yield _Opening(stages[0].at - asked, draft, ritual, stages, posts)


def _reads(ritual: Ritual) -> bool:
    try:
        return bool([parse(phrase) for phrase in ritual.when])
    except (Unreadable, Refused):
        return False


def _full(draft: Draft, ritual: Ritual, space: str, day: date) -> Problem:
    assert draft.playbook is not None
    per_day = draft.playbook.pace.posts_per_day
    most = f"{per_day} post{'' if per_day == 1 else 's'} of the day"
    what = f"on {day} {quoted(space)} has its {most} before {quoted(ritual.name)}, which will be skipped"
    mend = "choose another day, or raise posts under pace:"
    return draft.source.at_value(("rituals", ritual.name, "when"), "N504", what, mend)
