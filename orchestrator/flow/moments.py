"""When a ritual comes next, and the moments of a run's stages: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.rituals.contract import Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.holiday import settle
from orchestrator.rules.schedule import Happening, Occurrence, Once, Recurring, occurrences, parse
from orchestrator.rules.zone import read_zone

#: The stage at which a human is asked; it lies before the others.
APPROVAL = "approval"

#: The key of a run that something began starts so: a member joined (their id follows), a question stayed
#: unanswered (its place and message), a space went quiet (its name and the last day somebody spoke), a member
#: earned a badge (their id and its name).
JOINED, QUESTION, QUIET, EARNED = "joined:", "question:", "quiet:", "earned:"

#: Lateness that is no outage: a herd of rituals, a restart, a slow bell.
PUNCTUAL = timedelta(minutes=5)

#: A happening waits this long for the end of quiet hours.
HAPPENING_WAITS = timedelta(hours=24)

#: A recap, reminder or other later post is given up this long after its moment.
LATER_POSTS_KEEP = timedelta(hours=24)

#: "next working day" never moves a run further (see rules/holiday.py).
FURTHEST_MOVE = timedelta(days=31)

_TICK = timedelta(microseconds=1)
_ANY = datetime(2024, 1, 1, tzinfo=UTC)  # stages keep their distances whatever the day


@lru_cache(maxsize=4096)
def _phrases(when: tuple[str, ...]) -> tuple[Recurring | Once | Happening, ...]:
    return tuple(parse(phrase) for phrase in when)


def happenings(ritual: Ritual) -> list[Happening]:
    """The happenings a ritual waits for."""
    return [phrase for phrase in _phrases(tuple(ritual.when)) if isinstance(phrase, Happening)]


def following(playbook: Playbook, ritual: Ritual, after: datetime) -> Occurrence | None:
    """The ritual's first occurrence later than `after`, holidays settled; None when there is none.

    A holiday that is to be skipped stays in the row: it becomes a run that says so.
    """
    if not playbook.holidays or ritual.on_holiday != "next working day":
        return _unmoved(tuple(ritual.when), playbook.timezone, after)
    zone = read_zone(playbook.timezone)
    start = after + _TICK
    moved: Occurrence | None = None
    for found in occurrences(_dates(tuple(ritual.when)), zone, start - FURTHEST_MOVE):
        if moved is not None and found.at >= moved.at:
            break  # nothing moves backwards
        to = settle(found, playbook.holidays, zone, ritual.on_holiday)
        if to is not None and to.at >= start and (moved is None or to.at < moved.at):
            moved = to
    return moved


@lru_cache(maxsize=4096)  # many rituals are held at the same moment
def _unmoved(when: tuple[str, ...], zone: str, after: datetime) -> Occurrence | None:
    return next(occurrences(_dates(when), read_zone(zone), after + _TICK), None)


def _dates(when: tuple[str, ...]) -> list[Recurring | Once]:
    return [phrase for phrase in _phrases(when) if not isinstance(phrase, Happening)]


def is_holiday(playbook: Playbook, ritual: Ritual, occurrence: Occurrence) -> bool:
    """Does this occurrence fall on a holiday that the ritual skips?"""
    if not playbook.holidays or ritual.on_holiday != "skip":
        return False
    return settle(occurrence, playbook.holidays, read_zone(playbook.timezone), "skip") is None


def stages(ritual: Ritual, due_at: datetime, *, asked_at: datetime | None = None) -> list[Stage]:
    """A run's stages in order, with the approval before them where one is required.

    asked_at: when the host is asked, if not `within` before (a happening asks at once).
    """
    found = KINDS[ritual.kind].stages(ritual.model, due_at)
    if not ritual.approval.required:
        return found
    first = min((stage.at for stage in found), default=due_at)
    return [Stage(APPROVAL, asked_at or min(first, due_at) - ritual.approval.within), *found]


def first_at(ritual: Ritual, due_at: datetime) -> datetime:
    """When the run of this moment is made: at its first stage's moment."""
    return min(stage.at for stage in stages(ritual, due_at))


def moved(ritual: Ritual, stage: str, opened_at: datetime, due_at: datetime) -> list[Stage]:
    """The stages of a run whose `stage` was posted at `opened_at`: the later ones keep their distance.

    What is announced for `when` comes at `when`, however late in the days before it the announcement was.
    """
    kind: Any = KINDS[ritual.kind]
    planned = kind.stages(ritual.model, _ANY)
    distance = next((one.at - _ANY for one in planned if one.name == stage), timedelta(0))
    announced = distance < timedelta(0) and opened_at < due_at
    found: list[Stage] = kind.stages(ritual.model, due_at if announced else opened_at - distance)
    return found


def earned(member_id: int, run_id: int, badge: str) -> str:
    """The key of the runs that a badge begins, given in that run: taken back and earned anew, it begins them anew."""
    return f"{EARNED}{member_id}:{run_id}:{badge}"[:80]


def has_happened(key: str) -> bool:
    """Did something that happened begin the run of this key, and no date?"""
    return key.startswith((JOINED, QUESTION, QUIET, EARNED))


def patience(ritual: Ritual, key: str) -> timedelta:
    """How late the first post of a run may be: `on_missed`; a day where something happened instead."""
    if has_happened(key):
        return HAPPENING_WAITS
    return max(ritual.on_missed or PUNCTUAL, PUNCTUAL)
