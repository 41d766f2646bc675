"""What a ritual kind is made of: the shapes that its pure functions take and give.

A kind is one module with

    NAME    its key in a playbook
    Model   its YAML, a pydantic model
    stages(model, when) -> [Stage]              the moments of a run whose `when` is that moment
    say(model, stage, facts) -> [Draft]         what is said at a stage
    asks(model, facts) -> [Ask]                 the questions of a run, in order, and when each is open
    hear(model, stage, heard, facts) -> [Effect] what a member's act does to an open run
    act(model, stage, facts) -> [Effect]        what a stage does before it speaks: chooses people, gives badges
    result(model, facts) -> Result              the numbers of a run

and, where it differs from most,

    NEEDS         the further facts that it reads: "people", "leads" (with them), "questions"
    DIRECT        it writes to members only: it needs no `where`
    Model.who     segments that people are chosen from, beside the ritual's `who`
    BEGINS        the happenings that may begin it, where no date may
    APPROVED      a host approves it first unless the ritual says otherwise

Parts and votes are there whenever a run has any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel


class Written(str):
    """A value that a manager wrote: it is rendered as a template and its Markdown is kept.

    Every other text in a draft's values is escaped, whoever it comes from.
    """

    __slots__ = ()


class Word(str):
    """A value that stands in words.yaml: it is replaced by the playbook's own wording."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run and its moment (UTC, aware). `opens` starts taking answers, `closes` ends it."""

    name: str
    at: datetime
    asks_approval: bool = False
    opens: bool = False
    closes: bool = False


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
    """

    kind: Literal["question", "thread", "answer"]
    text: str
    at: datetime
    link: str | None = None
    space: str = ""
    others: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part in a run: a speaker, somebody nudged or left alone to compare, a buddy …

    One a member and role. `facts` are plain values, kept as they are. active_at: the member's last contribution.
    """

    member_id: int
    role: str
    state: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    first_name: str = ""
    active_at: datetime | None = None


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
    that the run is about. last_said_at: when a member last spoke in its space (with "questions").
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
    last_said_at: datetime | None = None

    def part(self, member_id: int, role: str) -> Part | None:
        """A member's part in that role."""
        return next((one for one in self.parts if (one.member_id, one.role) == (member_id, role)), None)


@dataclass(frozen=True, slots=True)
class ButtonDraft:
    """A button to be: `word` is looked up in the playbook's language, unless it has a `label` of its own.

    key: "<verb>-{run}[-<stage>[-<arg>]]"; it comes back when pressed.
    """

    word: str
    key: str
    kind: Literal["answer", "choice"] = "choice"
    label: str | None = None
    style: Literal["plain", "good", "bad"] = "plain"


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll of the platform's own to be, beside the draft's text; `question` and `options` are plain text."""

    question: str
    options: tuple[str, ...]
    several: bool = False
    hidden: bool = False
    closes_at: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be rendered, for a place or for one member directly.

    template: "prompt/post" is templates/<language>/<tone>/prompt/post.md.j2 or …/<language>/prompt/post.md.j2.
    under: the stage whose post in that place it joins as a reply. under_ref: a member's message that it joins.
    The button key's "{run}" is replaced by the run's code. `opening`: the run's first post, the one that
    carries the ritual's introduction and may mention everyone. unasked: a direct message that the member did
    nothing to get: it costs them their budget. hosts: it goes to the hosts' space. A draft with a poll becomes
    that poll; its text is its question. expects: the member's next direct message answers the stage's question.
    """

    template: str
    place_id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[ButtonDraft, ...] = ()
    under: str | None = None
    opening: bool = False
    member_id: int | None = None
    unasked: bool = False
    poll: PollDraft | None = None
    under_ref: str | None = None
    hosts: bool = False
    expects: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A member's act that belongs to an open (or closed) run.

    by: how we know that it belongs (thread, reply, form, direct; press: a button of the kind's own; vote: in a
    poll). `edited` changes an earlier answer; `answered_before`: the member had answered the same question.
    verb, arg: of the pressed button's key. options: of a vote, none when it was taken back.
    """

    member_id: int
    text: str
    at: datetime
    by: Literal["thread", "reply", "form", "direct", "press", "vote"]
    edited: bool = False
    answered_before: bool = False
    is_host: bool = False
    named: bool = True
    verb: str = ""
    arg: str = ""
    options: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep this as the member's answer. `text_only`: an edit, which leaves late and counted as they were."""

    late: bool = False
    counted: bool = True
    text_only: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """React to the member's message, so that they know it was heard."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Give:
    """Give a badge to members, at a stage."""

    badge: str
    member_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """Keep this as the member's vote; no option: their vote is taken back. The latest act stands.

    added: the options join the vote as it stands.
    """

    options: tuple[int, ...]
    counted: bool = True
    added: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """Give a member a part in the run, or move it on. `facts` are added to those that it has."""

    member_id: int
    role: str
    state: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tell:
    """A line that only the member reads who just acted: a notice where they pressed, else a direct reply."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redo:
    """Hold a stage again: what it says anew goes out, and what it said already is edited to what it says now.

    Asked for many times before its moment, it is held once. after: how long it rests since it was held last.
    """

    stage: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Note:
    """Keep plain values with the run."""

    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opt:
    """The member asked us for silence: "all" of it, "praise", or "nudges" until a moment."""

    what: Literal["all", "praise", "nudges"]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """There is nothing to hold after all: the run is skipped with "nobody to write to"."""

    what: str


Effect = Keep | Acknowledge | Give | Cast | Play | Tell | Redo | Note | Opt | End


@dataclass(frozen=True, slots=True)
class Result:
    """The numbers of a run: `counted` answers of `of` active members; `unanswered`: it asked and nobody answered.

    more: further numbers of the kind, by their name in words: plain values.
    """

    counted: int
    of: int
    unanswered: bool
    asks: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


class Kind(Protocol):
    """A ritual kind's module, seen as a value."""

    @property
    def NAME(self) -> str: ...

    @property
    def Model(self) -> type[BaseModel]: ...

    def stages(self, model: Any, when: datetime) -> list[Stage]: ...

    def say(self, model: Any, stage: str, facts: Facts) -> list[Draft]: ...

    def asks(self, model: Any, facts: Facts) -> list[Ask]: ...

    def hear(self, model: Any, stage: str, heard: Heard, facts: Facts) -> list[Effect]: ...

    def act(self, model: Any, stage: str, facts: Facts) -> list[Effect]: ...

    def result(self, model: Any, facts: Facts) -> Result: ...
