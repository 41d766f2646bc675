"""A full adapter whose platform is our own database: it plays Slack or Telegram, sends nothing out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from adapters.rehearsal import cast, inbound, outbound
from adapters.rehearsal.faults import Fault
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import (
    Address,
    Call,
    Capabilities,
    ClosePoll,
    Document,
    Edit,
    Finding,
    Form,
    HookAnswer,
    MemberSeen,
    Notice,
    Outgoing,
    PlaceSeen,
    Poll,
    Post,
    Publish,
    React,
    Receipt,
    Remove,
)
from orchestrator.store import rehearsal
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    RehearsalAct,
    RehearsalMessage,
    RehearsalPerson,
    RehearsalReaction,
    to_us,
)

#: Seconds between two looks for acts written by another process (the practice room).
LOOK_SECONDS = 0.2


#: What the ledger calls each act that makes something to see.
KINDS = {Post: "message", Form: "form", Notice: "notice", Poll: "poll", Document: "file"}


class Rehearsal:
    """One rehearsed connection. `woken` lets a room in the same process be heard at once."""

    def __init__(self, name: str, store: Store, plays: outbound.Plays, now: Callable[[], datetime]) -> None:
        self.name = name
        self.platform = plays.CAPABILITIES.platform
        self.faults: list[Fault] = []
        self.woken = threading.Event()
        self.note: Callable[[str, list[Call]], None] = lambda _key, _calls: None  # told of every act
        self._store = store
        self._plays = plays
        self._now = now
        self._heard_at: float | None = None  # monotonic seconds

    @property
    def capabilities(self) -> Capabilities:
        return self._plays.CAPABILITIES

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]:
        if to.member_ref and to.place_ref == rehearsal.direct(to.member_ref):
            to = Address(member_ref=to.member_ref)  # a direct chat of ours is called so on no platform
        return self._plays.calls(to, outgoing, key)

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        fault = self._next_fault(to)
        if fault is not None and not fault.after_the_act:
            raise fault.error()
        self.note(key, self.calls(to, outgoing, key))
        with self._store.write() as session:
            receipt = self._act(session, to, outgoing, key)
        if fault is not None:
            raise fault.error()
        return receipt

    def find(self, to: Address, outgoing: Outgoing, key: str, since: int) -> list[Receipt] | None:
        if not self.capabilities.reads_back:
            return None
        seen = select(RehearsalMessage).where(RehearsalMessage.connection == self.name, RehearsalMessage.key == key)
        with self._store.read() as session:
            rows = session.scalars(seen.order_by(RehearsalMessage.id)).all()
        return [_receipt(row) for row in rows if row.removed_at is None and to_us(row.at) >= since]

    def listen(self, publish: Publish, may_listen: Callable[[], bool], stop: threading.Event) -> None:
        while not stop.is_set():
            self._heard_at = time.monotonic()
            if may_listen() and self.hear(publish):
                continue
            self.woken.wait(LOOK_SECONDS)
            self.woken.clear()

    def hear(self, publish: Publish) -> int:
        """Publish what members did since the last time; forget it once that is committed."""
        acts = select(RehearsalAct).where(RehearsalAct.connection == self.name).order_by(RehearsalAct.id)
        with self._store.read() as session:
            rows = session.scalars(acts.limit(500)).all()
        if not rows:
            return 0
        publish([inbound.read(row.id, row.body, self.platform) for row in rows])
        with self._store.write() as session:
            session.execute(delete(RehearsalAct).where(RehearsalAct.id.in_([row.id for row in rows])))
        return len(rows)

    def silent_for(self) -> float:
        return time.monotonic() - self._heard_at if self._heard_at is not None else 0.0

    def hook(self, headers: Mapping[str, str], body: bytes, publish: Publish) -> HookAnswer:
        return HookAnswer(404)

    def resolve(self, ref: str) -> PlaceSeen:
        title = ref.rstrip("/").rsplit("/", 1)[-1].lstrip("#@")
        kind: Literal["channel", "group"] = "channel" if self.platform == "slack" else "group"
        link = ref if ref.startswith("https://") else None
        return PlaceSeen(ref=cast.place_ref(self.platform, title), title=title, kind=kind, link=link)

    def places(self) -> list[PlaceSeen]:
        seen = select(RehearsalMessage.place_ref).where(RehearsalMessage.connection == self.name).distinct()
        with self._store.read() as session:
            return [PlaceSeen(ref=ref, title=ref) for ref in session.scalars(seen)]

    def member(self, ref: str) -> MemberSeen:
        with self._store.read() as session:
            person = session.get(RehearsalPerson, (self.name, ref))
        return MemberSeen(ref=ref, name=person.name if person else ref)

    def people(self, place_ref: str) -> list[MemberSeen]:
        with self._store.write() as session:
            cast.settle_in(session, self.name, self.platform)
            return [MemberSeen(ref=person.ref, name=person.name) for person in rehearsal.people(session, self.name)]

    def check(self, places: Sequence[Address]) -> list[Finding]:
        return []

    def close(self) -> None:
        self.woken.set()

    def _next_fault(self, to: Address) -> Fault | None:
        for fault in self.faults:
            if fault.place_ref in (None, to.place_ref):
                if not fault.lasts:
                    self.faults.remove(fault)
                return fault
        return None

    def _act(self, session: Session, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        if isinstance(outgoing, Notice) and not outgoing.text:
            return Receipt()  # it only ends a wait: nothing to see
        if isinstance(outgoing, Post | Form | Notice | Poll | Document):
            return _receipt(self._add(session, to, outgoing, key))
        row = self._message(session, to, outgoing.message_ref, or_gone=isinstance(outgoing, Remove))
        if isinstance(outgoing, Edit):
            row.text, row.edited_at = outgoing.text, self._now()
            row.sent = outbound.kept(outgoing, self.calls(to, outgoing, key), self.capabilities.max_text)
        elif isinstance(outgoing, React):
            session.merge(RehearsalReaction(message_id=row.id, author_ref="", emoji=outgoing.emoji))
        elif isinstance(outgoing, ClosePoll):
            row.sent = {**row.sent, "closed": True}
        elif isinstance(outgoing, Remove):
            row.removed_at = self._now()
        return _receipt(row)

    def _add(
        self, session: Session, to: Address, outgoing: Post | Form | Notice | Poll | Document, key: str
    ) -> RehearsalMessage:
        only_theirs = isinstance(outgoing, Form | Notice)
        row = RehearsalMessage(
            connection=self.name,
            place_ref=rehearsal.direct(_presser(to, outgoing)) if only_theirs else _place_ref(to),
            kind=KINDS[type(outgoing)],
            under=outgoing.under if isinstance(outgoing, Post | Poll) else None,
            text=outgoing.question if isinstance(outgoing, Form | Poll) else outgoing.text,
            sent=outbound.kept(outgoing, self.calls(to, outgoing, key), self.capabilities.max_text),
            key=key,
            at=self._now(),
        )
        rehearsal.add(session, row, self.platform)
        return row

    def _message(self, session: Session, to: Address, message_ref: str, or_gone: bool) -> RehearsalMessage:
        row = rehearsal.find(session, self.name, _place_ref(to), message_ref)
        if row is None or (row.removed_at is not None and not or_gone):
            raise DeliveryFailed("no_message", "that message is gone", permanent=True)
        return row


def _place_ref(to: Address) -> str:
    return to.place_ref or rehearsal.direct(to.member_ref or "")


def _presser(to: Address, outgoing: Outgoing) -> str:
    trigger_ref = str(getattr(outgoing, "trigger_ref", None) or getattr(outgoing, "press_ref", ""))
    return to.member_ref or rehearsal.pressed(trigger_ref)[0]


def _receipt(row: RehearsalMessage) -> Receipt:
    poll_ref = rehearsal.poll_ref(row) if row.kind == "poll" else None
    return Receipt(message_ref=row.message_ref, place_ref=row.place_ref, at=to_us(row.at), poll_ref=poll_ref)
