"""Whose each row is: moves what was done by some handles from one member to another, so that it can be undone.

Three ways tell whose a row is once handles were linked: the handle it came by; the member it was first made for
(`home_id`); the connection of its place, for a member has one handle a connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Exists, Select, Update, exists, select, update
from sqlalchemy.orm import Session, aliased

from orchestrator.rules.answer import better
from orchestrator.store import answers
from orchestrator.store.activity import DIRECT, FORM, VOTED
from orchestrator.store.tables import (
    Activity,
    Answer,
    Badge,
    Ballot,
    Deed,
    Idea,
    Member,
    MemberTopic,
    Part,
    Place,
    Presence,
    Question,
    Reply,
    Space,
)

#: Facts whose mark is the member: the same fact, told again, finds its row by it.
MARKED = (FORM, DIRECT, VOTED)

#: What comes by a handle, and may come from several of one member.
BY_HANDLE: tuple[type[Any], ...] = (Ballot, Idea)

#: What was made for a member; only one may be with the same of these columns.
BY_HOME: Mapping[type[Any], tuple[str, ...]] = {Part: ("run_id", "role"), Badge: ("name",)}

#: What was done in a place, and is told apart by these columns beside the member.
BY_PLACE: Mapping[type[Any], tuple[str, ...]] = {
    Presence: ("place_id",),
    Reply: ("place_id", "ref"),
    Deed: ("place_id", "root_ref", "kind"),
    MemberTopic: ("topic", "place_id", "ref"),
    Question: ("place_id", "ref"),
}

Homes = Mapping[int, tuple[int, int]]
"""handle id → (connection_id, the member it is at home with)."""


def unite(session: Session, community_id: int, keep_id: int, other_id: int) -> None:
    """Give all that is `other`'s to `keep`. What both have stays with each; of two answers of one, one counts."""
    _unite_answers(session, keep_id, other_id)
    for table in BY_HANDLE:
        _write(session, update(table).where(table.member_id == other_id).values(member_id=keep_id))
    for table, key in BY_HOME.items():
        theirs = update(table).where(table.member_id == other_id)
        _write(session, theirs.where(table.home_id.is_(None)).values(home_id=other_id))
        _write(session, theirs.where(~_taken(table, key, keep_id)).values(member_id=keep_id))
    _move_places(session, _places(community_id), other_id, keep_id)


def part(session: Session, community_id: int, from_id: int, homes: Homes) -> None:
    """Give each home again what its handles did, and what it had, while they were linked to one member."""
    _part_answers(session, from_id, homes)
    for handle_id, (connection_id, home_id) in homes.items():
        for table in BY_HANDLE:
            _write(session, update(table).where(table.handle_id == handle_id).values(member_id=home_id))
        for table in BY_HOME:
            at_home = update(table).where(table.home_id == home_id)
            _write(session, at_home.values(member_id=home_id, home_id=None))
        _move_places(session, _places(community_id, connection_id), from_id, home_id)


# --- answers: one a run, stage and member; of two the better one counts ----------------------------


def _unite_answers(session: Session, keep_id: int, other_id: int) -> None:
    kept = {(row.run_id, row.stage): row for row in _answers(session, [keep_id])}
    moves: list[tuple[Answer, int]] = []
    for row in _answers(session, [other_id]):
        rival = kept.get((row.run_id, row.stage))
        best = row
        if rival is not None:
            best, second = _in_order(rival, row)
            second.counted = False  # it sleeps with `other`, whose handles are gone, until they part
            moves.append((second, other_id))
        moves.append((best, keep_id))
    _give(session, moves)


def _part_answers(session: Session, from_id: int, homes: Homes) -> None:
    asleep = {home_id for _, home_id in homes.values()}
    hosts = set(session.scalars(select(Member.id).where(Member.id.in_({from_id, *asleep}), Member.is_host)))
    best: dict[tuple[int, str, int], Answer] = {}
    for row in _answers(session, {from_id, *asleep}):
        owner = homes[row.handle_id][1] if row.handle_id in homes else from_id
        if row.member_id in asleep:
            row.counted = owner not in hosts
        key = row.run_id, row.stage, owner
        if key in best:  # while they were one, this handle answered for both
            best[key], second = _in_order(best[key], row)
            session.delete(second)
        else:
            best[key] = row
    session.flush()
    _give(session, [(row, owner) for (_, _, owner), row in best.items()])


def _answers(session: Session, member_ids: Collection[int]) -> list[Answer]:
    theirs = select(Answer).where(Answer.member_id.in_(member_ids)).order_by(Answer.id).with_for_update()
    return list(session.scalars(theirs.execution_options(populate_existing=True)))


def _in_order(one: Answer, other: Answer) -> tuple[Answer, Answer]:
    """The one that counts, and the one that does not."""
    first = better(answers.act_of(one), answers.act_of(other))
    is_other = (first.message_ref, first.place_id, first.handle_id) == (
        other.message_ref,
        other.place_id,
        other.handle_id,
    )
    return (other, one) if is_other else (one, other)


def _give(session: Session, moves: Iterable[tuple[Answer, int]]) -> None:
    """Change members, on the way through stages that nobody else has: two rows may change places."""
    changed = [(row, member_id, row.stage) for row, member_id in moves if row.member_id != member_id]
    for row, _, _ in changed:
        row.stage = f"~{row.id}"
    session.flush()
    for row, member_id, _ in changed:
        row.member_id = member_id
    session.flush()
    for row, _, stage in changed:
        row.stage = stage
    session.flush()


# --- what was done in places -----------------------------------------------------------------------


def _places(community_id: int, connection_id: int | None = None) -> Select[int]:
    places = select(Place.id).join(Space, Space.id == Place.space_id).where(Space.community_id == community_id)
    return places if connection_id is None else places.where(Place.connection_id == connection_id)


def _move_places(session: Session, places: Select[int], from_id: int, to_id: int) -> None:
    for table, key in BY_PLACE.items():
        theirs = (table.member_id == from_id, table.place_id.in_(places))
        _write(session, update(table).where(*theirs, ~_taken(table, key, to_id)).values(member_id=to_id))
    _move_activity(session, places, from_id, to_id)


def _taken(table: type[Any], key: Iterable[str], by_id: int) -> Exists:
    """Has this member the same already?"""
    taken = aliased(table)
    return exists().where(taken.member_id == by_id, *(getattr(taken, one) == getattr(table, one) for one in key))


def _move_activity(session: Session, places: Select[int], from_id: int, to_id: int) -> None:
    """One look at all that was done in these places: activity has no index by member."""
    theirs = (Activity.place_id.in_(places), Activity.member_id == from_id)
    _write(session, update(Activity).where(*theirs).values(member_id=to_id))
    taken = aliased(Activity)
    same = (taken.place_id == Activity.place_id, taken.ref == Activity.ref, taken.kind == Activity.kind)
    marked = (Activity.place_id.in_(places), Activity.kind.in_(MARKED), Activity.mark == from_id)
    free = ~exists().where(*same, taken.mark == to_id)
    _write(session, update(Activity).where(*marked, Activity.member_id == to_id, free).values(mark=to_id))


def _write(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
