"""Tells hosts, in their playbook's language, what became of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.flow.app import App
from orchestrator.flow.decisions import spoken
from orchestrator.render.renderer import readable
from orchestrator.store import posted, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Place, Run


def told(app: App, session: Session, known: Known, run: Run | None) -> str:
    """One sentence about a run, or about the next moment of a ritual that had none."""
    steps = runs.story_of(session, run.id) if run is not None else []
    last: dict[str, Any] = next((step.facts for step in reversed(steps) if run and step.step == run.state), {})
    waits = next((step.facts for step in reversed(steps) if step.step == "waits"), {})
    values = {
        "ritual": readable(known.row.name),
        "when": run.due_at if run is not None else known.row.next_due_at or "",
        "outcome": run.state if run is not None else "",
        "reason": (run.reason if run is not None else None) or "",
        "by": spoken(app.render, str(last.get("by", "")), known.playbook),
        "places": _places(session, run),
        "until": datetime.fromisoformat(waits["until"]) if "until" in waits else "",
    }
    return str(app.render.text("hosts/why", known.playbook, values))


def _places(session: Session, run: Run | None) -> list[str]:
    """The titles of the places that have a post of the run."""
    if run is None:
        return []
    ids = dict.fromkeys(post.place_id for post in posted.of_run(session, run.id) if post.place_id is not None)
    places = (session.get_one(Place, place_id) for place_id in ids)
    return list(dict.fromkeys(place.title or place.ref for place in places))
