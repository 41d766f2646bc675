"""The rehearsal platform's ledger: its messages and people, and a seat from which a member acts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from orchestrator.store.tables import (
    RehearsalAct,
    RehearsalMessage,
    RehearsalPerson,
    RehearsalReaction,
    RehearsalVote,
    to_us,
)


def direct(member_ref: str) -> str:
    """The place_ref of a member's direct chat with us."""
    return f"direct:{member_ref}"


def is_direct(place_ref: str) -> bool:
    """Is this place somebody's direct chat with us?"""
    return place_ref.startswith(direct(""))


def trigger(number: int, member_ref: str, place_ref: str) -> str:
    """What a press may open a form by: it tells who pressed, and where."""
    return f"press-{number} {member_ref} {place_ref}"


def pressed(trigger_ref: str) -> tuple[str, str | None]:
    """The member_ref and the place_ref behind a trigger ("" and None for a foreign one)."""
    parts = trigger_ref.split(" ", 2)
    return (parts[1], parts[2]) if len(parts) == 3 else ("", None)


def add(session: Session, row: RehearsalMessage, platform: str) -> str:
    """Keep a new message; give it a reference in the played platform's form (a Slack ts, a Telegram number).

    The row's own id goes into it, so that two messages of one microsecond (a frozen clock) differ.
    """
    row.message_ref = f"new-{secrets.token_hex(8)}"
    session.add(row)
    session.flush()
    seconds = to_us(row.at) // 1_000_000
    row.message_ref = f"{seconds}.{row.id % 1_000_000:06d}" if platform == "slack" else str(row.id)
    session.flush()
    return row.message_ref


def find(session: Session, connection: str, place_ref: str, message_ref: str) -> RehearsalMessage | None:
    """A message by its reference."""
    wanted = select(RehearsalMessage).where(
        RehearsalMessage.connection == connection,
        RehearsalMessage.place_ref == place_ref,
        RehearsalMessage.message_ref == message_ref,
    )
    return session.scalars(wanted).one_or_none()


def messages(session: Session, connection: str, place_ref: str, at_most: int) -> Sequence[RehearsalMessage]:
    """The last messages of a place that are still there, oldest first."""
    wanted = select(RehearsalMessage).where(
        RehearsalMessage.connection == connection,
        RehearsalMessage.place_ref == place_ref,
        RehearsalMessage.removed_at.is_(None),
    )
    return session.scalars(wanted.order_by(RehearsalMessage.id.desc()).limit(at_most)).all()[::-1]


def reactions(session: Session, message_ids: Sequence[int]) -> Sequence[RehearsalReaction]:
    """Every reaction to these messages."""
    wanted = select(RehearsalReaction).where(RehearsalReaction.message_id.in_(message_ids))
    return session.scalars(wanted.order_by(RehearsalReaction.message_id, RehearsalReaction.emoji)).all()


def poll_ref(row: RehearsalMessage) -> str:
    """What votes in a poll come back with."""
    return f"poll-{row.id}"


def takes_votes(row: RehearsalMessage, now: datetime) -> bool:
    """Is it a poll that nobody has closed, and whose own end has not come?"""
    closes_at = row.sent.get("act", {}).get("closes_at")
    gone = row.removed_at is not None or row.sent.get("closed", False)
    return row.kind == "poll" and not gone and (closes_at is None or to_us(now) < closes_at)


def votes(session: Session, message_ids: Sequence[int]) -> dict[int, dict[str, list[int]]]:
    """Every vote in these polls: message → member → positions of their options."""
    found: dict[int, dict[str, list[int]]] = {}
    for vote in session.scalars(select(RehearsalVote).where(RehearsalVote.message_id.in_(message_ids))):
        found.setdefault(vote.message_id, {})[vote.author_ref] = [int(one) for one in vote.options.split(",")]
    return found


def people(session: Session, connection: str) -> Sequence[RehearsalPerson]:
    """The simulated members of a connection."""
    wanted = select(RehearsalPerson).where(RehearsalPerson.connection == connection)
    return session.scalars(wanted.order_by(RehearsalPerson.name)).all()


class Seat:
    """One simulated member on one rehearsed connection. Every act is a row that the listener hears."""

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
        row = RehearsalMessage(connection=self.connection, place_ref=place_ref, text=text, at=self.now)
        row.author_ref, row.under = self.member_ref, under
        ref = add(self.session, row, self.platform)
        self._tell("said", place_ref=place_ref, message_ref=ref, text=text, under=under)
        return ref

    def edits(self, place_ref: str, message_ref: str, text: str) -> None:
        """Change a message of one's own."""
        row = find(self.session, self.connection, place_ref, message_ref)
        if row is not None and row.author_ref == self.member_ref:
            row.text, row.edited_at = text, self.now
            self._tell("edited", place_ref=place_ref, message_ref=message_ref, text=text, under=row.under)

    def reacts(self, place_ref: str, message_ref: str, emoji: str) -> None:
        """React to a message."""
        row = find(self.session, self.connection, place_ref, message_ref)
        if row is not None:
            self.session.merge(RehearsalReaction(message_id=row.id, author_ref=self.member_ref, emoji=emoji))
            self._tell("reacted", place_ref=place_ref, message_ref=message_ref, data={"emoji": emoji})

    def presses(self, place_ref: str, message_ref: str, key: str) -> None:
        """Press a button under a message of ours."""
        self._tell("pressed", place_ref=place_ref, message_ref=message_ref, data={"key": key})

    def votes(self, place_ref: str, message_ref: str, options: Sequence[int]) -> bool:
        """Vote in a poll, by positions; none: take the vote back. False: it takes no votes (any more)."""
        row = find(self.session, self.connection, place_ref, message_ref)
        if row is None or not takes_votes(row, self.now):
            return False
        mine = (RehearsalVote.message_id == row.id, RehearsalVote.author_ref == self.member_ref)
        self.session.execute(delete(RehearsalVote).where(*mine))
        if options:
            chosen = ",".join(map(str, options))
            self.session.add(RehearsalVote(message_id=row.id, author_ref=self.member_ref, options=chosen))
        # Like Telegram, it tells neither place nor moment.
        self._tell("voted", at=None, data={"poll_ref": poll_ref(row), "options": list(options)})
        return True

    def submits(self, form_ref: str, key: str, text: str, named: bool = True) -> None:
        """Send the short form, which then closes."""
        form = find(self.session, self.connection, direct(self.member_ref), form_ref)
        place_ref = None
        if form is not None:
            form.removed_at = self.now
            place_ref = pressed(form.sent["act"]["trigger_ref"])[1]
        self._tell("submitted", place_ref=place_ref, data={"key": key, "text": text, "named": named})

    def leaves(self, form_ref: str) -> None:
        """Close the short form unsent; nobody is told."""
        form = find(self.session, self.connection, direct(self.member_ref), form_ref)
        if form is not None:
            form.removed_at = self.now

    def commands(self, word: str, rest: str = "", place_ref: str | None = None) -> None:
        """Say a word to us ("stop", "start answer-…"), directly or from a place, by a command that is no message."""
        self._tell("commanded", place_ref=place_ref or direct(self.member_ref), data={"word": word, "rest": rest})

    def _tell(self, kind: str, **facts: Any) -> None:
        facts = {"kind": kind, "member_ref": self.member_ref, "at": to_us(self.now), **facts}
        self.session.add(RehearsalAct(connection=self.connection, body=msgspec.json.encode(facts)))
        self.session.flush()
