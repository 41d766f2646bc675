"""Begins the rituals that wait for something members do: here, for a member to join."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.flow import moments
from orchestrator.rules.reasons import Reason
from orchestrator.store import communities, rituals, runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Member, Place, Run, Space

#: So long a platform has to tell a newcomer's name before they are greeted without it.
NAME_WITHIN = timedelta(seconds=3)


def joined(session: Session, member_id: int, place_id: int, now: datetime) -> list[int]:
    """Make a run of each ritual that waits for this member to join here; give the ids of stages due now.

    One run per member and ritual, whichever of its places they join first; whoever was there at the first
    apply, and every host, never counts.
    """
    member = session.get_one(Member, member_id)
    space = session.get_one(Space, session.get_one(Place, place_id).space_id)
    if member.is_host:
        return []
    waiting = [known for known in rituals.live(session, member.community_id) if _waits_for(known, space.name)]
    facts = {"member_id": member_id, "place_id": place_id}
    key = f"{moments.JOINED}{member_id}"
    at = now if member.name else now + NAME_WITHIN
    new = [_run(known, key, facts, at) for known in waiting if not _was_there(session, known, member_id)]
    return runs.due_stages(session, runs.make(session, new, now).values(), now)


def earned(session: Session, run: Run, badge: str, member_ids: Sequence[int], now: datetime) -> None:
    """Make a run of each ritual that waits for a badge, for each member who has just earned this one in a run."""
    community_id = rituals.of_runs(session, [run])[run.id].community.id
    waiting = [
        known
        for known in rituals.live(session, community_id)
        if any(happening.kind == "badge earned" for happening in moments.happenings(known.written))
    ]
    facts: list[dict[str, Any]] = [{"member_id": member_id, "badge": badge} for member_id in member_ids]
    keyed = [(moments.earned(one["member_id"], run.id, badge), one) for one in facts]
    runs.make(session, [_run(known, key, one, now) for known in waiting for key, one in keyed], now)


def _waits_for(known: Known, space: str) -> bool:
    return space in known.written.where and any(
        happening.kind == "member joins" and happening.space in (None, space)
        for happening in moments.happenings(known.written)
    )


def _was_there(session: Session, known: Known, member_id: int) -> bool:
    places = communities.places_of(session, known.community.id, known.written.where)
    return communities.was_there(session, member_id, [one.place.id for one in places])


def run_of(
    known: Known, key: str, facts: dict[str, Any], at: datetime, story: tuple[str, dict[str, Any]]
) -> runs.NewRun:
    """The run that something that happened begins; of a paused ritual, one that says so."""
    reason = Reason.PAUSED if known.is_paused else None
    stages = () if reason else moments.stages(known.written, at, asked_at=at)
    return runs.NewRun(
        ritual_id=known.row.id,
        version_id=known.row.version_id,
        path=known.path,
        key=key,
        due_at=at,
        stages=[(stage.name, stage.at) for stage in stages],
        reason=reason,
        facts=facts,
        story=[story, *([("skipped", {"reason": str(reason)})] if reason else [])],
    )


def _run(known: Known, key: str, facts: dict[str, Any], at: datetime) -> runs.NewRun:
    """The run that a member's doing begins."""
    return run_of(known, key, facts, at, (key.partition(":")[0], {"member_id": facts["member_id"]}))
