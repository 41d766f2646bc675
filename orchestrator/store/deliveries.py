"""Deliveries: planned once each, found again by what members do, settled by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from orchestrator.ports import Edit, Outgoing, Post
from orchestrator.rules.reasons import Reason
from orchestrator.store.tables import Community, Delivery, Handle, Place, PlaybookRow, Ritual, Run
from orchestrator.store.upsert import insert

#: States in which a delivery waits to leave: its text may still be replaced.
WAITING = ("planned", "due")

_decoder: msgspec.json.Decoder[Outgoing] = msgspec.json.Decoder(Outgoing)


def encode(outgoing: Outgoing) -> bytes:
    """The bytes of `Delivery.body`."""
    return msgspec.json.encode(outgoing)


def decode(body: bytes) -> Outgoing:
    """The act that `Delivery.body` holds."""
    return _decoder.decode(body)


def digest(target: str, body: bytes) -> str:
    """What an approval binds to: the act and where it goes."""
    return hashlib.sha256(target.encode() + b"\0" + body).hexdigest()


def plan(
    session: Session,
    *,
    run: Run | None,
    stage: str,
    target: str,
    body: Outgoing,
    not_before: datetime,
    place: Place | None = None,
    handle: Handle | None = None,
    late_until: datetime | None = None,
    under_id: int | None = None,
    counts: bool = True,
    if_unsure: str = "send again",
    state: str = "due",
) -> Delivery:
    """Plan one act for a place or for a handle; the same (run, stage, target) twice is one delivery.

    `under_id` is the delivery whose thread it joins: it waits until that one is sent. A newer Edit that
    finds the older one still waiting takes its turn: edits of one message coalesce.
    """
    encoded = encode(body)
    values: dict[str, Any] = {
        "run_id": run.id if run else None,
        "stage": stage,
        "target": target,
        **_goes_to(place, handle),
        "key": key_of(session, run, stage, target),
        "body": encoded,
        "digest": digest(target, encoded),
        "under_id": under_id,
        "counts": counts,
        "if_unsure": if_unsure,
        "state": state,
        "not_before": not_before,
        "late_until": late_until,
    }
    return _keep(session, values, coalesces=isinstance(body, Edit))


def _keep(session: Session, values: dict[str, Any], *, coalesces: bool) -> Delivery:
    session.execute(insert(session, Delivery).values(token=0, tries=0, looks=0, **values).on_conflict_do_nothing())
    delivery = session.scalars(select(Delivery).where(_same(values))).one()
    if coalesces and delivery.body != values["body"]:
        _write(session, delivery, values["body"], (*WAITING, "held"))
    return delivery


def _goes_to(place: Place | None, handle: Handle | None) -> dict[str, int | None]:
    there = place or handle
    assert there is not None, "a delivery goes to a place or to a handle"
    return {
        "connection_id": there.connection_id,
        "place_id": place.id if place else None,
        "handle_id": handle.id if handle else None,
    }


def _same(values: dict[str, Any]) -> ColumnElement[bool]:
    """Found by what it is planned for: a delivery that followed a moved place keeps its first key."""
    keyed: ColumnElement[bool] = Delivery.key == values["key"]
    if values["run_id"] is None:
        return keyed
    in_stage = and_(Delivery.run_id == values["run_id"], Delivery.stage == values["stage"])
    return and_(in_stage, Delivery.target == values["target"])


def reword(session: Session, delivery: Delivery, act: Outgoing) -> bool:
    """Let a delivery that waits to leave say something else; False where it left meanwhile. It is read again."""
    return _write(session, delivery, encode(act), WAITING)


def _write(session: Session, delivery: Delivery, body: bytes, states: Sequence[str]) -> bool:
    waits = (Delivery.id == delivery.id, Delivery.state.in_(states))
    newer = update(Delivery).where(*waits).values(body=body, digest=digest(delivery.target, body))
    session.execute(newer.execution_options(synchronize_session=False))
    session.refresh(delivery)
    return delivery.body == body and delivery.state in states


def key_of(session: Session, run: Run | None, stage: str, target: str) -> str:
    """The key that goes out with a post: the same in every rehearsal of the same playbook."""
    return key_below(f"{_path(session, run)}|{run.key}" if run else "", stage, target)


def key_below(path: str, stage: str, target: str) -> str:
    """The same, where the path of the ritual and the run's key are known: "path|key"."""
    return hashlib.sha256(f"{path}|{stage}|{target}".encode()).hexdigest()[:16]


def _path(session: Session, run: Run) -> str:
    ritual = session.get_one(Ritual, run.ritual_id)
    playbook = session.get_one(PlaybookRow, ritual.playbook_id)
    return f"{session.get_one(Community, playbook.community_id).name}/{playbook.name}/{ritual.name}"


def by_message(session: Session, place_id: int, message_ref: str) -> Delivery | None:
    """The delivery that became this message."""
    known = (Delivery.place_id == place_id, Delivery.message_ref == message_ref)
    return session.scalars(select(Delivery).where(*known).order_by(Delivery.id)).first()


def evidence(
    session: Session, place_id: int, message_ref: str, now: datetime, run_code: str | None = None, stage: str = ""
) -> Delivery | None:
    """Settle an unknown delivery as sent: somebody answered or pressed `message_ref`, a message of ours.

    run_code, and the stage among several questions, are those in the pressed button's key. Without them the
    place must have exactly one unknown delivery, and the message must not belong to another one. Returns the
    delivery that is now sent; call
    `flow.opened.after_sent` with it, as after any success.
    """
    if by_message(session, place_id, message_ref) is not None:
        return None
    waiting = select(Delivery).where(Delivery.place_id == place_id, unsure())
    if run_code is not None:
        waiting = waiting.join(Run, Run.id == Delivery.run_id).where(Run.code == run_code)
    if stage:
        waiting = waiting.where(Delivery.stage == stage)
    found = [row for row in session.scalars(waiting) if isinstance(decode(row.body), Post)]
    if len(found) != 1 or not arrived(session, found[0].id, message_ref, now):
        return None
    session.refresh(found[0])
    return found[0]


def arrived(session: Session, delivery_id: int, message_ref: str | None, now: datetime) -> bool:
    """Settle an unsure delivery as sent; False when somebody else settled it before."""
    done = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, unsure())
        .execution_options(synchronize_session=False)
        .values(
            state="sent",
            reason=Reason.POSTED,
            sent_at=Delivery.sending_at if message_ref else now,
            message_ref=message_ref,
            lease_until=None,
            token=Delivery.token + 1,
        )
    )
    return done.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def unsure() -> Any:
    """Those that may have arrived: still looked for, or held for a host."""
    held = (Delivery.state == "failed") & (Delivery.reason == Reason.UNSURE)
    return (Delivery.state == "unknown") | held
