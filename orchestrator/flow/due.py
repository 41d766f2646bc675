"""Makes the runs whose moment has come, moves each ritual to its next moment, and tells which stages are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.crash import crash_point
from orchestrator.flow import moments, opened, watch
from orchestrator.rules.reasons import Reason
from orchestrator.rules.schedule import Occurrence
from orchestrator.store import rituals, runs
from orchestrator.store.rituals import Known


def due(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """Make at most `limit` runs of due rituals; give the ids of at most `limit` stages now due.

    A stage is given once, and again only after nobody took it for a while (`runs.OFFER_AGAIN`).
    """
    made = 0
    while made < limit and (found := make_runs(session, now, limit - made)):
        made += found  # after an outage a ritual is due several times over
    watch.watch(session, now)
    if made < limit:
        opened.give_up_all(session, now, limit)
    return runs.offer(session, now, limit)


def make_runs(session: Session, now: datetime, limit: int) -> int:
    """Make one run for each due ritual and move it on; give how many rituals were due."""
    found = rituals.claim_due(session, now, limit)
    runs.make(session, [_run(known, now) for known in found], now)
    rituals.move(session, [_move(known) for known in found])
    if found:
        crash_point("due.before_commit")
    return len(found)


def skip_next(session: Session, known: Known, by: str, now: datetime) -> bool:
    """Make the ritual's next run as one that a host skipped, and move on; False where the clock made it first."""
    occurrence = _occurrence(known)
    story = [("due", {"local": occurrence.local}), ("skipped", {"reason": str(Reason.REFUSED), "by": by})]
    run = replace(_run(known, now), stages=(), reason=Reason.REFUSED, story=story)
    if not runs.make(session, [run], now):
        return False
    rituals.move(session, [_move(known)])
    return True


def _run(known: Known, now: datetime) -> runs.NewRun:
    occurrence = _occurrence(known)
    reason = _reason(known, occurrence, now)
    story: list[tuple[str, dict[str, Any]]] = [("due", {"local": occurrence.local})]
    if reason is not None:
        story.append(("skipped", {"reason": str(reason)}))
    stages = () if reason is not None else moments.stages(known.written, occurrence.at)
    return runs.NewRun(
        ritual_id=known.row.id,
        version_id=known.row.version_id,
        path=known.path,
        key=occurrence.local,
        due_at=occurrence.at,
        stages=[(stage.name, stage.at) for stage in stages],
        reason=reason,
        story=story,
    )


def _occurrence(known: Known) -> Occurrence:
    """What the row says is next."""
    assert known.row.next_due_at is not None and known.row.next_local is not None
    return Occurrence(known.row.next_local, known.row.next_due_at)


def _reason(known: Known, occurrence: Occurrence, now: datetime) -> Reason | None:
    """Why this occurrence is not held at all; None when it is."""
    if known.is_paused:
        return Reason.PAUSED
    if moments.is_holiday(known.playbook, known.written, occurrence):
        return Reason.HOLIDAY
    if now - occurrence.at > moments.patience(known.written, occurrence.local):
        return Reason.MISSED
    return None


def _move(known: Known) -> dict[str, Any]:
    occurrence = _occurrence(known)
    return {
        "ritual": known.row.id,
        "was": known.row.next_at,
        **next_moment(known, moments.following(known.playbook, known.written, occurrence.at)),
    }


def next_moment(known: Known, occurrence: Occurrence | None) -> dict[str, Any]:
    """The columns of a ritual's next moment, under the names that `rituals.move` takes."""
    if occurrence is None:
        return {"next_at": None, "next_due_at": None, "next_local": None}
    return {
        "next_at": moments.first_at(known.written, occurrence.at),
        "next_due_at": occurrence.at,
        "next_local": occurrence.local,
    }
