"""Foresees the coming weeks from playbooks alone: every stage that members or hosts see, and what is skipped."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from orchestrator.flow import moments
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.rituals.contract import Answered, Facts, PlaceFacts, Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.reasons import Reason
from orchestrator.rules.schedule import Occurrence
from orchestrator.rules.zone import local_day, read_zone

_TICK = timedelta(microseconds=1)

Place = tuple[str, str]
"""A connection's name, and the link, id or name that the playbook gives."""


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

    def keys(self, day: datetime) -> list[tuple[str, Place, datetime]]:
        """What posts of this run are counted under on a local day."""
        spaces = self.playbook.spaces
        places = {place for space in self.ritual.where for place in spaces[space].items()}
        return [(self.playbook.community, place, day) for place in sorted(places)]


@dataclass(slots=True)
class _Weeks:
    """The simulated clock: what comes next, and our posts so far, by place and local day."""

    start: datetime
    end: datetime
    posts: Counter[tuple[str, Place, datetime]] = field(default_factory=Counter)
    coming: list[tuple[datetime, int, Callable[[], list[Ahead]]]] = field(default_factory=list)
    turn: Iterator[int] = field(default_factory=count)

    def then(self, at: datetime, act: Callable[[], list[Ahead]]) -> None:
        """Act at that moment; what comes after the end is left out."""
        if at < self.end:
            heapq.heappush(self.coming, (at, next(self.turn), act))


def ahead(playbooks: Sequence[Playbook], start: datetime, end: datetime) -> list[Ahead]:
    """Foresee every stage in [start, end), in order, as if the playbooks were applied at `start` (aware).

    All playbooks of a community share its places and their posts a day. What members will do is not known:
    recaps and reminders are expected to be posted. Happenings have no moments and are left out.
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
    opens_at = max(now, run.due.at)
    stages = KINDS[run.ritual.kind].stages(run.ritual.model, opens_at)
    today, tomorrow = local_day(opens_at, run.zone)
    spoken = [stage for stage in stages if _speaks(run, stage)]
    reserved = [stage for stage in spoken if stage.at < tomorrow and stage in _before_close(stages)]
    asking = pace.Asking(
        late_until=run.due.at + moments.patience(run.ritual, run.due.local),
        posted=[weeks.posts[key] for key in run.keys(today)],
        posts=len(reserved),
        paused=run.ritual.paused,
        holiday=moments.is_holiday(run.playbook, run.ritual, run.due),
    )
    verdict = pace.admit(opens_at, run.zone, run.playbook.pace, asking)
    if verdict.wait_until is not None:
        weeks.then(verdict.wait_until, partial(_admit, weeks, run, verdict.wait_until))
        return []
    if verdict.reason is not None:
        return _rows(run, stages[0].name, opens_at, verdict.reason)
    for stage in spoken:
        weeks.then(stage.at, partial(_hold, weeks, run, stage, stage not in reserved))
    for key in run.keys(today):
        weeks.posts[key] += len(reserved)
    return [_request(run, now)] if run.ritual.approval.required else []


def _before_close(stages: Sequence[Stage]) -> list[Stage]:
    return list(takewhile(lambda stage: not stage.closes, stages))


def _speaks(run: _Run, stage: Stage) -> bool:
    """Does the stage say anything, once two members have answered? (With fewer there is no recap.)"""
    answer = Answered(0, "…", stage.at, None, "", None)
    facts = Facts(
        now=stage.at,
        due_at=run.due.at,
        places=(PlaceFacts(0, "", None, ""),),
        question={"id": "", "text": ""},
        answers=(answer, answer),
    )
    return bool(KINDS[run.ritual.kind].say(run.ritual.model, stage.name, facts))


def _hold(weeks: _Weeks, run: _Run, stage: Stage, counts: bool) -> list[Ahead]:
    """Post a stage: at its moment, or at the end of the quiet hours it falls into."""
    at = pace.quiet_until(stage.at, run.zone, run.playbook.pace.quiet_hours) or stage.at
    for key in run.keys(local_day(at, run.zone)[0]) if counts else ():
        weeks.posts[key] += 1
    return _rows(run, stage.name, at, None)


def _rows(run: _Run, stage: str, at: datetime, skipped: Reason | None) -> list[Ahead]:
    """One row a space of the ritual."""
    asks = run.ritual.approval.required
    verdict: Literal["post", "approval", "skip"] = "skip" if skipped else "approval" if asks else "post"
    reason = skipped or (Reason.AWAITING_APPROVAL if asks else None)
    spaces = run.playbook.spaces
    return [
        Ahead(at, run.zone, *_names(run), stage, space, tuple(spaces[space].items()), 0, verdict, reason)
        for space in run.ritual.where
    ]


def _request(run: _Run, at: datetime) -> Ahead:
    """Hosts are asked in their space, or directly where they have none."""
    hosts, by = run.playbook.hosts, run.ritual.approval.by
    asked = len(by or (hosts.people if hosts else []))
    space = hosts.space if hosts else None
    places = tuple(run.playbook.spaces[space].items()) if space else ()
    reason = Reason.AWAITING_APPROVAL
    return Ahead(at, run.zone, *_names(run), moments.APPROVAL, space, places, asked, "approval", reason)


def _names(run: _Run) -> tuple[str, str, str]:
    return run.playbook.playbook, run.ritual.name, run.ritual.kind
