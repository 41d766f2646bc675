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

    NEEDS         the further facts that it reads: "people", "leads" (with them), "questions", "results"
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

from orchestrator.rituals.seen import Answered as Answered
from orchestrator.rituals.seen import Ask as Ask
from orchestrator.rituals.seen import Facts as Facts
from orchestrator.rituals.seen import Lead as Lead
from orchestrator.rituals.seen import OpenQuestion as OpenQuestion
from orchestrator.rituals.seen import Part as Part
from orchestrator.rituals.seen import Person as Person
from orchestrator.rituals.seen import PlaceFacts as PlaceFacts
from orchestrator.rituals.seen import Vote as Vote


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
    """One stage of a run and its moment (UTC, aware). `opens` starts taking answers, `closes` ends it.

    waits: in the quiet hours the stage itself is put off, for what it says must be true when it is read.
    """

    name: str
    at: datetime
    asks_approval: bool = False
    opens: bool = False
    closes: bool = False
    waits: bool = False


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
    below: the template of what stands under the post even where a host wrote its words.
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
    below: str = ""


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
