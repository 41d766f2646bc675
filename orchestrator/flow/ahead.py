"""Foresees the coming weeks from playbooks alone: every stage that members or hosts see, and what is skipped."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count, takewhile
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from orchestrator.flow import moments
from orchestrator.playbook import imagined
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.rituals.contract import Draft, Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.pace import There
from orchestrator.rules.reasons import Reason
from orchestrator.rules.schedule import Occurrence
from orchestrator.rules.zone import local_day, read_zone

_TICK = timedelta(microseconds=1)

Place = tuple[str, str]
"""A connection's name, and the link, id or name that the playbook gives."""

Key = tuple[str, Place]
"""A place of a community."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One stage in one space. "approval": only with a host's yes. `members`: how many are written to directly."""

    at: datetime
    zone: ZoneInfo
    playbook: str
    ritual: str
    kind: str
    stage: str
    space: str | None
    places: tuple[Place, ...]
    members: int
    verdict: Literal["post", "approval", "skip"]
    reason: Reason | None

    @property
    def local(self) -> datetime:
        """The wall time in the playbook's zone, naive."""
        return self.at.astimezone(self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class _Run:
    playbook: Playbook
    ritual: Ritual
    due: Occurrence
    zone: ZoneInfo

    @property
    def places(self) -> list[Key]:
        """Where it posts."""
        spaces = self.playbook.spaces
        found = {place for space in self.ritual.where for place in spaces[space].items()}
        return [(self.playbook.community, place) for place in sorted(found)]

    def day(self, at: datetime) -> datetime:
        """The start of the local day on which something due at `at` is posted."""
        waits = pace.quiet_until(at, self.zone, self.playbook.pace.quiet_hours)
        return local_day(waits or at, self.zone)[0]


class _Said(NamedTuple):
    """A stage with what it would say, until when; `counts`: it is not counted yet."""

    stage: Stage
    drafts: Sequence[Draft]
    until: datetime
    counts: bool


@dataclass(slots=True)
class _Weeks:
    """The simulated clock: what comes next, and our posts so far, by place and local day."""

    start: datetime
    end: datetime
    posts: Counter[tuple[Key, datetime]] = field(default_factory=Counter)
    coming: list[tuple[datetime, int, Callable[[], list[Ahead]]]] = field(default_factory=list)
    turn: Iterator[int] = field(default_factory=count)

    def then(self, at: datetime, act: Callable[[], list[Ahead]]) -> None:
        """Act at that moment; what comes after the end is left out."""
        if at < self.end:
            heapq.heappush(self.coming, (at, next(self.turn), act))

    def there(self, place: Key, days: Counter[datetime]) -> There:
        """What a run with so many posts a day finds in a place; of its talk nobody knows, so it is no obstacle."""
        return There([(self.posts[place, day], posts) for day, posts in sorted(days.items())], 0)


def ahead(playbooks: Sequence[Playbook], start: datetime, end: datetime) -> list[Ahead]:
    """Foresee every stage in [start, end), in order, as if the playbooks were applied at `start` (aware).

    All playbooks of a community share its places and their posts a day. What members will do is not known: recaps
    and reminders are expected to be posted, and our share of the talk, unanswered runs and the budget of direct
    messages are not foreseen. Happenings have no moments and are left out.
    """
    weeks = _Weeks(start, end)
    for playbook in playbooks:
        for ritual in playbook.rituals.values():
            for run in _runs(playbook, ritual, start, end):
                first = max(start, moments.first_at(ritual, run.due.at))
                weeks.then(first, partial(_admit, weeks, run, first))
    found: list[Ahead] = []
    while weeks.coming:
        found += heapq.heappop(weeks.coming)[2]()
    return sorted((row for row in found if start <= row.at < end), key=lambda row: row.at)


def _runs(playbook: Playbook, ritual: Ritual, start: datetime, end: datetime) -> Iterator[_Run]:
    zone = read_zone(playbook.timezone)
    due = moments.following(playbook, ritual, start - _TICK)
    while due is not None and moments.first_at(ritual, due.at) < end:
        yield _Run(playbook, ritual, due, zone)
        due = moments.following(playbook, ritual, due.at)


def _admit(weeks: _Weeks, run: _Run, now: datetime) -> list[Ahead]:
    """Ask the guardrails once, at the run's first moment; an admitted run's posts are counted for the others."""
    kind, model = KINDS[run.ritual.kind], run.ritual.model
    planned = kind.stages(model, run.due.at)
    late = max(now - planned[0].at, timedelta(0))
    stages = kind.stages(model, run.due.at + late) if late else planned
    opened_at = run.due.at + late
    said = imagined.drafts(run.ritual, stages, opened_at)
    before_close = list(takewhile(lambda stage: not stage.closes, stages))
    days = Counter(run.day(stage.at) for stage in before_close for _ in _posts(said[stage.name]))
    asking = pace.Asking(
        late_until=run.due.at + moments.patience(run.ritual, run.due.local),
        places=[weeks.there(place, days) for place in run.places],
        paused=run.ritual.paused,
        holiday=moments.is_holiday(run.playbook, run.ritual, run.due),
    )
    verdict = pace.admit(stages[0].at, run.zone, run.playbook.pace, asking)
    if verdict.wait_until is not None:
        weeks.then(verdict.wait_until, partial(_admit, weeks, run, verdict.wait_until))
        return []
    if verdict.reason is not None:
        return _rows(run, stages[0].name, stages[0].at, said[stages[0].name], verdict.reason)
    for place in run.places:
        weeks.posts.update({(place, day): n for day, n in days.items()})
    for stage in stages:
        if said[stage.name] or stage is stages[0]:
            last = imagined.last_moment(run.ritual, stages, opened_at, stage.name)
            stays = last or stage.at + moments.LATER_POSTS_KEEP
            counts = stage not in before_close
            weeks.then(stage.at, partial(_hold, weeks, run, _Said(stage, said[stage.name], stays, counts)))
    return [_request(run, now)] if run.ritual.approval.required else []


def _posts(said: Sequence[Draft]) -> list[Draft]:
    """Those that go to a place: each of the run's places gets the like."""
    return [draft for draft in said if draft.place_id is not None]


def _hold(weeks: _Weeks, run: _Run, said: _Said) -> list[Ahead]:
    """Hold a stage at its moment, or at the end of the quiet hours it falls into, where that is not too late."""
    stage = said.stage
    verdict = pace.wait_out(stage.at, run.zone, run.playbook.pace.quiet_hours, said.until)
    if verdict.reason is not None and verdict.wait_until is None:
        return _rows(run, stage.name, stage.at, said.drafts, verdict.reason)
    at = verdict.wait_until or stage.at
    for place in run.places if said.counts else ():
        weeks.posts[place, run.day(at)] += len(_posts(said.drafts))
    return _rows(run, stage.name, at, said.drafts, None)


def _rows(run: _Run, stage: str, at: datetime, said: Sequence[Draft], skipped: Reason | None) -> list[Ahead]:
    """One row a space of the ritual; one without a space for direct messages, one for what hosts are told."""
    asks = run.ritual.approval.required
    verdict: Literal["post", "approval", "skip"] = "skip" if skipped else "approval" if asks else "post"
    reason = skipped or (Reason.AWAITING_APPROVAL if asks else None)
    spaces: list[str | None] = [*run.ritual.where] if _posts(said) else []
    if any(draft.member_id is not None for draft in said) or not (spaces or said):
        spaces.append(None)
    rows = [
        Ahead(at, run.zone, *_names(run), stage, space, _places(run.playbook, space), 0, verdict, reason)
        for space in spaces
    ]
    hosts = run.playbook.hosts
    if hosts and hosts.space and any(draft.hosts for draft in said) and not skipped:
        there = _places(run.playbook, hosts.space)
        rows.append(Ahead(at, run.zone, *_names(run), stage, hosts.space, there, 0, "post", None))
    return rows


def _places(playbook: Playbook, space: str | None) -> tuple[Place, ...]:
    return tuple(playbook.spaces[space].items()) if space else ()


def _request(run: _Run, at: datetime) -> Ahead:
    """Hosts are asked in their space, or directly where they have none."""
    hosts, by = run.playbook.hosts, run.ritual.approval.by
    asked = len(by or (hosts.people if hosts else []))
    space = hosts.space if hosts else None
    places, reason = _places(run.playbook, space), Reason.AWAITING_APPROVAL
    return Ahead(at, run.zone, *_names(run), moments.APPROVAL, space, places, asked, "approval", reason)


def _names(run: _Run) -> tuple[str, str, str]:
    return run.playbook.playbook, run.ritual.name, run.ritual.kind
