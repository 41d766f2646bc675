"""What is kept of members' texts, with the facts themselves: open questions, and the topics that replies speak of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from orchestrator.ports import Inbound
from orchestrator.rules import topics
from orchestrator.rules.deeds import above
from orchestrator.rules.flags import QUESTION
from orchestrator.store import bulk
from orchestrator.store.places import LivePlace
from orchestrator.store.tables import MemberTopic, from_us

#: Characters of a question that are kept.
LONGEST = 1_000

MAX_REF = 100

Key: TypeAlias = tuple[Any, ...]

Asked: TypeAlias = tuple[int, int, str, int, int, str, str]
"""A row of `question`: place_id, ref, message_ref, member_id, at (µs), text, topics (JSON)."""


@dataclass(slots=True)
class Texts:
    """What the messages of one transaction leave; each is written once, whatever is told again."""

    questions: dict[tuple[int, int], Asked] = field(default_factory=dict)
    topics: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def said(self, place: LivePlace, one: Inbound, fact: tuple[Any, ...]) -> None:
        """A message and the fact that it is (store/activity.py). A question among plain talk stays open with its
        text; a reply leaves only the topics it speaks of. Nothing else leaves anything."""
        if one.kind != "said":
            return
        place_id, ref, _, _, member_id, _, at, thread_ref, reply_to_ref, _, flags = fact
        if above(thread_ref, reply_to_ref) is not None:
            self.spoke_of(place.topics, place_id, ref, member_id, at, one.text)
        elif flags & QUESTION:
            text = clean(one.text or "")
            met = json.dumps(list(topics.met(text, place.topics))) if place.topics else "[]"
            message_ref = (one.message_ref or "")[:MAX_REF]
            self.questions[place_id, ref] = (place_id, ref, message_ref, member_id, at, text, met)

    @property
    def asked(self) -> list[Asked]:
        """The questions, to be kept with their facts (activity.keep); sorted, as all that two processes write."""
        return sorted(self.questions.values())

    def spoke_of(
        self, words: Sequence[str], place_id: int, ref: int, member_id: int, at: int, text: str | None
    ) -> None:
        """A reply or an answer; `words` are the community's topics."""
        for topic in topics.met(text, words):
            row = {"member_id": member_id, "topic": topic, "place_id": place_id, "ref": ref, "at": from_us(at)}
            self.topics[member_id, topic, place_id, ref] = row

    def write(self, session: Session) -> None:
        """Keep the topics; rows are sorted, for unsorted ones of two processes deadlock."""
        bulk.put(session, MemberTopic, [self.topics[key] for key in sorted(self.topics)])


def clean(text: str) -> str:
    """A text as a database keeps it: without NUL and halves of characters, and not endless."""
    whole = text.replace("\x00", "")[:LONGEST]
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode()
