"""Takes one person out of every table, and leaves the counts: their rows stay as those of a number.

`ask` and `is_asked` may be called by anybody; all else needs the agreement alone (store/sharing.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import Post
from orchestrator.rules.reasons import Reason
from orchestrator.rules.traces import numbers_only
from orchestrator.store import deliveries, follow_ups, inbound, sharing, tombstones
from orchestrator.store.activity import REACTED
from orchestrator.store.tables import (
    Activity,
    Answer,
    Badge,
    Base,
    Connection,
    Delivery,
    Errand,
    Expected,
    Farewell,
    Handle,
    Idea,
    Inbox,
    LinkCode,
    Member,
    MemberTopic,
    Part,
    Place,
    Question,
    Rate,
    RehearsalAct,
    RehearsalMessage,
    RehearsalPerson,
    RehearsalReaction,
    RehearsalVote,
    Space,
)
from orchestrator.store.upsert import insert

#: What a delivery to somebody who was erased holds.
NOTHING = deliveries.encode(Post(""))

#: States in which something may still leave, or its outcome come in.
OPEN = ("planned", "held", "due", "sending", "unknown")


def ask(session: Session, member_ids: Collection[int], event_key: str, now: datetime) -> None:
    """Remember that these members were asked whether they want to be forgotten."""
    for member_id in member_ids:
        values = {"code": event_key, "event_key": event_key, "asked_at": now}
        made = insert(session, Farewell).values(member_id=member_id, **values)
        session.execute(made.on_conflict_do_update(index_elements=["member_id"], set_=values))


def is_asked(
    session: Session, member_ids: Collection[int], since: datetime, *, code: str | None = None, other_than: str = ""
) -> bool:
    """Was one of them asked since then: with that button's code, or by another act than this one?"""
    asked = select(Farewell.member_id).where(Farewell.member_id.in_(member_ids), Farewell.asked_at >= since)
    asked = asked.where(Farewell.code == code) if code is not None else asked.where(Farewell.event_key != other_than)
    return session.scalars(asked.limit(1)).first() is not None


def everything_of(session: Session, handle_id: int) -> list[Handle]:
    """Every handle of a person: in other communities on the same connection, and all that were linked."""
    found: dict[int, Handle] = {}
    new = [session.get_one(Handle, handle_id)]
    while new:
        found |= {handle.id: handle for handle in new}
        theirs = {one for handle in new for one in (handle.member_id, handle.home_id) if one is not None}
        same = [and_(Handle.connection_id == one.connection_id, Handle.ref == one.ref) for one in new]
        near = select(Handle).where(or_(Handle.member_id.in_(theirs), *same), Handle.id.not_in(found))
        new = list(session.scalars(near.order_by(Handle.id)))
    return [found[one] for one in sorted(found)]


def members_of(handles: Collection[Handle]) -> list[int]:
    """The members behind these handles, those that sleep since a link too."""
    return sorted({one for handle in handles for one in (handle.member_id, handle.home_id) if one is not None})


def erase(session: Session, handles: Sequence[Handle], now: datetime, at: datetime) -> None:
    """Take a person out: `at` is the last moment of theirs that may still be told. Their mentions come before."""
    ids, handle_ids = members_of(handles), [handle.id for handle in handles]
    key = sharing.key_of_tombstones(session)
    people = {(handle.connection_id, handle.ref) for handle in handles}
    tombstones.bury(session, key, people, max(now, at))
    _forget_inbox(session, people)
    _stop_deliveries(session, handle_ids)
    _empty(session, ids, handle_ids)
    _drop_reactions(session, ids)
    for connection_id, ref in people:
        chat = Rate.scope.endswith(f":{ref}", autoescape=True) | Rate.scope.contains(f":{ref}#", autoescape=True)
        _write(session, delete(Rate).where(Rate.connection_id == connection_id, chat))
        _forget_rehearsal(session, connection_id, ref)
    _become_numbers(session, ids, handles, now)


