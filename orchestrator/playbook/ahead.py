"""Looks at the moments of rituals: phrases, quiet hours, and the days that come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from orchestrator.errors import Refused
from orchestrator.playbook.draft import UNREAD, Draft
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.playbook.source import Source, Way
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.holiday import settle
from orchestrator.rules.pace import is_quiet
from orchestrator.rules.schedule import Happening, Occurrence, Once, Recurring, occurrences, parse, swapped
from orchestrator.rules.values import Unreadable, quoted
from orchestrator.rules.words import is_french
from orchestrator.rules.zone import read_zone

HORIZON = timedelta(days=62)  # how far full days are looked for
FURTHEST_MOVE = timedelta(days=31)  # "next working day" moves nothing further


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
        if isinstance(rule, Happening):
            if rule.kind != "member joins":
                what = f"{quoted(phrase)} is not available in this version"
                yield source.at_value(way, "P401", what, 'write a moment, or "member joins"')
            continue
        yield from _in_quiet_hours(source, way, rule, playbook)
        yield from _remarks(source, way, rule, playbook, look)


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
    """The rituals of a draft that will find their space's day full, each once with the first such day."""
    now = draft.look.now
    if now is None or draft.playbook is None:
        return
    days: dict[tuple[str, date], list[tuple[datetime, int, Draft, Ritual]]] = defaultdict(list)
    for other in community:
        for at, ritual in _openings(other, now):
            local = at.astimezone(zone_of(draft.playbook)).date()
            for space in ritual.where:
                days[space, local].append((at, _posts(ritual, at, zone_of(draft.playbook)), other, ritual))
    told = set()
    for (space, day), openings in sorted(days.items(), key=lambda item: item[0][1]):
        for ritual in _too_many(openings, draft):
            if (ritual.name, space) not in told:
                told.add((ritual.name, space))
                yield _full(draft, ritual, space, day)


def _openings(draft: Draft, now: datetime) -> list[tuple[datetime, Ritual]]:
    playbook = draft.playbook
    if playbook is None:
        return []

    def near(one: Occurrence) -> bool:
        return one.at < now + HORIZON

    found: list[tuple[datetime, Ritual]] = []
    for ritual in playbook.rituals.values():
        if ritual.paused or ritual.model is None or not _reads(ritual):
            continue
        found += [(one.at, ritual) for one in takewhile(near, coming(playbook, ritual, now))]
    return found


def _reads(ritual: Ritual) -> bool:
    try:
        return bool([parse(phrase) for phrase in ritual.when])
    except (Unreadable, Refused):
        return False


def _posts(ritual: Ritual, at: datetime, zone: ZoneInfo) -> int:
    """How many posts a run makes in each place on the local day it opens, besides what its close brings."""
    stages = KINDS[ritual.kind].stages(ritual.model, at.astimezone(UTC))
    day = at.astimezone(zone).date()
    before_close = takewhile(lambda stage: not stage.closes, stages)
    return max(1, sum(stage.at.astimezone(zone).date() == day for stage in before_close))


def _too_many(openings: list[tuple[datetime, int, Draft, Ritual]], draft: Draft) -> Iterator[Ritual]:
    assert draft.playbook is not None
    posted = 0
    for _, posts, owner, ritual in sorted(openings, key=lambda opening: (opening[0], opening[3].name)):
        if posted + posts <= draft.playbook.pace.posts_per_day:
            posted += posts
        elif owner is draft:
            yield ritual


def _full(draft: Draft, ritual: Ritual, space: str, day: date) -> Problem:
    assert draft.playbook is not None
    most = f"{draft.playbook.pace.posts_per_day} posts of the day"
    what = f"on {day} {quoted(space)} has its {most} before {quoted(ritual.name)}, which will be skipped"
    mend = "choose another day, or raise posts under pace:"
    return draft.source.at_value(("rituals", ritual.name, "when"), "N504", what, mend)
