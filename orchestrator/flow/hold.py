"""Holds a ritual now, because somebody asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import moments
from orchestrator.flow.app import App
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.zone import read_zone
from orchestrator.store import rituals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Run


def hold(app: App, playbook: str, ritual: str, *, rehearsal: bool = False, approval: bool = False) -> int:
    """Make a run of a ritual for this moment and ring for it; give its id. Raises Refused for unknown names.

    Guardrails and approval are obeyed; in a rehearsal neither is asked (with `approval`, that one is), so
    `app` must rehearse every connection. Asked for twice within a second, it is one run.
    """
    now = app.now()
    with app.store.write() as session:
        known = rituals.find(session, f"{playbook}/{ritual}")
        facts = {"unguarded": True} | ({"approval": True} if approval else {}) if rehearsal else {}
        run_id = make(session, known, now, facts)
        stages = runs.due_stages(session, [run_id], now)
    app.ring("prepare", stages)
    return run_id


def make(session: Session, known: Known, now: datetime, facts: Mapping[str, bool]) -> int:
    """Make the run, in the caller's transaction; give its id."""
    written = known.written
    local = now.astimezone(read_zone(known.playbook.timezone)).replace(tzinfo=None)
    kind = KINDS[written.kind]
    asks = not facts or "approval" in facts
    stages = moments.stages(written, now, asked_at=now) if asks else kind.stages(written.model, now)
    new = runs.NewRun(
        ritual_id=known.row.id,
        version_id=known.row.version_id,
        path=known.path,
        key=f"held {local.isoformat(timespec='seconds')}",
        due_at=now,
        stages=[(stage.name, stage.at) for stage in stages],
        facts=facts,
        story=[("held", {"rehearsal": bool(facts)})],
        by_hand=True,
    )
    runs.make(session, [new], now)
    return session.scalars(select(Run.id).where(Run.code == new.code)).one()
