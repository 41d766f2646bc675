"""Which run a member's message belongs to, and which of a member's acts is their answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

By = Literal["thread", "reply", "form", "direct", "press", "vote"]

ANSWER_KEY = "answer-"


@dataclass(frozen=True, slots=True)
class Said:
    """A member's message as far as matching needs it."""

    place_ref: str | None
    thread_ref: str | None = None
    reply_to_ref: str | None = None


@dataclass(frozen=True, slots=True)
class OurPost:
    """A message of ours that belongs to a run: where it stands, and its own reference there.

    `place_id` is None in a direct chat.
    """

    run_id: int
    stage: str
    place_ref: str
    message_ref: str
    place_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question asked directly that waits for the next direct message.

    `direct_ref` is the direct chat it was asked in, None while our question's receipt is not known.
    `stage` is the one that asks it in the run's places.
    """

    run_id: int
    asked_at: datetime
    direct_ref: str | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The run that a message belongs to, the stage whose post drew it, how we know, and where."""

    run_id: int
    stage: str
    by: By
    place_id: int | None = None


def by_post(said: Said, posts: Iterable[OurPost]) -> Match | None:
    """Match a message to the post it stands under.

    A reply to our post counts, and a message in our post's thread; a reply to somebody's answer does
    not, even where the platform shows it in the same place.
    """
    here = {post.message_ref: post for post in posts if post.place_ref == said.place_ref}
    if said.reply_to_ref is not None and (post := here.get(said.reply_to_ref)):
        return Match(post.run_id, post.stage, "reply", post.place_id)
    if said.thread_ref is not None and (post := here.get(said.thread_ref)):
        return Match(post.run_id, post.stage, "thread", post.place_id)
    return None


def by_question(said: Said, questions: Iterable[OpenQuestion]) -> Match | None:
    """Match a direct message to the question asked last in that chat."""
    here = [q for q in questions if q.direct_ref is None or q.direct_ref == said.place_ref]
    if not here:
        return None
    last = max(here, key=lambda q: (q.asked_at, q.run_id, q.stage))
    return Match(last.run_id, last.stage, "direct")


class AnswerKey(NamedTuple):
    """What the key of an answer button names: a run by its code, and the stage that asks ("": its only question)."""

    code: str
    stage: str = ""


def read_key(key: str) -> AnswerKey | None:
    """The key of a button, form or link, "answer-<code>" or "answer-<code>-<stage>"; None for any other key."""
    if not key.startswith(ANSWER_KEY):
        return None
    code, _, stage = key.removeprefix(ANSWER_KEY).partition("-")
    return AnswerKey(code, stage) if code else None


class PressKey(NamedTuple):
    """What the key of a kind's own button names: what is done, in which run, at which stage, and with what."""

    verb: str
    code: str
    stage: str = ""
    arg: str = ""


_PRESS = re.compile(r"([a-z]+)-([0-9a-f]{16})(?:-([a-z0-9_]+))?(?:-([A-Za-z0-9_]+))?")


def read_press(key: str) -> PressKey | None:
    """The key of a button, "<verb>-<code>[-<stage>[-<arg>]]"; None for any other."""
    found = _PRESS.fullmatch(key)
    return PressKey(*(part or "" for part in found.groups())) if found else None


@dataclass(frozen=True, slots=True)
class Act:
    """One way in which a member answered a run.

    message_ref: the message, with its place; None for the form. said_at: when it was first said.
    edited_at: the moment of the wording we hold, None for the first. late: after the run closed.
    """

    message_ref: str | None
    said_at: datetime
    text: str
    place_id: int | None = None
    handle_id: int = 0
    edited_at: datetime | None = None
    late: bool = False
    counted: bool = True
    named: bool = True

    @property
    def is_form(self) -> bool:
        return self.message_ref is None

    @property
    def worded_at(self) -> datetime:
        """The moment of the wording we hold."""
        return self.edited_at or self.said_at

    def is_same_message(self, other: Act) -> bool:
        """Is this another wording of the same message?"""
        return (
            not self.is_form
            and self.message_ref == other.message_ref
            and self.handle_id == other.handle_id
            and self.place_id == other.place_id
        )


def better(kept: Act | None, new: Act) -> Act:
    """Of what is kept and what arrives, the member's answer. Order and repetition do not matter.

    The form (a deliberate act, sent again to correct it) comes before messages, and among messages
    the first: those that follow are replies. Who once answered in time is not late.
    """
    if kept is None:
        return new
    if kept.is_same_message(new):
        return _newest_wording(kept, new)
    return replace(min(kept, new, key=_order), late=kept.late and new.late)


def answered_before(kept: Act | None, new: Act) -> bool:
    """Had the member answered already when they did this?"""
    return kept is not None and _chronology(kept) <= _chronology(new)


def _newest_wording(one: Act, other: Act) -> Act:
    older, newer = sorted((one, other), key=lambda act: (act.worded_at, act.text))
    said_at = min(one.said_at, other.said_at)
    return replace(
        newer,
        said_at=said_at,
        edited_at=newer.worded_at if newer.worded_at > said_at else None,
        late=one.late and other.late,
        named=older.named,
    )


def _chronology(act: Act) -> tuple[float, int, str]:
    # Moments may be whole seconds: then the shorter, lower reference came first.
    ref = act.message_ref or ""
    return act.said_at.timestamp(), len(ref), ref


def _order(act: Act) -> tuple[bool, float, int, str, int, int]:
    moment, length, ref = _chronology(act)
    if act.is_form:
        return False, -moment, 0, act.text, 0, 0
    return True, moment, length, ref, act.place_id or 0, act.handle_id
