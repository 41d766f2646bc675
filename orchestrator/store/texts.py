"""What is kept of members' texts, with the facts themselves: open questions, and the topics that replies speak of."""

from __future__ import annotations

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
from orchestrator.store.tables import MemberTopic, Question, from_us

#: Characters of a question that are kept.
LONGEST = 1_000

MAX_REF = 100

Key: TypeAlias = tuple[Any, ...]


@dataclass(slots=True)
class Texts:
    """What the messages of one transaction leave; each is written once, whatever is told again."""

    questions: dict[Key, dict[str, Any]] = field(default_factory=dict)
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
            self.questions[place_id, ref] = {
                "place_id": place_id,
                "ref": ref,
                "message_ref": (one.message_ref or "")[:MAX_REF],
                "member_id": member_id,
                "at": from_us(at),
                "text": text,
                "topics": list(topics.met(text, place.topics)),
            }

    def spoke_of(
        self, words: Sequence[str], place_id: int, ref: int, member_id: int, at: int, text: str | None
    ) -> None:
        """A reply or an answer; `words` are the community's topics."""
        for topic in topics.met(text, words):
            row = {"member_id": member_id, "topic": topic, "place_id": place_id, "ref": ref, "at": from_us(at)}
            self.topics[member_id, topic, place_id, ref] = row

    def write(self, session: Session) -> None:
        """Keep them; rows are sorted, for unsorted ones of two processes deadlock."""
        bulk.put(session, Question, [self.questions[key] for key in sorted(self.questions)])
        bulk.put(session, MemberTopic, [self.topics[key] for key in sorted(self.topics)])


def clean(text: str) -> str:
    """A text as a database keeps it: without NUL and halves of characters, and not endless."""
    whole = text.replace("\x00", "")[:LONGEST]
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode()
