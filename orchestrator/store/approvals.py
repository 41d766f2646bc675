"""Queries about approvals: who was asked for what, until when, and what they decided."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, or_, select, update
from sqlalchemy.orm import Session

from orchestrator.store.runs import digest16
from orchestrator.store.tables import Approval, Delivery, Member, Part, Run, to_us
from orchestrator.store.upsert import insert

#: A part that a host may take out before anything is sent, and one that a host took out.
PROPOSED, REFUSED = "proposed", "refused"

#: The target of a delivery to a member begins so; their id follows.
MEMBER = "member:"


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when a decision counts, whom it leaves out, whose words it is about, and which post asks for it.

    asked_as: the posts of an earlier request that ask for this one as well; "": it gets its own. editors: members
    whose next reply to those posts is the new text.
    """

    until: datetime
    left_out: tuple[int, ...] = ()
    edited_by: str | None = None
    asked_as: str = ""
    editors: tuple[int, ...] = ()


def digest(posts: Iterable[Delivery]) -> str:
    """What a decision binds to: every text and its target, in a steady order."""
    parts = sorted(f"{post.stage}|{post.target}|{post.digest}" for post in posts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ask(session: Session, run: Run, stage: str, now: datetime, terms: Terms) -> Approval:
    """The request for the very texts that are held; one that was voided is open again when what voided it is undone."""
    bound_to = digest(included(held(session, run.id), terms.left_out))
    code = digest16(f"{run.code}|{bound_to}")
    key = {"run_id": run.id, "stage": stage, "digest": bound_to}
    opened = {
        "state": "asked",
        "asked_at": now,
        "until": terms.until,
        "asked_as": terms.asked_as or digest16(f"{code}|{to_us(now)}"),
        "left_out": list(terms.left_out),
        "editors": list(terms.editors),
        "edited_by": terms.edited_by,
    }
    statement = insert(session, Approval).values(**key, **opened, code=code)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=opened))
    return session.scalars(select(Approval).filter_by(**key).execution_options(populate_existing=True)).one()


def latest(session: Session, run_id: int) -> Approval | None:
    """The request of a run that counts: the newest that no edit voided."""
    asked = select(Approval).where(Approval.run_id == run_id, Approval.state != "void")
    return session.scalars(asked.order_by(Approval.asked_at.desc(), Approval.id.desc()).limit(1)).first()


def by_code(session: Session, code: str) -> Approval | None:
    """The request with this public code."""
    return session.scalars(select(Approval).where(Approval.code == code)).one_or_none()


def to_decide(session: Session, code: str) -> Approval | None:
    """The same, kept from others until the transaction ends: of two decisions at once the second sees the first."""
    wanted = select(Approval).where(Approval.code == code).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def to_change(session: Session, code: str) -> Approval | None:
    """The request that stands now in the posts that asked for `code`: a tick since then is no reason to ask anew."""
    request = to_decide(session, code)
    while request is not None and request.state == "void":
        heir = latest(session, request.run_id)
        if heir is None or heir.asked_as != request.asked_as:
            return request
        request = to_decide(session, heir.code)
    return request


def waiting(session: Session) -> list[Approval]:
    """All open requests of runs that may still be posted, the most urgent first."""
    asked = select(Approval).join(Run, Run.id == Approval.run_id).where(Approval.state == "asked", Run.state == "made")
    return list(session.scalars(asked.order_by(Approval.until, Approval.id)))


