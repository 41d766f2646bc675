"""Named queries over answers, open direct questions, and the posts that draw them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, true
from sqlalchemy.orm import Session

from orchestrator.rules.answer import Act, Match, OpenQuestion, OurPost, better
from orchestrator.store import bulk, upsert
from orchestrator.store.among import among
from orchestrator.store.tables import Answer, Delivery, Expected, Handle, Place, Run

#: What a direct question is called among a run's deliveries; of several questions, the asking stage follows.
DIRECT_STAGE = "direct"


def direct_stage(stage: str) -> str:
    """What a question asked directly is called among a run's deliveries."""
    return f"{DIRECT_STAGE}-{stage}" if stage else DIRECT_STAGE


def asks_directly(direct: str, stage: str) -> bool:
    """May a delivery called so have asked this stage's question?"""
    return direct in (DIRECT_STAGE, direct_stage(stage))


def posts(session: Session, under: Collection[tuple[int, str, str]]) -> dict[tuple[int, str, str], OurPost]:
    """Our posts that are among these messages (connection_id, place_ref, message_ref).

    Only what members see: neither our reactions nor what hosts are asked.
    """
    if not under:
        return {}
    query = (
        select(Delivery, func.coalesce(Delivery.sent_place_ref, Place.ref, Handle.direct_ref))
        .outerjoin(Place, Place.id == Delivery.place_id)
        .outerjoin(Handle, Handle.id == Delivery.handle_id)
        .where(
            among(session, Delivery.message_ref, {message_ref for _, _, message_ref in under}),
            Delivery.run_id.is_not(None),
            or_(Delivery.counts, _is_direct()),
            or_(among(session, Place.ref, {place_ref for _, place_ref, _ in under}), Delivery.place_id.is_(None)),
        )
        .order_by(Delivery.id.desc())
    )
    found = {}
    for row, place_ref in session.execute(query):
        post = OurPost(row.run_id or 0, row.stage, place_ref or "", row.message_ref or "", row.place_id)
        found[row.connection_id, post.place_ref, post.message_ref] = post
    return found


def _is_direct() -> ColumnElement[bool]:
    return (Delivery.stage == DIRECT_STAGE) | Delivery.stage.startswith(f"{DIRECT_STAGE}-")


def kept(session: Session, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int, str], Answer]:
    """The answers of these (run_id, member_id), by these and stage, locked in one order until the transaction ends."""
    if not pairs:
        return {}
    of_runs = among(session, Answer.run_id, {run_id for run_id, _ in pairs})
    query = select(Answer).where(of_runs, among(session, Answer.member_id, {member_id for _, member_id in pairs}))
    rows = session.scalars(query.order_by(Answer.id).with_for_update())
    return {(row.run_id, row.member_id, row.stage): row for row in rows if (row.run_id, row.member_id) in pairs}


def of_message(
    session: Session, connection_id: int, message_ref: str, place_ids: Collection[int], member_ref: str | None
) -> Answer | None:
    """The answer that this message is: in one of these places, or without any said directly."""
    query = (
        select(Answer)
        .join(Handle, Handle.id == Answer.handle_id)
        .where(Answer.message_ref == message_ref, Handle.connection_id == connection_id)
        .where(Answer.place_id.in_(list(place_ids)) if place_ids else Answer.place_id.is_(None))
    )
    if member_ref is not None:
        query = query.where(Handle.ref == member_ref)
    return session.scalars(query.order_by(Answer.id).limit(1).with_for_update(of=Answer)).first()


def act_of(row: Answer) -> Act:
    """A kept answer as the rules see it."""
    return Act(
        message_ref=row.message_ref,
        said_at=row.said_at,
        text=row.text,
        place_id=row.place_id,
        handle_id=row.handle_id,
        edited_at=row.edited_at,
        late=row.late,
        counted=row.counted,
        named=row.named,
    )


def id_of(session: Session, run_id: int, member_id: int, stage: str) -> int:
    """The id of a kept answer."""
    key = (Answer.run_id == run_id, Answer.member_id == member_id, Answer.stage == stage)
    return session.scalars(select(Answer.id).where(*key)).one()


def change(row: Answer, new: Act) -> None:
    """Let a kept answer hold another act, unless the one it holds is better."""
    before = act_of(row)
    best = better(before, new)
    if best == before:  # most often: what follows an answer are replies
        return
    row.message_ref, row.place_id, row.handle_id = best.message_ref, best.place_id, best.handle_id
    row.said_at, row.edited_at, row.text = best.said_at, best.edited_at, best.text
    row.late, row.counted, row.named = best.late, best.counted, best.named


