"""Begins the rituals that wait for something left undone: a question unanswered, a space gone quiet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.crash import crash_point
from orchestrator.flow import begin, decisions, edited, moments
from orchestrator.rules.business import hours_up
from orchestrator.rules.days import LocalDays
from orchestrator.rules.moments import Happening
from orchestrator.rules.reasons import Reason
from orchestrator.rules.zone import read_zone
from orchestrator.store import approvals, communities, questions, rituals, runs, talk
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Run, to_us

#: A question whose hours were up longer ago than this was missed while we were away: nobody digs it out.
TOO_OLD = timedelta(days=3)

#: Happenings that are over once somebody does what was left undone: nothing else is looked at each second.
LEFT_UNDONE = ("question unanswered", "space quiet")

#: The local hour at which quiet spaces are looked for, once a day.
LOOKS_AT = 10


def watch(session: Session, now: datetime) -> list[int]:
    """Make the runs of what was left undone long enough; give the ids of stages due now. Told twice, made once.

    What was done meanwhile is let go: nobody is asked about a question that has its answer.
    """
    waiting = rituals.waiting(session)
    for known in waiting:
        if any(one.kind in LEFT_UNDONE for one in moments.happenings(known.written)):
            _let_go(session, known, now)
    new = [run for known in waiting for run in _runs(session, known, now)]
    if not new:
        return []
    made = runs.make(session, new, now)
    crash_point("watch.before_commit")
    return runs.due_stages(session, made.values(), now)


def _let_go(session: Session, known: Known, now: datetime) -> None:
    """End the runs that nobody has seen yet and that have nothing left to ask, and what hosts were asked about them."""
    for run in edited.unseen(session, known.row):
        what = _needless(session, known, run)
        if what is not None:
            runs.end(session, run, Reason.NOBODY, now, what=what)
            if approvals.void(session, run.id):
                decisions.tell_later(session, run, now)


def _needless(session: Session, known: Known, run: Run) -> str | None:
    """Why this run has nothing to ask any more; None while it has."""
    if run.key.startswith(moments.QUESTION):
        still = questions.is_open(session, run.facts["place_id"], run.facts["message_ref"])
        return None if still else "the question was answered meanwhile, or its thread became a dispute"
    if run.key.startswith(moments.QUIET):
        last = talk.last_said(session, _places(session, known, run.facts["space"]))
        return "somebody spoke there meanwhile" if last is not None and last > run.made_at else None
    return None


def _places(session: Session, known: Known, space: str) -> list[int]:
    return [one.place.id for one in communities.places_of(session, known.community.id, [space])]


def _runs(session: Session, known: Known, now: datetime) -> Iterator[runs.NewRun]:
    for happening in moments.happenings(known.written):
        if happening.kind == "question unanswered":
            yield from _unanswered(session, known, happening, now)
        elif happening.kind == "space quiet":
            yield from _quiet(session, known, happening, now)


def _unanswered(session: Session, known: Known, happening: Happening, now: datetime) -> Iterator[runs.NewRun]:
    """One run a question, once its hours are up; never twice, and none from before the ritual lived."""
    zone, after = read_zone(known.playbook.timezone), happening.after or timedelta(0)
    places = {
        one.place.id: one.space for one in communities.places_of(session, known.community.id, known.written.where)
    }
    seen = runs.subjects(session, known.community.id, now - questions.TEXT_KEPT)
    for one in questions.unanswered(session, list(places), now):
        up_at = hours_up(one.at, after, zone, known.playbook.holidays)
        told = (one.place_id, one.message_ref)
        if not now - TOO_OLD <= up_at <= now or told in seen:
            continue
        facts = {"place_id": one.place_id, "message_ref": one.message_ref, "asker_id": one.member_id}
        key = f"{moments.QUESTION}{one.place_id}:{one.message_ref}"
        yield _run(known, key, {**facts, "space": places[one.place_id]}, now)


def _quiet(session: Session, known: Known, happening: Happening, now: datetime) -> Iterator[runs.NewRun]:
    """One run a silence: nobody is asked twice without a word between."""
    local = now.astimezone(read_zone(known.playbook.timezone))
    space = happening.space or (known.written.where[0] if known.written.where else "")
    if local.hour != LOOKS_AT or not space:
        return
    last = talk.last_said(session, _places(session, known, space))
    if last is None or now - last < (happening.after or timedelta(0)):
        return
    day = LocalDays(known.community.zone)(to_us(last))
    yield _run(known, f"{moments.QUIET}{space}:{day}", {"space": space}, now)


def _run(known: Known, key: str, facts: dict[str, Any], now: datetime) -> runs.NewRun:
    return begin.run_of(known, key, facts, now, ("happened", {"space": facts["space"]}))
