"""Admits a run once, by the guardrails, before anything of it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from orchestrator.flow import moments
from orchestrator.flow.batch import Batch, Work
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.pace import Verdict
from orchestrator.rules.zone import local_day, read_zone
from orchestrator.store import guardrails, rituals

#: After an outage, late posts of one place keep this distance.
LATE_APART = timedelta(minutes=1)


def look(batch: Batch, works: Sequence[Work]) -> None:
    """Read what the guardrails ask about all these runs. Places are locked: two workers count in turn."""
    ritual_ids = {work.run.ritual_id for work in works}
    batch.unanswered = guardrails.unanswered(batch.session, ritual_ids)
    batch.asked = rituals.asked(batch.session, ritual_ids)
    by_day: dict[tuple[datetime, datetime], set[int]] = defaultdict(set)
    for work in works:
        by_day[_day(batch, work)].update(one.place.id for one in batch.places(work.known))
    everywhere = set[int]().union(*by_day.values())
    guardrails.lock_places(batch.session, everywhere)
    for window, place_ids in by_day.items():
        for place_id, n in guardrails.posts(batch.session, place_ids, *window).items():
            batch.posts[place_id, window[0]] = n
    if any(is_late(work, batch.now) for work in works):
        batch.last_late = guardrails.last_posts(batch.session, everywhere, batch.now - LATE_APART)


def judge(batch: Batch, work: Work) -> Verdict:
    """The guardrails' word on a run that wants to be posted at its moment, or now where that is past.

    An admitted run's posts are counted for those judged after it in the same batch.
    """
    playbook, day = work.known.playbook, _day(batch, work)[0]
    keys = [(one.place.id, day) for one in batch.places(work.known)]
    posts = _posts_that_day(batch, work)
    asking = pace.Asking(
        late_until=late_until(work),
        posted=[batch.posts.get(key, 0) for key in keys],
        posts=posts,
        unanswered=batch.unanswered.get(work.run.ritual_id, 0),
        paused=work.known.is_paused,
    )
    verdict = pace.admit(moment(batch, work), read_zone(playbook.timezone), playbook.pace, asking)
    if verdict.go:
        batch.posts.update({key: batch.posts.get(key, 0) + posts for key in keys})
    return verdict


def moment(batch: Batch, work: Work) -> datetime:
    """When the run would be posted: early is forbidden."""
    return max(batch.now, work.run.due_at)


def late_until(work: Work) -> datetime:
    """The last moment at which the run may be opened."""
    return work.run.due_at + moments.patience(work.known.written, work.run.key)


def is_late(work: Work, now: datetime) -> bool:
    """Does the run come late because we were not there?"""
    asked_for = work.run.held_by_hand or work.run.key.startswith(moments.JOINED)
    return now - work.run.due_at > moments.PUNCTUAL and not asked_for


def slot(batch: Batch, work: Work, place_id: int) -> datetime:
    """When a run's first post may leave for a place: after an outage at most one a minute."""
    at = moment(batch, work)
    if not is_late(work, batch.now):
        return at
    last = batch.last_late.get(place_id)
    at = at if last is None else max(at, last + LATE_APART)
    batch.last_late[place_id] = at
    return at


def _day(batch: Batch, work: Work) -> tuple[datetime, datetime]:
    return _local_day(moment(batch, work), work.known.playbook.timezone)


@lru_cache(maxsize=1024)  # what is prepared together is mostly posted at one moment
def _local_day(at: datetime, zone: str) -> tuple[datetime, datetime]:
    return local_day(at, read_zone(zone))


def _posts_that_day(batch: Batch, work: Work) -> int:
    """How many posts the run makes in a place on its first day, besides what its close brings."""
    written, end = work.known.written, _day(batch, work)[1]
    kind, known = KINDS[written.kind], batch.facts(work)
    before_close = takewhile(lambda stage: not stage.closes, kind.stages(written.model, moment(batch, work)))
    speaking = [stage for stage in before_close if stage.at < end and kind.say(written.model, stage.name, known)]
    return len(speaking)
