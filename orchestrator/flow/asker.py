"""Somebody who asks something of us in words, and how they are answered: directly, in their language, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow import ask, voices
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Address, Button, Outgoing, Post
from orchestrator.rituals.contract import Word
from orchestrator.rules.rate import NotBefore
from orchestrator.store import answers, deliveries, errands, inbound, members, rates, runs
from orchestrator.store.tables import Delivery, Handle, Member, to_us

logger = log.get("asker")


@dataclass(frozen=True, slots=True)
class Asker:
    """A person on a connection with their handles: one a community. `rest` is what followed the word."""

    hearing: Hearing
    item: Item
    handles: tuple[Handle, ...]
    rest: str = ""

    @property
    def event_key(self) -> str:
        """What tells this act from others, and is the same when it is told again."""
        return runs.digest16(inbound.event_key(self.item.inbound))

    def was_answered(self) -> bool:
        """Is this an act that was told before?"""
        if errands.is_left(self.hearing.session, [handle.id for handle in self.handles], self.event_key):
            return True
        targets = [ask.target(handle, self.item) for handle in self.handles]
        stage = answers.direct_stage("")
        told = select(Delivery.id).where(Delivery.key.in_([deliveries.key_below("", stage, one) for one in targets]))
        return self.hearing.session.scalars(told.limit(1)).first() is not None

    def asks_too_often(self, what: str, at_once: int, another_after: timedelta) -> bool:
        """Is this one more than somebody may ask for at once? After that time one more is free again."""
        session, connection_id, now = self.hearing.session, self.item.connection_id, self.hearing.now
        pace = {f"{what}:{one.id}": (another_after // timedelta(microseconds=1), at_once) for one in self.handles[:1]}
        return isinstance(rates.reserve(session, connection_id, pace, to_us(now)), NotBefore)

    def members(self) -> list[Member]:
        """Who they are in each community."""
        return [self.hearing.session.get_one(Member, handle.member_id) for handle in self.handles]

    def says(self, word: Word) -> None:
        """Answer with a sentence of words.yaml."""
        if (found := self._first()) is not None:
            ask.reply(self.hearing, self.item, found[0], self.hearing.app.render.word(word, found[1]), None)

    def tells(
        self,
        template: str,
        values: Mapping[str, Any],
        button: tuple[Word, str] | None = None,
        handle: Handle | None = None,
    ) -> None:
        """Answer with a template, in the first community that has a playbook, or as that handle; button: word, key."""
        found = self._first() if handle is None else self._voiced(handle)
        if found is None:
            return
        handle, playbook = found
        render = self.hearing.app.render
        word, key = button or (Word(""), "")
        buttons = (Button(render.word(word, playbook), key, style="bad"),) if word else ()
        ask.reply(self.hearing, self.item, handle, Post(str(render.text(template, playbook, values)), buttons), None)

    def privately(self, outgoing: Outgoing, key: str) -> None:
        """Send something to them alone once the transaction is kept, best effort: nothing of it is written down."""
        adapter, ref = self.hearing.adapter(self.item.connection_id), self.item.inbound.member_ref

        def send() -> None:
            try:
                if adapter is not None:
                    adapter.send(Address(member_ref=ref), outgoing, key)
            except TertuliaError as error:
                logger.info("asker.unanswered", act=type(outgoing).__name__, error=type(error).__name__)

        self.hearing.afterwards.append(send)

    def voice(self) -> Playbook | None:
        """A playbook that speaks the asker's language."""
        found = self._first()
        return None if found is None else found[1]

    def _first(self) -> tuple[Handle, Playbook] | None:
        voiced = (self._voiced(handle) for handle in self.handles)
        return next((one for one in voiced if one is not None), None)

    def _voiced(self, handle: Handle) -> tuple[Handle, Playbook] | None:
        playbook = voices.of_handle(self.hearing.session, handle)
        return None if playbook is None else (handle, playbook)


def find(hearing: Hearing, item: Item, rest: str = "") -> Asker:
    """Who acts; somebody new becomes a member of each community that lives on that connection."""
    session, ref = hearing.session, item.inbound.member_ref or ""
    known = members.handles(session, item.connection_id, ref)
    if not known:
        here = members.communities_of(session, item.connection_id)
        members.ensure(session, {(item.connection_id, community_id, ref): "" for community_id in here})
        known = members.handles(session, item.connection_id, ref)
        if item.inbound.language:
            members.speaks(session, item.connection_id, ref, item.inbound.language)
    return Asker(hearing, item, tuple(known), rest)
