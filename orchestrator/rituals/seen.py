"""What a ritual kind may know: places, people, parts, votes, answers and questions, as facts without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place of the run: `link` leads to the run's first post there, once it is known; `space` is its space's name.

    links: to the post of each stage, by the stage's name. polls: can it hold a poll of the platform's own?
    """

    place_id: int
    platform: str
    link: str | None = None
    space: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    polls: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as a recap may use it. `first_name` is None where the member may not be named.

    stage: the one whose question it answers; "" for an imagined answer, which fits every question.
    """

    member_id: int
    text: str
    said_at: datetime
    place_id: int | None
    platform: str
    first_name: str | None
    reactions: int = 0
    late: bool = False
    counted: bool = True
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a kind may choose: in the ritual's `who`, no host, no bot, nobody who asked for silence.

    first_name: "" where none is known. places: ids of the run's places they are in.
    reachable: can we write to them directly? budget: is an unasked message left for them this week?
    praise: may they be thanked in public? nudges_from: they said "not now" until then.
    quiet_since: their last contribution, None: never one.
    answered, helped, started, voices: evidence over the window of the kind (`EVIDENCE`, else 90 days): answers to
    rituals, other members' questions they helped with, threads of theirs that others joined, distinct members
    they spoke with. topics: community topics they spoke of, and how often. badges: name → earned at.
    earlier: their parts in earlier runs of this ritual, of the last year, oldest first.
    """

    member_id: int
    first_name: str = ""
    places: tuple[int, ...] = ()
    reachable: bool = True
    budget: bool = True
    praise: bool = True
    nudges_from: datetime | None = None
    quiet_since: datetime | None = None
    answered: int = 0
    helped: int = 0
    started: int = 0
    voices: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)
    badges: Mapping[str, datetime] = field(default_factory=dict)
    earlier: tuple[Part, ...] = ()
    leads: tuple[Lead, ...] = ()


@dataclass(frozen=True, slots=True)
class Lead:
    """A reason of a member's own to come back, the freshest first.

    kind: "question" (an open one that touches what they know), "thread" (others went on where they had spoken),
    "answer" (somebody answered a question of theirs). text: the question or the topic, as it was written.
    asker_id: the member whose question it is, where it is another one's.
    """

    kind: Literal["question", "thread", "answer"]
    text: str
    at: datetime
    link: str | None = None
    space: str = ""
    others: int = 0
    asker_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part in a run: a speaker, somebody nudged or left alone to compare, a buddy …

    One a member and role. `facts` are plain values, kept as they are. active_at: the member's last contribution.
    silent: they asked us for silence. Of earlier runs alone: opened_at, when the run was posted, and written_at, when
    a direct post of it reached the member.
    """

    member_id: int
    role: str
    state: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    first_name: str = ""
    active_at: datetime | None = None
    silent: bool = False
    opened_at: datetime | None = None
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """A member's vote at a stage, the latest over all platforms: positions of the options."""

    member_id: int
    stage: str
    options: tuple[int, ...]
    at: datetime
    platform: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A member's question that nobody has answered: where it stands, and what it is about."""

    place_id: int
    message_ref: str
    member_id: int
    at: datetime
    text: str
    topics: tuple[str, ...] = ()
    link: str | None = None
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a run: the stage whose post asks it, its text, and when answers are in time [opens, closes)."""

    stage: str
    text: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a kind may know when it speaks, hears or counts.

    question: {"id", "text"} chosen for this run, or None. run: what the run keeps ("result", a kind's own
    notes); written_to: members whom a direct post of the run reached. A run that a member's doing began names
    them in run["member_id"]. active: members with a contribution in the space in the last 28 days (hosts and
    bots left out). subject: that member, unless they are a host or asked for silence. questions: the open ones
    that the run is about. answered_at: when the one that began it was answered. last_said_at: when a member last
    spoke in its space (both with "questions"). before: the results of the ritual's other runs of the last year, newest
    first (with "results").
    """

    now: datetime
    due_at: datetime
    places: tuple[PlaceFacts, ...] = ()
    question: dict[str, str] | None = None
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    answers: tuple[Answered, ...] = ()
    active: int = 0
    run: dict[str, Any] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    parts: tuple[Part, ...] = ()
    votes: tuple[Vote, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    ritual_id: int = 0
    written_to: frozenset[int] = frozenset()
    subject: Person | None = None
    answered_at: datetime | None = None
    last_said_at: datetime | None = None
    before: tuple[Mapping[str, Any], ...] = ()

    def part(self, member_id: int, role: str) -> Part | None:
        """A member's part in that role."""
        return next((one for one in self.parts if (one.member_id, one.role) == (member_id, role)), None)
