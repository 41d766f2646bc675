"""A member's seat in a rehearsed place: what simulated members do, as rows that the listener hears."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from adapters.rehearsal import inbound
from adapters.rehearsal.adapter import find_message, number
from orchestrator.ports import InboundKind
from orchestrator.store.tables import (
    RehearsalAct,
    RehearsalMessage,
    RehearsalPerson,
    RehearsalReaction,
    to_us,
)


class Seat:
    """One simulated member on one rehearsed connection. Every act is one short write in `session`."""

    def __init__(self, session: Session, connection: str, platform: str, member_ref: str, now: datetime) -> None:
        self.session = session
        self.connection = connection
        self.platform = platform
        self.member_ref = member_ref
        self.now = now

    def joins(self, place_ref: str, name: str) -> None:
        """Come into a place."""
        self.session.merge(RehearsalPerson(connection=self.connection, ref=self.member_ref, name=name))
        self._tell("joined", place_ref=place_ref, data={"name": name})

    def says(self, place_ref: str, text: str, under: str | None = None) -> str:
        """Write a message (under another one: in its thread, or as a reply); give its reference."""
        row = RehearsalMessage(
            connection=self.connection,
            place_ref=place_ref,
            message_ref=f"new-{secrets.token_hex(8)}",
            author_ref=self.member_ref,
            under=under,
            text=text,
            at=self.now,
        )
        ref = number(self.session, row, self.platform)
        to_us_too = under is not None or place_ref.startswith("direct:")
        facts = inbound.thread_of(self.platform, under)
        self._tell("said", place_ref=place_ref, message_ref=ref, text=text, to_us=to_us_too, **facts)
        return ref

    def edits(self, place_ref: str, message_ref: str, text: str) -> None:
        """Change a message of one's own."""
        row = find_message(self.session, self.connection, place_ref, message_ref)
        if row is not None and row.author_ref == self.member_ref:
            row.text, row.edited_at = text, self.now
            facts = inbound.thread_of(self.platform, row.under)
            self._tell("edited", place_ref=place_ref, message_ref=message_ref, text=text, to_us=True, **facts)

    def reacts(self, place_ref: str, message_ref: str, emoji: str) -> None:
        """React to a message."""
        row = find_message(self.session, self.connection, place_ref, message_ref)
        if row is not None:
            self.session.merge(RehearsalReaction(message_id=row.id, author_ref=self.member_ref, emoji=emoji))
            self._tell("reacted", place_ref=place_ref, message_ref=message_ref, data={"emoji": emoji})

    def presses(self, place_ref: str, message_ref: str, key: str) -> None:
        """Press a button under a message of ours."""
        data = {"key": key, "trigger_ref": f"{self.member_ref}:{message_ref}"}
        self._tell("pressed", place_ref=place_ref, message_ref=message_ref, data=data, to_us=True)

    def submits(self, key: str, text: str, named: bool = True) -> None:
        """Send the short form."""
        self._tell("submitted", data={"key": key, "text": text, "named": named}, to_us=True)

    def commands(self, word: str, rest: str = "") -> None:
        """Say a word to us directly ("stop", "start answer-…")."""
        place_ref = f"direct:{self.member_ref}"
        self._tell("commanded", place_ref=place_ref, data={"word": word, "rest": rest}, to_us=True)

    def _tell(self, kind: InboundKind, **facts: Any) -> None:
        row = RehearsalAct(connection=self.connection, body=b"")
        self.session.add(row)
        self.session.flush()
        row.body = msgspec.json.encode(inbound.act(kind, row.id, self.member_ref, at=to_us(self.now), **facts))
