"""Named queries over members' parts in runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.rituals import contract
from orchestrator.rules.names import first_name
from orchestrator.store.among import among
from orchestrator.store.attempts import LEFT
from orchestrator.store.runs import UNSENT
from orchestrator.store.tables import Delivery, Handle, Member, MemberTotal, Part, Run
from orchestrator.store.upsert import insert


def of_run(session: Session, run_id: int) -> tuple[contract.Part, ...]:
    """The parts of a run as a kind may use them, oldest first; who asked for silence has no name."""
    rows = session.execute(
        select(Part, Member, MemberTotal.last_at)
        .join(Member, Member.id == Part.member_id)
        .outerjoin(MemberTotal, MemberTotal.member_id == Part.member_id)
        .where(Part.run_id == run_id)
        .order_by(Part.id)
    )
    return tuple(
        contract.Part(
            member_id=part.member_id,
            role=part.role,
            state=part.state,
            at=part.at,
            facts=part.facts,
            first_name="" if member.opted_out_at else first_name(member.name),
            active_at=active_at,
            silent=member.opted_out_at is not None,
        )
        for part, member, active_at in rows
    )


def play(
    session: Session, run_id: int, member_id: int, role: str, state: str, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Give a member a part, or move it on; tells whether it is another state than before. The run is locked."""
    known = (Part.run_id == run_id, Part.member_id == member_id, Part.role == role)
    row = session.scalars(select(Part).where(*known)).first()
    if row is None:
        values = {"run_id": run_id, "member_id": member_id, "role": role, "state": state, "at": now}
        made = insert(session, Part).values(**values, facts=dict(facts)).on_conflict_do_nothing()
        return session.execute(made).rowcount == 1  # type: ignore[attr-defined, no-any-return]
    moved = row.state != state
    if moved:
        row.state, row.at = state, now
    row.facts = {**row.facts, **facts}
    session.flush()
    return moved


def earlier(
    session: Session, ritual_id: int, since: datetime, member_ids: Collection[int]
) -> dict[int, list[contract.Part]]:
    """The parts that members had in this ritual's runs since a moment, by member, oldest first.

    What waits to be posted, or to be sent to them, counts from the moment of the part.
    """
    theirs = (Handle.member_id == Part.member_id, Delivery.run_id == Part.run_id, Delivery.counts)
    letters = select(func.min(func.coalesce(Delivery.sent_at, Part.at))).join(Handle, Handle.id == Delivery.handle_id)
    reached = letters.where(*theirs, Delivery.state.in_((*UNSENT, *LEFT)))
    rows = (
        select(Part, Run.opened_at, Run.state, reached.correlate(Part).scalar_subquery())
        .join(Run, Run.id == Part.run_id)
        .where(Run.ritual_id == ritual_id, Part.at >= since, among(session, Part.member_id, member_ids))
        .order_by(Part.at, Part.id)
    )
    found: dict[int, list[contract.Part]] = {}
    for row, opened_at, state, written_at in session.execute(rows):
        opened_at = row.at if state == "made" else opened_at
        told = (row.member_id, row.role, row.state, row.at, row.facts)
        one = contract.Part(*told, opened_at=opened_at, written_at=written_at)
        found.setdefault(row.member_id, []).append(one)
    return found
