"""Does what a ritual's kind asked for: parts, votes, badges, stages held again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import begin
from orchestrator.rituals.contract import Cast, Effect, End, Give, Note, Play, Redo
from orchestrator.rules.ballot import BallotAct
from orchestrator.rules.reasons import Reason
from orchestrator.store import ballots, parts, runs
from orchestrator.store.members import Speaker
from orchestrator.store.tables import Badge, Run
from orchestrator.store.upsert import insert


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose act asked for the effects, at which stage, when; `turn` tells the order of acts of one moment."""

    speaker: Speaker
    stage: str
    at: datetime
    turn: int = 0


def lock(session: Session, run: Run) -> None:
    """Let whoever else acts on this run wait for the end of the transaction, and read it as it is now.

    Who works on a run locks it before its stages and deliveries, as `runs.claim_stages` does: two who met in
    another order would wait for one another.
    """
    row = select(Run).where(Run.id == run.id).with_for_update(key_share=True)
    session.execute(row.execution_options(populate_existing=True))


def do(session: Session, run: Run, effects: Sequence[Effect], now: datetime, actor: Actor | None = None) -> None:
    """Write down what these effects change.

    Left to the caller are those that say something to somebody, and what a member asks for themselves (flow/wishes.py).
    """
    for effect in effects:
        if isinstance(effect, Play):
            _play(session, run, effect, now)
        elif isinstance(effect, Redo):
            runs.redo(session, run.id, effect.stage, now, effect.after)
        elif isinstance(effect, Note):
            run.facts = {**run.facts, **effect.facts}
        elif isinstance(effect, End):
            runs.end(session, run, Reason.NOBODY, now, what=effect.what)
        elif isinstance(effect, Give):
            give(session, run, effect.badge, effect.member_ids or ((actor.speaker.member_id,) if actor else ()), now)
        elif actor is not None and isinstance(effect, Cast):
            _cast(session, run, effect, actor)


def give(session: Session, run: Run, badge: str, member_ids: Sequence[int], now: datetime) -> None:
    """Give a badge; one that a member has already stays as it was."""
    rows = [{"member_id": one, "name": badge, "earned_at": now, "run_id": run.id} for one in member_ids]
    new = [one for row in rows if (one := _given(session, row)) is not None]
    if new:
        begin.earned(session, run, badge, new, now)


def _given(session: Session, row: dict[str, Any]) -> int | None:
    """The member who has the badge now and had it not before."""
    made = insert(session, Badge).values(**row).on_conflict_do_nothing().returning(Badge.member_id)
    return session.scalars(made).first()


def _play(session: Session, run: Run, effect: Play, now: datetime) -> None:
    if parts.play(session, run.id, effect.member_id, effect.role, effect.state, effect.facts, now):
        told = {"role": effect.role, "state": effect.state, "member_id": effect.member_id}
        runs.trace(session, run.id, now, "part", told)


def _cast(session: Session, run: Run, effect: Cast, actor: Actor) -> None:
    speaker = actor.speaker
    act = BallotAct(speaker.handle_id, actor.at, actor.turn, effect.options, added=effect.added)
    counted = effect.counted and not speaker.is_host
    ballots.cast(session, run.id, actor.stage, speaker.member_id, act, counted=counted)
