"""End an open run now instead of at its moment: the rest of its stages follow at once."""

from __future__ import annotations

from sqlalchemy import select, update

from orchestrator.errors import Refused
from orchestrator.flow.app import App
from orchestrator.store import runs
from orchestrator.store.tables import PlaybookRow, Ritual, Run, Stage


def close_now(app: App, playbook: str, ritual: str) -> None:
    """Bring the latest open run of a ritual to its close. Raises Refused when none is open."""
    now = app.now()
    with app.store.write() as session:
        found = (
            select(Run)
            .join(Ritual, Ritual.id == Run.ritual_id)
            .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
            .where(PlaybookRow.name == playbook, Ritual.name == ritual, Run.state == "open")
            .order_by(Run.id.desc())
        )
        run = session.scalars(found.limit(1)).one_or_none()
        if run is None:
            raise Refused(f"{playbook}/{ritual} is not open", "hold it first")
        run.closes_at = now
        session.execute(update(Stage).where(Stage.run_id == run.id, Stage.state == "planned").values(at=now))
        runs.trace(session, run.id, now, "brought forward", {})
        stages = runs.due_stages(session, [run.id], now)
    app.ring("prepare", stages)