def add(session: Session, new: Mapping[tuple[int, int, str], Act]) -> None:
    """Keep first answers, by run_id, member_id and the stage that asked.

    Raises IntegrityError where another transaction kept one meanwhile: which is the better one is asked again.
    """
    bulk.add(
        session,
        Answer,
        [
            {
                "run_id": run_id,
                "member_id": member_id,
                "stage": stage,
                "handle_id": act.handle_id,
                "place_id": act.place_id,
                "message_ref": act.message_ref,
                "said_at": act.said_at,
                "edited_at": act.edited_at,
                "text": act.text,
                "late": act.late,
                "counted": act.counted,
                "named": act.named,
            }
            for (run_id, member_id, stage), act in new.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """An open direct question, and the member it was asked."""

    question: OpenQuestion
    handle_id: int
    community_id: int
    member_id: int


def expect(session: Session, handle_id: int, run_id: int, stage: str, now: datetime) -> None:
    """Take the next direct message of this handle as an answer to the question of this stage of the run."""
    key = {"handle_id": handle_id, "run_id": run_id, "stage": stage}
    row = upsert.insert(session, Expected).values(**key, asked_at=now)
    session.execute(row.on_conflict_do_update(index_elements=list(key), set_={"asked_at": now}))


def expected(session: Session, connection_id: int, member_ref: str) -> list[Asked]:
    """The direct questions that are open for a person on a connection: not one that a host has not agreed to."""
    chat = (
        select(func.max(Delivery.sent_place_ref))
        .where(Delivery.run_id == Expected.run_id, Delivery.handle_id == Expected.handle_id)
        .where(_is_direct(), Delivery.state == "sent")
        .scalar_subquery()
    )
    unasked = select(Delivery.id).where(
        Delivery.run_id == Expected.run_id,
        Delivery.handle_id == Expected.handle_id,
        Delivery.stage == Expected.stage,
        Delivery.state.in_(("planned", "held", "skipped", "expired")),
    )
    query = (
        select(Expected, Handle, chat)
        .join(Handle, Handle.id == Expected.handle_id)
        .where(Handle.connection_id == connection_id, Handle.ref == member_ref, ~unasked.exists())
    )
    return [
        Asked(OpenQuestion(row.run_id, row.asked_at, ref, row.stage), handle.id, handle.community_id, handle.member_id)
        for row, handle, ref in session.execute(query)
    ]


def answered(session: Session, handle_id: int, run_id: int, stage: str) -> None:
    """Expect no direct answer of this handle to this question any more."""
    this = (Expected.handle_id == handle_id, Expected.run_id == run_id, Expected.stage == stage)
    session.execute(delete(Expected).where(*this))


def run_by_code(session: Session, code: str) -> Run | None:
    """The run with this public code."""
    return session.scalar(select(Run).where(Run.code == code))


def runs(session: Session, matches: Iterable[Match]) -> dict[int, Run]:
    """The runs of these matches, by id."""
    ids = {match.run_id for match in matches}
    return {run.id: run for run in session.scalars(select(Run).where(Run.id.in_(ids)))} if ids else {}


def place_of(session: Session, run_id: int, connection_id: int) -> Place | None:
    """Where a run was first posted: on that connection, else anywhere."""
    query = (
        select(Place)
        .join(Delivery, Delivery.place_id == Place.id)
        .where(Delivery.run_id == run_id, Delivery.counts)
        .order_by(Place.connection_id != connection_id, Delivery.id)
    )
    return session.scalars(query.limit(1)).first()


def connections_due(session: Session, run_id: int) -> set[int]:
    """The connections that have something of this run to send."""
    query = select(Delivery.connection_id).where(Delivery.run_id == run_id, Delivery.state == "due")
    return set(session.scalars(query))


def on_its_way(session: Session, place_id: int) -> bool:
    """Is a message of ours for this place sent, or being sent, whose receipt we do not have yet?"""
    query = select(Delivery.id).where(Delivery.place_id == place_id, Delivery.state.in_(("sending", "unknown")))
    return session.scalars(query.limit(1)).first() is not None


def named_post(session: Session, place_id: int, run_code: str, stage: str = "") -> Delivery | None:
    """The post that stands in a place for the run, and the stage among several questions, of an answer button."""
    query = (
        select(Delivery)
        .join(Run, Run.id == Delivery.run_id)
        .where(Run.code == run_code, Delivery.place_id == place_id, Delivery.counts, Delivery.state == "sent")
        .where(Delivery.stage == stage if stage else true())
    )
    return session.scalars(query.order_by(Delivery.id).limit(1)).first()


def last_message(session: Session, place_id: int) -> str | None:
    """The reference of the message that we last sent to a place."""
    query = select(Delivery.message_ref).where(Delivery.place_id == place_id, Delivery.message_ref.is_not(None))
    return session.scalars(query.order_by(Delivery.sent_at.desc(), Delivery.id.desc()).limit(1)).first()
