"""Named queries over votes: what each handle voted last, and what its member stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Executable, bindparam, or_, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from orchestrator.rituals.contract import Vote
from orchestrator.rules.ballot import ANEW, BallotAct, standing
from orchestrator.store.tables import Ballot, Connection, Handle

WHOLE = -1
KEY = ("run_id", "stage", "handle_id", "added")
TOLD = ("member_id", "options", "at", "turn")
INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def cast(session: Session, run_id: int, stage: str, member_id: int, act: BallotAct, *, counted: bool = True) -> None:
    """Keep an act unless a later one of its handle is known (rules/ballot.is_later, in SQL)."""
    base = {"run_id": run_id, "stage": stage, "handle_id": act.handle_id, "member_id": member_id, "counted": counted}
    for added in act.options if act.added else (WHOLE,):
        options = (added,) if act.added else tuple(sorted(set(act.options)))
        told = {"added": added, "options": ",".join(map(str, options)), "at": act.at, "turn": act.turn}
        session.execute(_cast(session.get_bind().dialect.name), {**base, **told})


@lru_cache(maxsize=2)  # hundreds vote at once, and building it takes as long as running it
def _cast(dialect: str) -> Executable:
    insert = INSERTS[dialect]
    made = insert(Ballot.__table__).values({name: bindparam(name) for name in (*KEY, *TOLD, "counted")})
    new, old = made.excluded, Ballot.__table__.c
    after = type_coerce(new.at, BigInteger) - ANEW // timedelta(microseconds=1)
    later = or_(old.turn < new.turn, type_coerce(old.at, BigInteger) < after)
    changed = {name: new[name] for name in TOLD}
    kept: Executable = made.on_conflict_do_update(index_elements=list(KEY), set_=changed, where=later)
    return kept


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