def settle(session: Session, approval: Approval, state: str, by: str | None, now: datetime) -> bool:
    """asked → approved, refused or expired; False when somebody else settled it first."""
    done = session.execute(
        update(Approval)
        .where(Approval.id == approval.id, Approval.state == "asked")
        .values(state=state, decided_by=by, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(approval)
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def overrule(session: Session, approval: Approval, by: str, now: datetime) -> None:
    """asked or approved → refused: a host skipped what was asked about before it left."""
    open_ = (Approval.id == approval.id, Approval.state.in_(("asked", "approved")))
    refused = update(Approval).where(*open_).values(state="refused", decided_by=by, decided_at=now)
    session.execute(refused.execution_options(synchronize_session=False))
    session.refresh(approval)


def void(session: Session, run_id: int) -> bool:
    """An edit takes every request and decision of a run back; tells whether there was one."""
    done = session.execute(
        update(Approval)
        .where(Approval.run_id == run_id, Approval.state.in_(("asked", "approved")))
        .values(state="void")
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def held(session: Session, run_id: int) -> list[Delivery]:
    """The posts of a run that wait for a decision, as they are now."""
    posts = select(Delivery).where(Delivery.run_id == run_id, Delivery.state == "held")
    found = session.scalars(posts.order_by(Delivery.not_before, Delivery.id).execution_options(populate_existing=True))
    return list(found)


def included(posts: Iterable[Delivery], left_out: Collection[int]) -> list[Delivery]:
    """Those of these posts that go to nobody who was left out."""
    return [post for post in posts if member_of(post) not in left_out]


def member_of(post: Delivery) -> int | None:
    """The member a post goes to directly, None where it goes to a place."""
    return int(post.target.removeprefix(MEMBER)) if post.target.startswith(MEMBER) else None


def tickable(session: Session, run_id: int) -> dict[int, Part]:
    """The parts that a host may take out of a run, or took out, by member; none that a member took back themselves."""
    willing = Member.no_praise_at.is_(None) & Member.opted_out_at.is_(None)
    stands = or_(Part.state == PROPOSED, (Part.state == REFUSED) & willing)
    parts = select(Part).join(Member, Member.id == Part.member_id).where(Part.run_id == run_id, stands)
    return {part.member_id: part for part in session.scalars(parts.order_by(Part.id))}


def is_proposed(session: Session, run_id: int, member_id: int) -> bool:
    """Would this member be named, or asked, by what is decided on?"""
    part = tickable(session, run_id).get(member_id)
    return part is not None and part.state == PROPOSED


def reasons(session: Session, run_id: int, member_ids: Collection[int]) -> dict[int, Part]:
    """The first part of each of these members in a run: its facts say why they are in it."""
    parts = select(Part).where(Part.run_id == run_id, Part.member_id.in_(list(member_ids))).order_by(Part.id.desc())
    return {part.member_id: part for part in session.scalars(parts)}


def refuse(session: Session, run_id: int, member_ids: Collection[int], now: datetime) -> None:
    """Note in a run that a host took these members out: whatever their parts were, they are "refused"."""
    theirs = (Part.run_id == run_id, Part.member_id.in_(list(member_ids)), Part.state != REFUSED)
    session.execute(update(Part).where(*theirs).values(state=REFUSED, at=now))


def propose(session: Session, run_id: int, member_ids: Collection[int], now: datetime) -> None:
    """Undo `refuse` before anything is decided."""
    theirs = (Part.run_id == run_id, Part.member_id.in_(list(member_ids)), Part.state == REFUSED)
    session.execute(update(Part).where(*theirs).values(state=PROPOSED, at=now))


def asked_by(session: Session, run_id: int, asked_as: str) -> Approval | None:
    """The request that the posts of that name ask for now, None where none is open."""
    mine = (Approval.run_id == run_id, Approval.asked_as == asked_as, Approval.state == "asked")
    return session.scalars(select(Approval).where(*mine)).first()


def names(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """How hosts know these members; "" where no name is known."""
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(list(member_ids))))
    return {member_id: name.strip() for member_id, name in rows}


def of_run(session: Session, run_id: int) -> list[Approval]:
    """All requests about a run, voided ones too, oldest first."""
    return list(session.scalars(select(Approval).where(Approval.run_id == run_id).order_by(Approval.id)))


def bound(session: Session, run_ids: Collection[int]) -> list[Approval]:
    """The open requests of these runs that are about exactly what is held, kept from others as `to_decide` keeps one.

    Ask before anything of what is held is locked: a decision takes its request first as well.
    """
    asked = select(Approval).where(Approval.run_id.in_(run_ids), Approval.state == "asked").order_by(Approval.id)
    locked = session.scalars(asked.with_for_update().execution_options(populate_existing=True)).all()
    return [one for one in locked if one.digest == digest(included(held(session, one.run_id), one.left_out))]


def bind_again(session: Session, requests: Iterable[Approval]) -> None:
    """Let requests be about what is still held: a member asked for silence, which is no edit of a text."""
    session.flush()
    for one in requests:
        left = digest(included(held(session, one.run_id), one.left_out))
        _make_room(session, one, left)
        one.digest = left
        session.flush()


def _make_room(session: Session, asked: Approval, bound_to: str) -> None:
    """A tick that was undone left a void request about just what is held now: it is about nothing any more."""
    twin = (Approval.run_id == asked.run_id, Approval.stage == asked.stage, Approval.digest == bound_to)
    void = update(Approval).where(*twin, Approval.id != asked.id).values(digest="void " + cast(Approval.id, String))
    session.execute(void.execution_options(synchronize_session=False))
