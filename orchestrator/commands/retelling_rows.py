"""Reads a played rehearsal: from the rows that it left to its tale, one query a part."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from orchestrator.commands.arguments import instant
from orchestrator.commands.retelling import Asked, Held, Reply, Said, Tale, Withheld
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Call
from orchestrator.store import rehearsal
from orchestrator.store.tables import (
    Answer,
    Approval,
    Ballot,
    Connection,
    Delivery,
    Handle,
    Member,
    Place,
    PlaybookRow,
    RehearsalMessage,
    RehearsalPerson,
    RehearsalReaction,
    Ritual,
    Run,
    Space,
    Trace,
)
from workers.simulation import Simulation

#: What the ledger calls those acts that everybody of a place, or a member directly, goes on seeing.
SEEN = ("message", "poll")

Under = Mapping[tuple[str, str, str], Sequence[Reply]]


def tell(simulation: Simulation) -> Tale:
    """Read a played simulation."""
    first: Playbook = simulation.playbooks[0]
    with simulation.app.store.read() as session:
        return Tale(
            title=", ".join(playbook.title for playbook in simulation.playbooks),
            language=first.language,
            zone=ZoneInfo(first.timezone),
            members=simulation.members,
            newcomers=sum(one.joins_at is not None for one in simulation.cast),
            start=simulation.start,
            end=simulation.end,
            said=_said(session),
            held=_held(session),
            asked=_asked(session),
            withheld=_withheld(session),
            calls=_calls(session, simulation),
            approvals=simulation.approvals,
        )


def _said(session: Session) -> list[Said]:
    """Every message of ours, in order."""
    rows = session.execute(_ours()).all()
    replies = _replies(session)
    ballots = rehearsal.votes(session, [row.id for row, *_ in rows if row.kind == "poll"])
    return [_one(row, ballots.get(row[0].id, {}), replies) for row in rows]


def _ours() -> Select[RehearsalMessage, Delivery, str, str, str, str]:
    return (
        select(RehearsalMessage, Delivery, Ritual.name, Connection.platform, Space.name, Member.name)
        .join(Delivery, Delivery.key == RehearsalMessage.key)
        .join(Run, Run.id == Delivery.run_id)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
        .outerjoin(Space, Space.id == Place.space_id)
        .outerjoin(Handle, Handle.id == Delivery.handle_id)
        .outerjoin(Member, Member.id == Handle.member_id)
        .where(RehearsalMessage.author_ref.is_(None), RehearsalMessage.kind.in_(SEEN))
        .where(RehearsalMessage.removed_at.is_(None))
        .order_by(RehearsalMessage.at, RehearsalMessage.id)
    )


def _one(
    found: Row[RehearsalMessage, Delivery, str, str, str, str], ballots: Mapping[str, Sequence[int]], replies: Under
) -> Said:
    row, delivery, ritual, platform, space, member = found
    return Said(
        at=row.at,
        run_id=delivery.run_id or 0,
        ritual=ritual,
        stage=_stage(delivery.stage),
        platform=platform,
        connection=row.connection,
        space=space or "",
        place=row.place_ref,
        member=member or "",
        text=row.text,
        html=row.sent["html"],
        buttons=tuple((one["label"], one["style"]) for one in row.sent["act"].get("buttons", ())),
        votes=_votes(row, ballots),
        reply=row.under is not None,
        edited=row.edited_at is not None,
        for_hosts=not delivery.counts and delivery.place_id is not None,
        replies=tuple(replies.get((row.connection, row.place_ref, row.message_ref), ())),
        call=Call(**row.sent["calls"][0]) if row.sent["calls"] else None,
    )


def _stage(stage: str) -> str:
    """The stage's own name: "approval-…" carries the request's code, "greet~1" is a stage held again."""
    return re.split("[-~]", stage)[0]


def _votes(row: RehearsalMessage, ballots: Mapping[str, Sequence[int]]) -> tuple[tuple[str, int], ...]:
    options = row.sent["act"].get("options", ())
    return tuple((option, sum(n in chosen for chosen in ballots.values())) for n, option in enumerate(options))


def _replies(session: Session) -> Under:
    """What members wrote under our messages: (connection, place, message) → replies, in order."""
    likes = dict(
        session.execute(
            select(RehearsalReaction.message_id, func.count())
            .where(RehearsalReaction.author_ref != "")
            .group_by(RehearsalReaction.message_id)
        ).all()
    )
    found = (
        select(RehearsalMessage, RehearsalPerson.name)
        .join(
            RehearsalPerson,
            (RehearsalPerson.connection == RehearsalMessage.connection)
            & (RehearsalPerson.ref == RehearsalMessage.author_ref),
        )
        .where(RehearsalMessage.under.is_not(None))
        .order_by(RehearsalMessage.at, RehearsalMessage.id)
    )
    under: dict[tuple[str, str, str], list[Reply]] = defaultdict(list)
    for row, name in session.execute(found):
        reply = Reply(name, row.text, row.at, likes.get(row.id, 0))
        under[row.connection, row.place_ref, row.under or ""].append(reply)
    return under


def _held(session: Session) -> list[Held]:
    """Every run, in the order of its moments."""
    counted = select(Answer.run_id, func.count()).where(Answer.counted).group_by(Answer.run_id)
    answers: dict[int, int] = {row[0]: row[1] for row in session.execute(counted)}
    voted = select(Ballot.run_id, func.count(Ballot.member_id.distinct())).where(Ballot.options != "")
    votes: dict[int, int] = {row[0]: row[1] for row in session.execute(voted.group_by(Ballot.run_id))}
    found = (
        select(Run, PlaybookRow.name, Ritual)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .order_by(Run.due_at, Run.id)
    )
    why = _why(session)
    return [
        Held(
            id=run.id,
            due_at=run.due_at,
            playbook=playbook,
            ritual=ritual.name,
            kind=ritual.kind,
            outcome=run.state,
            reason=run.reason,
            answers=answers.get(run.id, 0),
            votes=votes.get(run.id, 0),
            numbers=run.facts.get("result", {}),
            what=why.get(run.id, ""),
        )
        for run, playbook, ritual in session.execute(found)
    ]


def _why(session: Session) -> dict[int, str]:
    """What the story of a run says of its end, beyond the reason."""
    ends = select(Trace).where(Trace.step.in_(("skipped", "stopped"))).order_by(Trace.id)
    return {step.run_id: str(step.facts["what"]) for step in session.scalars(ends) if step.facts.get("what")}


def _asked(session: Session) -> list[Asked]:
    """Every request to the hosts, in order; those that a new text replaced are left out."""
    found = (
        select(Approval, PlaybookRow.name, Ritual.name)
        .join(Run, Run.id == Approval.run_id)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .where(Approval.state != "void")
        .order_by(Approval.asked_at, Approval.id)
    )
    return [
        Asked(one.run_id, f"{playbook}/{ritual}", one.asked_at, one.until, one.state, one.decided_at)
        for one, playbook, ritual in session.execute(found)
    ]


def _withheld(session: Session) -> list[Withheld]:
    """Every message of a held run that did not leave, with its reason, in order."""
    found = (
        select(Delivery, PlaybookRow.name, Ritual.name, Space.name, Connection.name, Member.name)
        .join(Run, Run.id == Delivery.run_id)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
        .outerjoin(Space, Space.id == Place.space_id)
        .outerjoin(Handle, Handle.id == Delivery.handle_id)
        .outerjoin(Member, Member.id == Handle.member_id)
        .where(Delivery.state.in_(("skipped", "expired", "failed")), Run.state.in_(("open", "closed", "done")))
        .where(Delivery.reason.is_not(None))
        .order_by(Delivery.not_before, Delivery.id)
    )
    return [
        Withheld(
            at=one.not_before,
            run_id=one.run_id or 0,
            path=f"{playbook}/{ritual}",
            stage=_stage(one.stage),
            to=member or f"{space} ({connection.capitalize()})",
            reason=one.reason or "",
        )
        for one, playbook, ritual, space, connection, member in session.execute(found)
    ]


def _calls(session: Session, simulation: Simulation) -> list[dict[str, Any]]:
    """Every platform call, in order: posts, polls, reactions, edits."""
    found = (
        select(Delivery.key, Delivery.stage, Connection.platform, Place.ref)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
    )
    known = {key: (stage, platform, place) for key, stage, platform, place in session.execute(found)}
    return [
        {
            "at": instant(at),
            "platform": known[key][1],
            "connection": connection,
            "place": known[key][2],
            "stage": known[key][0],
            "method": call.method,
            "args": msgspec.to_builtins(call.args),
        }
        for at, connection, key, made in simulation.sent
        if key in known
        for call in made
    ]
