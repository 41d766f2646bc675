"""Whether there is room for the posts of a run in each of its places, on each day that it posts there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from sqlalchemy.orm import Session

from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.standing import Coming, Day
from orchestrator.ports import ClosePoll, Outgoing
from orchestrator.rituals.contract import Draft, Stage
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules import pace
from orchestrator.rules.pace import GO, Span, Talk, There, Verdict
from orchestrator.rules.zone import local_day, read_zone
from orchestrator.store import guardrails

Drafted = Sequence[tuple[Draft, Outgoing]]

#: A stage waits for the end of quiet hours for less than this.
NIGHT = timedelta(days=1)


def foresee(batch: Batch, work: Work, known: Collection[str] = ()) -> list[Coming]:
    """The posts that a run would make in places, besides what its close brings, as far as its kind can tell now.

    known: stages whose posts are known already; they are left out.
    """
    days = {stage: day for stage, day in _days(batch, work).items() if stage not in known}
    if not days:
        return []
    kind, facts = KINDS[work.known.written.kind], batch.facts(work)
    return [
        Coming(stage, draft.place_id, *day)
        for stage, day in days.items()
        for draft in kind.say(work.known.written.model, stage, facts)
        if draft.place_id is not None
    ]


def look(batch: Batch, works: Sequence[Work]) -> None:
    """Count what these runs, which ask to be admitted, will find. Their places are to be locked."""
    ids = [work.run.id for work in works]
    days: dict[tuple[Day, str, Span | None], set[int]] = defaultdict(set)
    windows: dict[timedelta, set[int]] = defaultdict(set)
    for work in works:
        playbook, here = work.known.playbook, {one.place.id for one in batch.places(work.known)}
        windows[playbook.pace.our_share.over] |= here
        for day in _days(batch, work).values():
            days[day, playbook.timezone, playbook.pace.quiet_hours] |= here
    for (day, zone, quiet_hours), place_ids in days.items():
        _count_posts(batch, place_ids, day, (zone, quiet_hours), without=ids)
    for over, place_ids in windows.items():
        _count_talk(batch, place_ids, over, without=ids)


def judge(batch: Batch, work: Work, coming: Collection[Coming]) -> Verdict:
    """Is there room for these posts?"""
    limits, found = work.known.playbook.pace, there(batch, work, coming)
    return named(batch, work, pace.room(limits, list(found.values())), list(found))


def there(batch: Batch, work: Work, coming: Collection[Coming]) -> dict[int, There]:
    """What posts to come find in each place, by its id."""
    standing, over = batch.standing, work.known.playbook.pace.our_share.over
    found = {}
    for place_id in sorted({one.place_id for one in coming}):
        days = Counter(one.start for one in coming if one.place_id == place_id)
        found[place_id] = There(
            days=[(standing.posts[place_id, start], posts) for start, posts in sorted(days.items())],
            posts=days[min(days)],
            talk=standing.talk.get((place_id, over), Talk()),
        )
    return found


def named(batch: Batch, work: Work, verdict: Verdict, place_ids: Sequence[int]) -> Verdict:
    """The verdict, with the name of the place that it is about before its numbers."""
    if verdict.place is None:
        return verdict
    here = next(one for one in batch.places(work.known) if one.place.id == place_ids[verdict.place])
    return replace(verdict, what=f"in {here.place.title or here.place.ref} on {here.connection}: {verdict.what}")


def take(batch: Batch, work: Work, drafted: Mapping[str, Drafted]) -> Verdict:
    """Count what an admitted run really says, by stage, and what it will say later, if there is room for all of it.

    It is counted for the runs after it in this batch; for all that follow, room is kept until its stages come.
    """
    if work.run.facts.get("unguarded"):
        return GO
    days = _days(batch, work)
    coming = foresee(batch, work, drafted.keys())
    coming += [Coming(stage, place_id, *days[stage]) for stage, said in drafted.items() for place_id in _posts(said)]
    verdict = judge(batch, work, coming)
    if verdict.go:
        _add(batch, work, coming)
        later = {(one.stage, one.place_id) for one in coming if one.stage != work.stage.name}
        guardrails.reserve(batch.session, work.run.id, sorted(later))
    return verdict


def take_later(batch: Batch, work: Work, drafted: Drafted) -> Verdict:
    """The same for a stage of a run that is open: what room was kept for, or stands there already, passes."""
    run, stage, playbook = work.run, work.stage, work.known.playbook
    if run.state != "open" or run.facts.get("unguarded"):
        return GO
    promised = guardrails.promised(batch.session, run.id, stage.id, stage.name)
    new = [place_id for place_id in _posts(drafted) if place_id not in promised]
    if not new:
        return GO
    way = playbook.timezone, playbook.pace.quiet_hours
    day = day_of(max(stage.at, batch.now), *way)
    _count_posts(batch, set(new), day, way)
    _count_talk(batch, set(new), playbook.pace.our_share.over)
    coming = [Coming(stage.name, place_id, *day) for place_id in new]
    verdict = judge(batch, work, coming)
    if verdict.go:
        _add(batch, work, coming)
    return verdict


def _posts(drafted: Drafted) -> Iterator[int]:
    """The places that get a post, once a post."""
    for draft, outgoing in drafted:
        if draft.place_id is not None and not isinstance(outgoing, ClosePoll):
            yield draft.place_id


def _add(batch: Batch, work: Work, coming: Collection[Coming]) -> None:
    over = work.known.playbook.pace.our_share.over
    for place_id, found in there(batch, work, coming).items():
        batch.standing.talk[place_id, over] = found.talk.and_ours(found.posts)
    batch.standing.posts.update((one.place_id, one.start) for one in coming)


def _count_posts(
    batch: Batch, place_ids: set[int], day: Day, way: tuple[str, Span | None], without: Collection[int] = ()
) -> None:
    """Our posts of a day. What is counted stays counted."""
    standing, start = batch.standing, day[0]
    new = {place_id for place_id in place_ids if (place_id, start) not in standing.posts}
    if not new:
        return
    found = posts_on(batch.session, new, day, way, without)
    for place_id in new:
        standing.posts[place_id, start] = found[place_id]


def posts_on(
    session: Session, place_ids: set[int], day: Day, way: tuple[str, Span | None], without: Collection[int] = ()
) -> Counter[int]:
    """Our posts of a day by place: sent, planned, or promised by runs admitted before."""
    found = Counter(guardrails.posts(session, place_ids, *day, without=without))
    for place_id, at in guardrails.reserved(session, place_ids, day[0] - NIGHT, day[1], without=without):
        found[place_id] += day_of(at, *way) == day
    return found


def _count_talk(batch: Batch, place_ids: set[int], over: timedelta, without: Collection[int] = ()) -> None:
    """Who said how much, over the window of `our_share`. What is counted stays counted."""
    talk = batch.standing.talk
    new = {place_id for place_id in place_ids if (place_id, over) not in talk}
    if new:
        found = guardrails.talk(batch.session, new, batch.now, over, without=without)
        talk.update({(place_id, over): one for place_id, one in found.items()})


def _days(batch: Batch, work: Work) -> dict[str, Day]:
    """The local day of each stage before the close, as it will be when the run's first stage is held."""
    if work.run.id not in batch.days:
        batch.days[work.run.id] = _days_of(batch.now, work)
    return batch.days[work.run.id]


def _days_of(now: datetime, work: Work) -> dict[str, Day]:
    written, playbook = work.known.written, work.known.playbook
    stages: Sequence[Stage] = KINDS[written.kind].stages(written.model, work.run.due_at)
    late = now - stages[0].at
    if late > timedelta(0):
        stages = KINDS[written.kind].stages(written.model, work.run.due_at + late)
    before_close = takewhile(lambda stage: not stage.closes, stages)
    way = playbook.timezone, playbook.pace.quiet_hours
    return {stage.name: day_of(max(stage.at, now), *way) for stage in before_close}


@lru_cache(maxsize=1024)  # what is prepared together is mostly posted at one moment
def day_of(at: datetime, zone: str, quiet_hours: Span | None) -> Day:
    """The local day on which something due at `at` is posted: what falls into quiet hours waits for their end."""
    where = read_zone(zone)
    return local_day(pace.quiet_until(at, where, quiet_hours) or at, where)
