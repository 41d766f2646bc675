"""Queries about runs, their stages and the story they leave."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from orchestrator.rules.reasons import Reason
from orchestrator.store import bulk, questions, upsert
from orchestrator.store.among import among
from orchestrator.store.tables import Delivery, PlaybookRow, Ritual, Run, Stage, Trace

#: After this long without being taken, a due stage is rung for again (a lost bell costs one sweep).
OFFER_AGAIN = timedelta(seconds=5)

#: States of a delivery that has not left yet.
UNSENT = ("planned", "held", "due")

# Spelled out, not bound: only so does SQLite use the partial index.
_PLANNED = Stage.state == literal_column("'planned'")

# Built once: that takes longer than asking.
_earlier = aliased(Stage)
_before = or_(_earlier.at < Stage.at, (_earlier.at == Stage.at) & (_earlier.id < Stage.id))
_BLOCKED = select(_earlier.id).where(_earlier.run_id == Stage.run_id, _earlier.state == "planned", _before).exists()
_FREE = (
    select(Stage.id)
    .join(Run, Run.id == Stage.run_id)
    .where(_PLANNED, ~_BLOCKED)
    .order_by(Stage.id)
    .with_for_update(of=(Run, Stage), skip_locked=True, key_share=True)
)
_TAKE = (
    update(Stage).where(_PLANNED).values(state="done").returning(Stage.id).execution_options(synchronize_session=False)
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be made, with its stages (name, moment) and the first steps of its story (step, facts)."""

    ritual_id: int
    version_id: int
    path: str
    key: str
    due_at: datetime
    stages: Sequence[tuple[str, datetime]] = ()
    reason: Reason | None = None  # set: it is skipped at once
    story: Sequence[tuple[str, dict[str, Any]]] = ()
    by_hand: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Its public code: deterministic, so that a rehearsal prints the same bytes twice."""
        return digest16(f"{self.path}|{self.key}")


@dataclass(slots=True)
class Story:
    """Steps to be written at the end of a batch in one statement."""

    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, run_id: int, step: str, **facts: Any) -> None:
        """Add a step; facts never hold a message's text."""
        self.rows.append({"run_id": run_id, "at": self.now, "step": step, "facts": facts})

    def write(self, session: Session) -> None:
        """Write all steps."""
        if self.rows:
            bulk.put(session, Trace, self.rows)
            self.rows = []


