"""What a run becomes once its first post was sent, or once none of its posts can be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from orchestrator.flow import effects, facts, moments, take_back
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.reasons import Reason
from orchestrator.store import rituals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Delivery, Run, Stage

#: States in which a delivery may still become a post.
LIVE = ("planned", "held", "due", "sending", "unknown")

#: Why a run may have been given up although a post of it turns up later.
GIVEN_UP = (Reason.UNSURE, Reason.FAILED, Reason.PLATFORM_REFUSED, Reason.MISSED)

_posts = exists().where(Delivery.run_id == Run.id, Delivery.counts)

#: Built once: it is asked each second.
_HOPELESS = (
    select(Run)
    .where(Run.state == "made", _posts.where(Delivery.state.in_(("failed", "expired", "skipped"))))
    .where(~_posts.where(Delivery.state.in_((*LIVE, "sent"))))
    .order_by(Run.id)
    .with_for_update(skip_locked=True, key_share=True)
)


def after_sent(session: Session, delivery: Delivery, now: datetime) -> list[int]:
    """Note a post that arrived: the first one opens its run. Gives the run's stages that are due now."""
    run = session.get(Run, delivery.run_id) if delivery.run_id and delivery.counts else None
    if run is None:
        return []
    effects.lock(session, run)
    runs.trace(session, run.id, now, "posted", {"stage": delivery.stage, "target": delivery.target})
    if take_back.late(session, run, delivery, now):
        return []
    if _opens(session, run, delivery.sent_at or now):
        known = rituals.of_runs(session, [run])[run.id]
        _move_stages(session, run, known, delivery.stage, delivery.sent_at or now)
        session.flush()
        take_back.release(session, run, delivery.sent_at or now)
        runs.trace(session, run.id, now, "open", {"closes_at": _iso(run.closes_at)})
        _end_if_alone(session, run, known, now)
    return runs.due_stages(session, [run.id], now)


def _opens(session: Session, run: Run, at: datetime) -> bool:
    """made → open, once. A run given up opens too when its post turns up after all."""
    given_up = (Run.state == "skipped") & Run.reason.in_(GIVEN_UP) & Run.opened_at.is_(None)
    done = session.execute(
        update(Run)
        .where(Run.id == run.id, (Run.state == "made") | given_up)
        .values(state="open", reason=Reason.POSTED, opened_at=at, ended_at=None)
        .execution_options(synchronize_session=False)
    )
    was_given_up = run.state == "skipped"
    session.refresh(run)
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    if was_given_up:
        skipped = update(Stage).where(Stage.run_id == run.id, Stage.state == "skipped")
        session.execute(skipped.values(state="planned", reason=None))
    return True


def _move_stages(session: Session, run: Run, known: Known, stage: str, opened_at: datetime) -> None:
    """Later stages keep their distance from the first post; all places close together."""
    planned = {row.name: row for row in runs.stages_of(session, run.id) if row.state == "planned"}
    for one in moments.moved(known.written, stage, opened_at, run.due_at):
        if one.closes:
            run.closes_at = one.at
        if one.name not in planned:
            continue
        if one.name == stage:
            if not planned[stage].again:  # approved before its moment: nothing is left to do at it
                planned[stage].state = "done"
            continue
        planned[one.name].at, planned[one.name].offered_at = one.at, None
        session.execute(
            update(Delivery)
            .where(Delivery.run_id == run.id, Delivery.stage == one.name, Delivery.state.in_(runs.UNSENT))
            .values(not_before=one.at, late_until=one.at + moments.LATER_POSTS_KEEP)
        )


def _end_if_alone(session: Session, run: Run, known: Known, now: datetime) -> None:
    """A run that only posts is done with its post: no later stage would end it."""
    if any(stage.state == "planned" for stage in runs.stages_of(session, run.id)):
        return
    result = KINDS[known.written.kind].result(known.written.model, facts.opening(run, [], now))
    numbers = facts.numbers(result)
    run.state, run.ended_at, run.facts = "done", now, {**run.facts, "result": numbers}
    runs.trace(session, run.id, now, "done", numbers)


def give_up(session: Session, run: Run, now: datetime) -> bool:
    """End a run none of whose posts can arrive any more; tells whether it did.

    The reason is the platform's refusal where there is one, else that of the last post.
    """
    posts = session.scalars(
        select(Delivery).where(Delivery.run_id == run.id, Delivery.counts).order_by(Delivery.id)
    ).all()
    if run.state != "made" or not posts or any(post.state in (*LIVE, "sent") for post in posts):
        return False
    reasons = [Reason(post.reason) for post in posts if post.reason in set(Reason)]
    reason = Reason.PLATFORM_REFUSED if Reason.PLATFORM_REFUSED in reasons else (reasons or [Reason.FAILED])[-1]
    runs.end(session, run, reason, now, posts=len(posts))
    return True


def give_up_all(session: Session, now: datetime, limit: int) -> int:
    """Give up the runs that were never opened and have no post left to hope for."""
    found = session.scalars(_HOPELESS.limit(limit)).all()
    return sum(give_up(session, run, now) for run in found)


def _iso(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
