"""What commits leave to be derived: one row each, written with the facts themselves, deleted with what was derived.

So nothing is derived twice or never, whatever came late or twice, and the publishing of a message pays for one
row a commit (docs/decisions/0017-deeds-follow-commits.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from orchestrator.rules.flags import QUESTION
from orchestrator.store.among import among
from orchestrator.store.tables import FollowUp, Standing

Spot: TypeAlias = tuple[int, int]
"""place_id and the number of a message."""

#: Members and messages that one transaction derives from: SQLite takes no longer lists.
MOST = 10_000

#: Kinds of facts up to this one are contributions (store/activity.py).
_LAST_CONTRIBUTION = 4

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[int], list[tuple[int, int]]]).decode


class Left(NamedTuple):
    """A row: whose contributions changed, which messages were spoken under, reacted to, asked or removed."""

    id: int
    members: list[int]
    spots: list[Spot]
    looks: int


def of_facts(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """What facts (store/activity.py) leave to be derived, as the bytes of a row."""
    members = {row[4] for row in rows if row[2] <= _LAST_CONTRIBUTION}
    spots = {row[:2] for row in rows if row[7] or row[8] or row[2] > _LAST_CONTRIBUTION or row[10] & QUESTION}
    return _encode((list(members), list(spots)))


def note(
    session: Session,
    members: Collection[int] = (),
    spots: Collection[Spot] = (),
    not_before: datetime | None = None,
    looks: int = 0,
) -> None:
    """Leave these to be derived anew: members whose contributions changed hands, messages to be looked at.

    What such members' standings told is forgotten at once: until they are derived again, their days are counted.
    """
    if members:
        session.execute(delete(Standing).where(among(session, Standing.member_id, members)))
    body = _encode((list(members), list(spots)))
    session.execute(insert(FollowUp).values(body=body, not_before=not_before, looks=looks))


def waiting(session: Session, now: datetime, limit: int, most: int = MOST) -> list[Left]:
    """The oldest rows that may be looked at now: one, and as many more as name `most` members and messages."""
    query = (
        select(FollowUp.id, FollowUp.body, FollowUp.looks)
        .where(or_(FollowUp.not_before.is_(None), FollowUp.not_before <= now))
        .order_by(FollowUp.id)
        .limit(limit)
    )
    found: list[Left] = []
    for row_id, body, looks in session.execute(query):
        row = Left(row_id, *_decode(body), looks)
        most -= len(row.members) + len(row.spots)
        if found and most < 0:
            break
        found.append(row)
    return found


def done(session: Session, ids: Sequence[int]) -> None:
    """Delete rows whose derivation is in this transaction."""
    if ids:
        session.execute(delete(FollowUp).where(among(session, FollowUp.id, ids)))


def members_waiting(session: Session) -> set[int]:
    """The members whose contributions changed since their standings were derived."""
    bodies = session.scalars(select(FollowUp.body))
    return {member_id for body in bodies for member_id in _decode(body)[0]}
