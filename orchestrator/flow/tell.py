"""Tells what became of a delivery: in its run's story, and to the hosts where they must decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.flow.app import App
from orchestrator.ports import Post
from orchestrator.store import communities, deliveries, rituals, runs
from orchestrator.store.tables import Delivery, Place, Run

#: The stage under which a doubt is told to the hosts.
UNSURE = "unsure"


def story(session: Session, row: Delivery, now: datetime, step: str, **facts: Any) -> None:
    """Add a step to the story of the delivery's run; facts never hold a message's text."""
    if row.run_id is not None:
        runs.trace(session, row.run_id, now, step, {"stage": row.stage, "target": row.target, **facts})


def hosts(app: App, session: Session, row: Delivery, now: datetime) -> None:
    """Ask the hosts, in their space, whether a post arrived; without such a space the story says it alone."""
    run = session.get(Run, row.run_id) if row.run_id is not None else None
    if run is None or row.stage == UNSURE:
        return
    known = rituals.of_runs(session, [run])[run.id]
    host_space = known.playbook.hosts.space if known.playbook.hosts else None
    if host_space is None:
        return
    place = session.get(Place, row.place_id)
    values = {"ritual": known.row.name, "when": run.due_at, "place": place.title or place.ref if place else ""}
    try:
        text = app.render.text("hosts/unsure", known.playbook, values)
    except Refused as refused:
        story(session, row, now, "not told", what=refused.what, mend=refused.mend)
        return
    for here in communities.places_of(session, known.community.id, [host_space]):
        deliveries.plan(
            session,
            run=run,
            stage=UNSURE,
            target=f"place:{here.place.id}:{row.id}",
            body=Post(str(text)),
            not_before=now,
            place=here.place,
            counts=False,
        )
