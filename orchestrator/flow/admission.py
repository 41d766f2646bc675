"""Admits a run once, by the guardrails, before anything of it is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from orchestrator.flow import moments
from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.standing import Coming
from orchestrator.rituals.contract import Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.pace import Span, Talk, There, Verdict
from orchestrator.rules.zone import local_day, read_zone
from orchestrator.store import guardrails, rituals

#: After an outage, late posts of one place keep this distance.
LATE_APART = timedelta(minutes=1)

#: A stage waits for the end of quiet hours for less than this.
NIGHT = timedelta(days=1)


def look(batch: Batch, works: Sequence[Work]) -> None:
    """Read what the guardrails ask about all these runs. Places are locked: two workers count in turn."""
    ritual_ids = {work.run.ritual_id for work in works}
    standing = batch.standing
    standing.unanswered = guardrails.unanswered(batch.session, ritual_ids)
    batch.asked = rituals.asked(batch.session, ritual_ids)
    standing.coming = {work.run.id: list(_coming(batch, work)) for work in works}
    everywhere = {one.place_id for found in standing.coming.values() for one in found}
    guardrails.lock_places(batch.session, everywhere)
    _count_days(batch, works)
    _count_talk(batch, works)
    if any(is_late(work, batch.now) for work in works):
        standing.last_late = guardrails.last_posts(batch.session, everywhere, batch.now - LATE_APART)


def judge(batch: Batch, work: Work) -> Verdict:
    """The guardrails' word on a run that wants to be posted at its moment, or now where that is past.

    An admitted run's posts are counted for those judged after it in the same batch, and room is kept for those
    that it makes at later stages.
    """
    playbook, coming = work.known.playbook, batch.standing.coming[work.run.id]
    place_ids = sorted({one.place_id for one in coming})
    asking = pace.Asking(
        late_until=late_until(work),
        places=[_there(batch, work, place_id) for place_id in place_ids],
        unanswered=batch.standing.unanswered.get(work.run.ritual_id, 0),
        paused=work.known.is_paused,
    )
    verdict = pace.admit(moment(batch, work), read_zone(playbook.timezone), playbook.pace, asking)
    if verdict.go:
        _take_room(batch, work)
    if verdict.place is None:
        return verdict
    return replace(verdict, what=f"in {_name(batch, work, place_ids[verdict.place])}: {verdict.what}")


def moment(batch: Batch, work: Work) -> datetime:
    """When the run's first stage would be held: early is forbidden."""
    return max(batch.now, _stages(work, work.run.due_at)[0].at)


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
    last = batch.standing.last_late.get(place_id)
    at = at if last is None else max(at, last + LATE_APART)
    batch.standing.last_late[place_id] = at
    return at


def _coming(batch: Batch, work: Work) -> Iterable[Coming]:
    """The posts that a run would make in places, besides what its close brings, each with its local day."""
    written, playbook = work.known.written, work.known.playbook
    kind, known = KINDS[written.kind], batch.facts(work)
    stages = _stages(work, work.run.due_at)
    late = max(batch.now - stages[0].at, timedelta(0))
    for stage in takewhile(lambda stage: not stage.closes, _stages(work, work.run.due_at + late) if late else stages):
        day = _local_day(max(stage.at, batch.now), playbook.timezone, playbook.pace.quiet_hours)
        for draft in kind.say(written.model, stage.name, known):
            if draft.place_id is not None:
                yield Coming(stage.name, draft.place_id, *day)


def _stages(work: Work, when: datetime) -> Sequence[Stage]:
    return KINDS[work.known.written.kind].stages(work.known.written.model, when)


def _count_days(batch: Batch, works: Sequence[Work]) -> None:
    """Our posts on each day that a run would post: sent, planned, or promised by runs admitted before."""
    days: dict[tuple[datetime, datetime, str, Span | None], set[int]] = defaultdict(set)
    for work in works:
        playbook = work.known.playbook
        for one in batch.standing.coming[work.run.id]:
            days[one.start, one.end, playbook.timezone, playbook.pace.quiet_hours].add(one.place_id)
    ids = [work.run.id for work in works]
    for (start, end, zone, quiet_hours), place_ids in days.items():
        counts = Counter(guardrails.posts(batch.session, place_ids, start, end, without=ids))
        for place_id, at in guardrails.reserved(batch.session, place_ids, start - NIGHT, end, without=ids):
            counts[place_id] += _local_day(at, zone, quiet_hours)[0] == start
        for place_id in place_ids:
            batch.standing.posts[place_id, start] = counts[place_id]


def _count_talk(batch: Batch, works: Sequence[Work]) -> None:
    """Who said how much, over the window of each community's `our_share`."""
    windows: dict[timedelta, set[int]] = defaultdict(set)
    for work in works:
        here = {one.place_id for one in batch.standing.coming[work.run.id]}
        windows[work.known.playbook.pace.our_share.over] |= here
    ids = [work.run.id for work in works]
    for over, place_ids in windows.items():
        found = guardrails.talk(batch.session, place_ids, batch.now, over, without=ids)
        batch.standing.talk.update({(place_id, over): talk for place_id, talk in found.items()})


def _there(batch: Batch, work: Work, place_id: int) -> There:
    standing, over = batch.standing, work.known.playbook.pace.our_share.over
    days = Counter(one.start for one in standing.coming[work.run.id] if one.place_id == place_id)
    return There(
        days=[(standing.posts[place_id, start], posts) for start, posts in sorted(days.items())],
        posts=days[min(days)],
        talk=standing.talk.get((place_id, over), Talk()),
    )


def _take_room(batch: Batch, work: Work) -> None:
    """Count an admitted run's posts for those after it: in this batch, and in all that follow."""
    standing, over = batch.standing, work.known.playbook.pace.our_share.over
    coming = standing.coming[work.run.id]
    standing.posts.update((one.place_id, one.start) for one in coming)
    for place_id in {one.place_id for one in coming}:
        talk = standing.talk.get((place_id, over), Talk())
        standing.talk[place_id, over] = talk.and_ours(_there(batch, work, place_id).posts)
    first = _stages(work, work.run.due_at)[0].name
    later = {(one.stage, one.place_id) for one in coming if one.stage != first}
    if later:
        guardrails.reserve(batch.session, work.run.id, sorted(later))


def _name(batch: Batch, work: Work, place_id: int) -> str:
    """How a person calls a place: "salon on slack"."""
    here = next(one for one in batch.places(work.known) if one.place.id == place_id)
    return f"{here.place.title or here.place.ref} on {here.connection}"


@lru_cache(maxsize=1024)  # what is prepared together is mostly posted at one moment
def _local_day(at: datetime, zone: str, quiet_hours: Span | None) -> tuple[datetime, datetime]:
    """The local day on which something due at `at` is posted: what falls into quiet hours waits for their end."""
    there: ZoneInfo = read_zone(zone)
    return local_day(pace.quiet_until(at, there, quiet_hours) or at, there)
