"""Stops a ritual that nobody answers, and asks the hosts what to change: admission skips it until they resume it."""

from __future__ import annotations

from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.host_note import Note, note
from orchestrator.render.renderer import readable
from orchestrator.store import guardrails


def stop(batch: Batch, work: Work) -> None:
    """Look at the ritual of a run that is done; where `stop_after` is reached the hosts are asked, once a stop."""
    row, stop_after = work.known.row, work.known.playbook.pace.stop_after
    in_a_row = guardrails.unanswered(batch.session, [row.id], stop_after).get(row.id, 0)
    if in_a_row < stop_after:
        return
    batch.story.tell(work.run.id, "stops", unanswered=in_a_row)
    since = row.resumed_at.isoformat() if row.resumed_at else ""
    about = {"ritual": readable(row.name), "runs": in_a_row}
    asks = Note("hosts/unanswered", about, once=f"unanswered|{work.known.path}|{since}")
    batch.connections |= note(batch.app, batch.session, work.known, asks)