def digest16(text: str) -> str:
    """The first 16 hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make(session: Session, runs: Sequence[NewRun], now: datetime) -> dict[str, int]:
    """Make runs that do not exist yet, with stages and story; give their ids by code.

    A run that another clock made first is left alone and not among the ids.
    """
    if not runs:
        return {}
    ids = bulk.put_new(session, Run, [_run_row(run, now) for run in runs], "code")
    new = [(ids[run.code], run) for run in runs if run.code in ids]
    stages = [
        {"run_id": run_id, "name": name, "at": at, "state": "planned"} for run_id, run in new for name, at in run.stages
    ]
    bulk.put(session, Stage, stages)
    story = Story(now)
    for run_id, run in new:
        for step, facts in run.story:
            story.tell(run_id, step, **facts)
    story.write(session)
    return ids


def offer(session: Session, now: datetime, limit: int) -> list[int]:
    """The stages whose moment has come and that nobody was rung for lately, earliest first."""
    waiting = (
        select(Stage.id)
        .where(_PLANNED, Stage.at <= now)
        .where(or_(Stage.offered_at.is_(None), Stage.offered_at <= now - OFFER_AGAIN))
        .order_by(Stage.at, Stage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(waiting))
    if ids:
        offered = update(Stage).where(among(session, Stage.id, ids)).values(offered_at=now)
        session.execute(offered.execution_options(synchronize_session=False))
    return ids


def claim_stages(session: Session, stage_ids: Collection[int], now: datetime) -> list[tuple[Stage, Run]]:
    """Take due stages for this transaction: each is done when it commits, and nobody else has it.

    A stage waits while an earlier one of its run is still planned, and while somebody else acts on the run, who
    rings for what is due then: only whoever has the run touches its stages, so nobody waits for another in a ring.
    """
    free = session.scalars(_FREE.where(among(session, Stage.id, stage_ids), Stage.at <= now)).all()
    taken = session.scalars(_TAKE.where(among(session, Stage.id, free))).all()
    rows = session.execute(
        select(Stage, Run)
        .join(Run, Run.id == Stage.run_id)
        .where(among(session, Stage.id, taken))
        .order_by(Stage.at, Stage.id)
        .execution_options(populate_existing=True)
    )
    return [(stage, run) for stage, run in rows]


def due_stages(session: Session, run_ids: Collection[int], now: datetime) -> list[int]:
    """The planned stages of some runs whose moment has come."""
    due = select(Stage.id).where(among(session, Stage.run_id, run_ids), _PLANNED, Stage.at <= now)
    return list(session.scalars(due.order_by(Stage.at, Stage.id)))


def stages_of(session: Session, run_id: int) -> list[Stage]:
    """The stages of a run in the order of their moments."""
    return list(session.scalars(select(Stage).where(Stage.run_id == run_id).order_by(Stage.at, Stage.id)))


def trace(session: Session, run_id: int, at: datetime, step: str, facts: Mapping[str, Any]) -> None:
    """Add one step to a run's story; facts never hold a message's text."""
    session.execute(insert(Trace).values(run_id=run_id, at=at, step=step, facts=dict(facts)))


def story_of(session: Session, run_id: int) -> list[Trace]:
    """The steps of a run, oldest first."""
    return list(session.scalars(select(Trace).where(Trace.run_id == run_id).order_by(Trace.at, Trace.id)))


def end(session: Session, run: Run, reason: Reason, now: datetime, *, state: str = "skipped", **facts: Any) -> None:
    """End a run before its time, with its reason: nothing planned of it will leave."""
    run.state, run.reason, run.ended_at = state, reason, now
    session.execute(update(Stage).where(Stage.run_id == run.id, _PLANNED).values(state="skipped", reason=reason))
    session.execute(
        update(Delivery)
        .where(Delivery.run_id == run.id, Delivery.counts, Delivery.state.in_(UNSENT))
        .values(state="skipped", reason=reason)
    )
    session.flush()
    trace(session, run.id, now, state, {"reason": str(reason), **facts})


def redo(session: Session, run_id: int, name: str, now: datetime, after: timedelta) -> None:
    """Plan a stage that was held once more, `after` its last time at the earliest; one still to come stays."""
    values = {"run_id": run_id, "name": name, "at": now, "state": "planned"}
    made = upsert.insert(session, Stage).values(**values).on_conflict_do_nothing().returning(Stage.id)
    if session.scalars(made).first() is not None:
        return
    held = (Stage.run_id == run_id, Stage.name == name, Stage.state != "planned")
    row = session.scalars(select(Stage).where(*held).with_for_update()).first()
    if row is not None:
        row.state, row.reason, row.offered_at = "planned", None, None
        row.at = max(now, row.at + after)
        row.again += 1
        session.flush()


def subjects(session: Session, community_id: int, since: datetime) -> set[tuple[int, str]]:
    """The messages (place and reference) that runs of a community were about since a moment."""
    kept = (
        select(Run.facts)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .where(PlaybookRow.community_id == community_id, Ritual.kind == "relaunch", Run.made_at >= since)
    )
    return {spot for facts in session.scalars(kept) if (spot := questions.about(facts)) is not None}


def latest(session: Session, ritual_id: int, between: tuple[datetime, datetime] | None = None) -> Run | None:
    """The ritual's latest run, of those due in [from, to) where a window is given."""
    runs = select(Run).where(Run.ritual_id == ritual_id)
    if between is not None:
        runs = runs.where(Run.due_at >= between[0], Run.due_at < between[1])
    return session.scalars(runs.order_by(Run.due_at.desc(), Run.id.desc()).limit(1)).first()


def begun_by(session: Session, run: Run, key: str) -> list[Run]:
    """The runs of that key in the same community that nobody has seen yet, to be changed."""
    community = select(PlaybookRow.community_id).join(Ritual, Ritual.playbook_id == PlaybookRow.id)
    here = community.where(Ritual.id == run.ritual_id).scalar_subquery()
    rows = select(Run).join(Ritual, Ritual.id == Run.ritual_id).join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
    mine = rows.where(PlaybookRow.community_id == here, Run.key == key, Run.state == "made").order_by(Run.id)
    return list(session.scalars(mine.with_for_update(of=Run, key_share=True)))


def recent(session: Session, ritual_ids: Collection[int], since: timedelta, now: datetime) -> list[Run]:
    """The runs of some rituals that members saw and that ended lately, newest first."""
    ended = select(Run).where(Run.ritual_id.in_(set(ritual_ids)), Run.state == "done", Run.due_at >= now - since)
    return list(session.scalars(ended.order_by(Run.due_at.desc(), Run.id.desc())))


def _run_row(run: NewRun, now: datetime) -> dict[str, Any]:
    skipped = run.reason is not None
    return {
        "ritual_id": run.ritual_id,
        "version_id": run.version_id,
        "key": run.key,
        "code": run.code,
        "due_at": run.due_at,
        "made_at": now,
        "state": "skipped" if skipped else "made",
        "reason": run.reason,
        "facts": dict(run.facts),
        "ended_at": now if skipped else None,
        "held_by_hand": run.by_hand,
    }
