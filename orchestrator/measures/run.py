"""The results of one run: how many answered in time, how many later, and who voted what."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from orchestrator.rituals import tally
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.tally import Tally
from orchestrator.store import ballots, rituals, told
from orchestrator.store.tables import Run


def results(session: Session, run: Run) -> dict[str, Any]:
    """`{run, answers, late, members, tally}` of a run, and `more`: further numbers of its kind, once it ended.

    answers: those that count (not by hosts), given before closing; one per member over all platforms, or one
    per question where steps ask several; of a vote, the members whose vote stands.
    late: those that count, given after closing; they are in no recap. members: the people behind `answers`.
    tally: `[{option, votes}]` of a run that put options to the vote, else empty.
    """
    count = votes(session, run)
    if count is not None:
        rows = [{"option": option, "votes": n} for option, n in zip(count.options, count.votes, strict=True)]
        return {"run": run.key, "answers": count.voters, "late": 0, "members": count.voters, "tally": rows}
    answers, late, members = told.tally(session, run)
    more = run.facts.get("result", {}).get("more")
    found = {"run": run.key, "answers": answers, "late": late, "members": members, "tally": []}
    return {**found, "more": more} if more else found


def votes(session: Session, run: Run) -> Tally | None:
    """The count of a run whose kind puts options to the vote (its `ballot`), by the votes that stand now."""
    written = rituals.of_runs(session, [run])[run.id].written
    ballot = getattr(KINDS[written.kind], "ballot", None)
    if ballot is None:
        return None
    stage, options = ballot(written.model)
    return tally.of(options, ballots.of_run(session, run.id), stage)