def _empty(session: Session, ids: list[int], handle_ids: list[int]) -> None:
    """What they wrote and got goes; that they answered, voted or had a part stays counted."""
    answers = update(Answer).where(or_(Answer.member_id.in_(ids), Answer.handle_id.in_(handle_ids)))
    _write(session, answers.values(text="", message_ref=None, named=False))
    questions = update(Question).where(Question.member_id.in_(ids))
    _write(session, questions.values(text=None, message_ref="", topics=[]))
    for part in session.scalars(select(Part).where(Part.member_id.in_(ids))):
        part.facts = numbers_only(part.facts)
    gone: list[tuple[type[Base], ColumnElement[bool]]] = [
        (Idea, or_(Idea.member_id.in_(ids), Idea.handle_id.in_(handle_ids))),
        (Badge, or_(Badge.member_id.in_(ids), Badge.home_id.in_(ids))),
        (MemberTopic, MemberTopic.member_id.in_(ids)),
        (Farewell, Farewell.member_id.in_(ids)),
        (Expected, Expected.handle_id.in_(handle_ids)),
        (LinkCode, LinkCode.handle_id.in_(handle_ids)),
        (Errand, or_(Errand.handle_id.in_(handle_ids), Errand.other_id.in_(handle_ids))),
    ]
    for table, where in gone:
        _write(session, delete(table).where(where))


def _stop_deliveries(session: Session, handle_ids: list[int]) -> None:
    """Nothing more leaves for them, what is on its way tells nobody how it went, and no text or chat is left."""
    theirs = Delivery.handle_id.in_(handle_ids)
    ended = {"state": "skipped", "reason": Reason.OPTED_OUT, "lease_until": None, "token": Delivery.token + 1}
    _write(session, update(Delivery).where(theirs, Delivery.state.in_(OPEN)).values(**ended))
    nothing = {"body": NOTHING, "digest": "", "detail": None, "message_ref": None, "sent_place_ref": None}
    _write(session, update(Delivery).where(theirs).values(**nothing))


def _drop_reactions(session: Session, ids: list[int]) -> None:
    """The mark of a reaction is a hash of who reacted: it becomes any number."""
    communities = select(Member.community_id).where(Member.id.in_(ids))
    places = select(Place.id).join(Space, Space.id == Place.space_id).where(Space.community_id.in_(communities))
    mine = (Activity.place_id.in_(places), Activity.member_id.in_(ids), Activity.kind == REACTED)
    for place_id, ref, mark in session.execute(
        select(Activity.place_id, Activity.ref, Activity.mark).where(*mine)
    ).all():
        key = (Activity.place_id == place_id, Activity.ref == ref, Activity.kind == REACTED, Activity.mark == mark)
        _write(session, update(Activity).where(*key).values(mark=secrets.randbits(62)))


def _become_numbers(session: Session, ids: list[int], handles: Sequence[Handle], now: datetime) -> None:
    for handle in handles:
        handle.ref, handle.name, handle.direct_ref = f"erased:{handle.id}", "", None
    for member in session.scalars(select(Member).where(Member.id.in_(ids))):
        member.name, member.language, member.zone = "", None, None
        member.opted_out_at = member.erased_at = now
        member.no_praise_at = member.nudges_from = None
    session.flush()
    follow_ups.note(session, members=ids)


def _forget_inbox(session: Session, people: Collection[tombstones.Who]) -> None:
    """What they did and nobody has applied yet. Nobody applies anything meanwhile."""
    rows = select(Inbox.id, Inbox.connection_id, Inbox.body).where(Inbox.connection_id.in_({one for one, _ in people}))
    gone = [
        row_id
        for row_id, connection_id, body in session.execute(rows)
        if (connection_id, inbound.decode(body).member_ref) in people
    ]
    inbound.forget(session, gone)


def _forget_rehearsal(session: Session, connection_id: int, ref: str) -> None:
    """The ledger of a rehearsed platform is ours too."""
    name = session.get_one(Connection, connection_id).name
    chat = RehearsalMessage.place_ref.in_((f"direct:{ref}", ref))
    theirs = (RehearsalMessage.connection == name, or_(RehearsalMessage.author_ref == ref, chat))
    ids = select(RehearsalMessage.id).where(*theirs)
    for table in (RehearsalReaction, RehearsalVote):
        of_messages = select(RehearsalMessage.id).where(RehearsalMessage.connection == name)
        mine = and_(table.author_ref == ref, table.message_id.in_(of_messages))
        _write(session, delete(table).where(or_(mine, table.message_id.in_(ids))))
    _write(session, delete(RehearsalMessage).where(*theirs))
    _write(session, delete(RehearsalPerson).where(RehearsalPerson.connection == name, RehearsalPerson.ref == ref))
    acts = select(RehearsalAct).where(RehearsalAct.connection == name)
    for act in session.scalars(acts):
        if f'"{ref}"'.encode() in act.body:
            session.delete(act)


def _write(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
