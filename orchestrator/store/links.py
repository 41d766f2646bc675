"""Handles that belong to one person: one-time codes, making one member of two, and undoing it.

Everything here but `hand_out` needs the agreement alone (store/sharing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from orchestrator.rules import codes
from orchestrator.store import attribution, follow_ups, members, rebuilt
from orchestrator.store.tables import Handle, LinkCode, Member
from orchestrator.store.upsert import insert

Joined = Literal["linked", "one already", "same platform"]


def hand_out(session: Session, handle_id: int, code: str, until: datetime, now: datetime) -> None:
    """Keep a code's digest for a handle until that moment; its earlier codes, and all that are over, end here."""
    session.execute(delete(LinkCode).where((LinkCode.handle_id == handle_id) | (LinkCode.until <= now)))
    values = {"digest": codes.digest(code), "handle_id": handle_id, "until": until}
    session.execute(insert(session, LinkCode).values(**values).on_conflict_do_nothing())


def take(session: Session, code: str, now: datetime) -> int | None:
    """The handle that a code was given to. It is used up: of two that type it one gets it."""
    live = delete(LinkCode).where(LinkCode.digest == codes.digest(code), LinkCode.until > now)
    return session.scalars(live.returning(LinkCode.handle_id)).first()


def join(session: Session, one_id: int, other_id: int, now: datetime) -> tuple[Joined, int]:
    """Make one member of two of a community; tell how it went, and who is left.

    A host stays, else whoever came first. Silence asked for once is kept. The other's row sleeps, without
    handles and silent, and wakes when they part.
    """
    if one_id == other_id:
        return "one already", one_id
    both = sorted(
        (session.get_one(Member, id_) for id_ in (one_id, other_id)), key=lambda one: (not one.is_host, one.id)
    )
    keep, other = both
    theirs, moving = handles_of(session, keep.id), handles_of(session, other.id)
    if {handle.connection_id for handle in theirs} & {handle.connection_id for handle in moving}:
        return "same platform", keep.id
    for handle in moving:
        handle.home_id, handle.member_id = handle.home_id or other.id, keep.id
    _unite_wishes(keep, other, now)
    session.flush()
    attribution.unite(session, keep.community_id, keep.id, other.id)
    _derive(session, keep.community_id, [keep.id, other.id])
    return "linked", keep.id


def separate(session: Session, member_id: int) -> list[int]:
    """Undo all links of a member: each handle goes home with what it did. Gives who came back to life."""
    linked = [handle for handle in handles_of(session, member_id) if handle.home_id is not None]
    if not linked:
        return []
    member = session.get_one(Member, member_id)
    homes = {handle.id: (handle.connection_id, handle.home_id or 0) for handle in linked}
    back = sorted({home_id for _, home_id in homes.values()})
    for handle in linked:
        handle.member_id, handle.home_id = handle.home_id or member_id, None
    for home in session.scalars(select(Member).where(Member.id.in_(back))):
        home.opted_out_at, home.no_praise_at = member.opted_out_at, member.no_praise_at
        home.nudges_from = member.nudges_from
    session.flush()
    attribution.part(session, member.community_id, member_id, homes)
    _derive(session, member.community_id, [member_id, *back])
    return back


def handles_of(session: Session, member_id: int) -> list[Handle]:
    """A member's handles, oldest first."""
    return list(session.scalars(select(Handle).where(Handle.member_id == member_id).order_by(Handle.id)))


def siblings(session: Session, handle_id: int) -> list[Handle]:
    """A person's handles on one connection: one a community."""
    this = session.get_one(Handle, handle_id)
    same = (Handle.connection_id == this.connection_id, Handle.ref == this.ref)
    return list(session.scalars(select(Handle).where(*same).order_by(Handle.id)))


def pairs(session: Session, handle_id: int, other_id: int) -> list[tuple[Handle, Handle]]:
    """The handles of two people, by the communities in which both have one."""
    others = {other.community_id: other for other in siblings(session, other_id)}
    return [(one, others[one.community_id]) for one in siblings(session, handle_id) if one.community_id in others]


def is_linked(session: Session, member_id: int) -> bool:
    """Has the member a handle that is at home elsewhere?"""
    return any(handle.home_id is not None for handle in handles_of(session, member_id))


def _derive(session: Session, community_id: int, member_ids: list[int]) -> None:
    rebuilt.roll_ups(session, community_id, member_ids)
    members.settle(session, member_ids)
    follow_ups.note(session, member_ids)


def _unite_wishes(keep: Member, other: Member, now: datetime) -> None:
    """The stricter of two wishes stands; a name, a language, a zone is taken over where none was known."""
    keep.opted_out_at = _earlier(keep.opted_out_at, other.opted_out_at)
    keep.no_praise_at = _earlier(keep.no_praise_at, other.no_praise_at)
    keep.nudges_from = max(filter(None, (keep.nudges_from, other.nudges_from)), default=None)
    keep.name, keep.language, keep.zone = (
        keep.name or other.name,
        keep.language or other.language,
        keep.zone or other.zone,
    )
    other.opted_out_at = other.opted_out_at or now


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)
