"""Named queries over votes: what each handle voted last, and what its member stands for."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import BigInteger, or_, select, type_coerce
from sqlalchemy.orm import Session

from orchestrator.rituals.contract import Vote
from orchestrator.rules.ballot import ANEW, BallotAct, standing
from orchestrator.store.tables import Ballot, Connection, Handle
from orchestrator.store.upsert import insert

WHOLE = -1


def cast(session: Session, run_id: int, stage: str, member_id: int, act: BallotAct, *, counted: bool = True) -> None:
    """Keep an act unless a later one of its handle is known (rules/ballot.is_later, in SQL)."""
    for added in act.options if act.added else (WHOLE,):
        options = (added,) if act.added else tuple(sorted(set(act.options)))
        told = {"member_id": member_id, "options": ",".join(map(str, options)), "at": act.at, "turn": act.turn}
        key = {"run_id": run_id, "stage": stage, "handle_id": act.handle_id, "added": added}
        made = insert(session, Ballot).values(counted=counted, **key, **told)
        after = type_coerce(made.excluded.at, BigInteger) - ANEW // timedelta(microseconds=1)
        later = or_(Ballot.turn < made.excluded.turn, type_coerce(Ballot.at, BigInteger) < after)
        session.execute(made.on_conflict_do_update(index_elements=[*key], set_=told, where=later))


def of_run(session: Session, run_id: int) -> tuple[Vote, ...]:
    """The votes of a run that stand, one a stage and member, in the order they were last changed."""
    rows = session.execute(
        select(Ballot, Connection.platform)
        .join(Handle, Handle.id == Ballot.handle_id)
        .join(Connection, Connection.id == Handle.connection_id)
        .where(Ballot.run_id == run_id)
        .order_by(Ballot.at, Ballot.turn, Ballot.id)
    )
    groups: dict[tuple[str, int], list[tuple[Ballot, str]]] = defaultdict(list)
    for row, platform in rows:
        groups[row.stage, row.member_id].append((row, platform))
    votes = [_vote(stage, member_id, found) for (stage, member_id), found in groups.items()]
    return tuple(sorted((vote for vote in votes if vote.options), key=lambda vote: (vote.at, vote.member_id)))


def _vote(stage: str, member_id: int, found: list[tuple[Ballot, str]]) -> Vote:
    last, platform = found[-1]
    return Vote(
        member_id=member_id,
        stage=stage,
        options=standing(_act(row) for row, _ in found),
        at=last.at,
        platform=platform,
        counted=all(row.counted for row, _ in found),
    )


def _act(row: Ballot) -> BallotAct:
    options = tuple(map(int, row.options.split(","))) if row.options else ()
    return BallotAct(row.handle_id, row.at, row.turn, options, added=row.added != WHOLE)
