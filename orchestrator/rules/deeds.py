"""What members did for others in one thread: the same deeds whatever the order in which it is heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from orchestrator.rules.flags import QUESTION, THANKS

HELPED, STARTED = "helped", "started"

#: Numbers of Slack's messages are at least this: microseconds since the epoch. A thread that is named by a smaller
#: one may be a topic of Telegram's, in which every message stands; there a reply names its message.
NAMES_ITS_ROOT = 10**12

Deed: TypeAlias = tuple[int, str]
"""member_id and what they did."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of a member. at: microseconds since the epoch. under: the message that it replies to, if it tells."""

    ref: int
    member_id: int
    day: int
    at: int
    flags: int
    under: int | None = None


def above(thread_ref: int | None, reply_to_ref: int | None) -> int | None:
    """The message that another one stands under; None: it stands by itself."""
    if reply_to_ref:
        return reply_to_ref
    return thread_ref if thread_ref and thread_ref >= NAMES_ITS_ROOT else None


def deeds(root: Spoken | None, replies: Sequence[Spoken], liked: Collection[int]) -> Mapping[Deed, int]:
    """Who started the thread and who helped its asker, each with the local day of it.

    root: the thread's first message, None where it is no member's. liked: replies that the asker reacted to.
    """
    others = [] if root is None else [one for one in replies if one.member_id != root.member_id]
    if root is None or not others:
        return {}
    found: dict[Deed, int] = {(root.member_id, STARTED): root.day}
    if not root.flags & QUESTION:
        return found
    thanks = [one for one in replies if one.member_id == root.member_id and one.flags & THANKS]
    for one in sorted(others, key=lambda reply: reply.ref):
        if one.ref in liked or any(_is_for(thank, one, root.ref) for thank in thanks):
            found.setdefault((one.member_id, HELPED), one.day)
    return found


def answered_at(root: Spoken, replies: Sequence[Spoken]) -> int | None:
    """When somebody else first replied, None: nobody has."""
    return min((one.at for one in replies if one.member_id != root.member_id), default=None)


def _is_for(thank: Spoken, reply: Spoken, root_ref: int) -> bool:
    """A thanks in reply to one message is for its author; else it is for all who had replied."""
    return reply.ref == thank.under if thank.under not in (None, root_ref) else reply.ref < thank.ref
