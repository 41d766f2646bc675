"""The facts that members did something, and the roll-ups that are kept in the same statement."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator.ports import Inbound
from orchestrator.rules.flags import GONE, flags_of
from orchestrator.store import rollup_postgresql, rollup_sqlite
from orchestrator.store.among import among
from orchestrator.store.tables import Activity
from orchestrator.store.texts import Asked

SAID = 1  # a message; ref: the message
FORM = 2  # an answer by the form; ref: the answer, mark: the member
DIRECT = 3  # an answer in a direct chat; ref: the message, mark: the member
VOTED = 4  # a vote; ref: the run, mark: the member
REACTED = 5  # ref: the message, mark: member and emoji
REMOVED = 6  # a message was deleted, perhaps before we heard it

#: Kinds that count: reactions, joins, edits and commands never do.
CONTRIBUTIONS = (SAID, FORM, DIRECT, VOTED)

Fact: TypeAlias = tuple[int, int, int, int, int, int, int, int | None, int | None, int, int]
"""A row of `activity` in its order: place_id, ref, kind, mark, member_id, day, at (µs), thread_ref,
reply_to_ref, length, flags. A bare tuple, because one is made for every message of a community."""


def number(ref: str) -> int:
    """A message's number: a Slack ts without its dot, a Telegram id as it is, else 63 bits of a hash."""
    digits = ref.replace(".", "", 1)
    return int(digits) if len(digits) <= 18 and digits.isdecimal() else mark(ref)


@lru_cache(maxsize=65_536)
def mark(*words: str) -> int:
    """63 bits that tell these words from others."""
    text = "\x1f".join(words).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def fact(inbound: Inbound, place_id: int, member_id: int, day: int, at: int) -> Fact:
    """The fact that a message or a reaction is. `at` is in microseconds; it must have a `message_ref`."""
    ref = number(inbound.message_ref or "")
    if inbound.kind == "said":
        text = inbound.text or ""
        thread = None if inbound.thread_ref is None else number(inbound.thread_ref)
        reply = None if inbound.reply_to_ref is None else number(inbound.reply_to_ref)
        return place_id, ref, SAID, 0, member_id, day, at, thread, reply, len(text), flags_of(text)
    of = mark(inbound.member_ref or "", str(inbound.data.get("emoji", "")))
    gone = GONE if inbound.kind == "unreacted" else 0
    return place_id, ref, REACTED, of, member_id, day, at, None, None, 0, gone


def keep(session: Session, facts: Collection[Fact], spaces: Mapping[int, int], asked: Sequence[Asked] = ()) -> None:
    """Keep facts and add what is new to the roll-ups, exactly, whatever was kept before.

    `spaces` gives the space_id of every place_id among the facts, `asked` the questions among them (Texts.asked).
    Of one reaction the latest word wins.
    """
    if not facts:
        return
    if session.get_bind().dialect.name == "sqlite":
        rollup_sqlite.keep(session, _sorted(facts), spaces, asked)
    else:
        rollup_postgresql.keep(session, _sorted(facts), spaces, asked)


def _sorted(facts: Collection[Fact]) -> list[Fact]:
    """By key, and of one key the latest word last: unsorted upserts of two processes deadlock."""
    try:
        return sorted(facts)
    except TypeError:  # one message told with its thread and without
        return sorted(facts, key=_order)


def _order(fact: Fact) -> tuple[int, int, int, int, int, int]:
    return fact[0], fact[1], fact[2], fact[3], fact[6], fact[10]


def mark_gone(session: Session, place_id: int, ref: int) -> None:
    """Flag a message as deleted; its contribution stays counted."""
    session.execute(
        update(Activity)
        .where(
            Activity.place_id == place_id,
            Activity.ref == ref,
            Activity.kind == SAID,
            Activity.mark == 0,
            Activity.flags.op("&")(GONE) == 0,
        )
        .values(flags=Activity.flags + GONE)
    )


def knows(session: Session, place_id: int, ref: int, kind: int, of: int = 0) -> bool:
    """Is this fact kept?"""
    return session.get(Activity, (place_id, ref, kind, of)) is not None


def removed(session: Session, refs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these (place_id, ref) that were deleted, perhaps before we heard them."""
    if not refs:
        return set()
    query = select(Activity.place_id, Activity.ref).where(
        among(session, Activity.place_id, {place_id for place_id, _ in refs}),
        among(session, Activity.ref, {ref for _, ref in refs}),
        Activity.kind == REMOVED,
    )
    return {(place_id, ref) for place_id, ref in session.execute(query)} & set(refs)
