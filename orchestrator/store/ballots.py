"""Named queries over votes: one a member and stage, the latest of all that they cast anywhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from orchestrator.rituals.contract import Vote
from orchestrator.store.tables import Ballot, Connection, Handle
from orchestrator.store.upsert import insert


def cast(
    session: Session,
    *,
    run_id: int,
    stage: str,
    member_id: int,
    handle_id: int,
    options: tuple[int, ...],
    at: datetime,
    turn: int,
    counted: bool,
) -> None:
    """Keep a vote unless a later one of this member is known; no option: it is taken back."""
    told = {"handle_id": handle_id, "options": ",".join(map(str, sorted(set(options)))), "at": at, "turn": turn}
    made = insert(session, Ballot).values(run_id=run_id, stage=stage, member_id=member_id, counted=counted, **told)
    later = or_(Ballot.at < made.excluded.at, (Ballot.at == made.excluded.at) & (Ballot.turn < made.excluded.turn))
    session.execute(made.on_conflict_do_update(index_elements=["run_id", "stage", "member_id"], set_=told, where=later))


def of_run(session: Session, run_id: int) -> tuple[Vote, ...]:
    """The votes of a run, without those taken back, in the order they were cast."""
    rows = session.execute(
        select(Ballot, Connection.platform)
        .join(Handle, Handle.id == Ballot.handle_id)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Ballot.run_id == run_id, Ballot.options != "")
        .order_by(Ballot.at, Ballot.turn, Ballot.id)
    )
    return tuple(
        Vote(
            member_id=row.member_id,
            stage=row.stage,
            options=tuple(map(int, row.options.split(","))),
            at=row.at,
            platform=platform,
            counted=row.counted,
        )
        for row, platform in rows
    )
