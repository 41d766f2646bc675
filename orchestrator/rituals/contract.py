"""What a ritual kind is made of: the shapes that its pure functions take and give.

A kind is one module with

    NAME    its key in a playbook
    Model   its YAML, a pydantic model
    stages(model, when) -> [Stage]              the moments of a run whose `when` is that moment
    say(model, stage, facts) -> [Draft]         what is said at a stage
    asks(model, facts) -> [Ask]                 the questions of a run, in order, and when each is open
    hear(model, stage, heard, facts) -> [Effect] what a member's act does to an open run
    give(model, stage, facts) -> [Give]         the badges that a stage gives
    result(model, facts) -> Result              the numbers of a run
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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

    links: to the post of each stage, by the stage's name.
    """

    place_id: int
    platform: str
    link: str | None = None
    space: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


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
class Ask:
    """A question of a run: the stage whose post asks it, its text, and when answers are in time [opens, closes)."""

    stage: str
    text: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a kind may know when it speaks, hears or counts.

    question: {"id", "text"} chosen for this run, or None. step: position of a `steps` ritual.
    active: members with a contribution in the space in the last 28 days (hosts and bots left out).
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


@dataclass(frozen=True, slots=True)
class ButtonDraft:
    """A button to be: `word` is looked up in the playbook's language, `key` comes back when pressed."""

    word: str
    key: str
    kind: Literal["answer", "choice"] = "choice"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be rendered. `under` names the stage whose post in that place it joins as a reply.

    template: "prompt/post" is templates/<language>/<tone>/prompt/post.md.j2 or …/<language>/prompt/post.md.j2.
    The button key's "{run}" is replaced by the run's code. `opening`: the run's first post, the one that
    carries the ritual's introduction and may mention everyone.
    """

    template: str
    place_id: int
    values: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[ButtonDraft, ...] = ()
    under: str | None = None
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A member's act that belongs to an open (or closed) run.

    by: how we know that it belongs (thread, reply, form, direct). `edited` changes an earlier answer;
    `answered_before`: the member had answered the same question.
    """

    member_id: int
    text: str
    at: datetime
    by: Literal["thread", "reply", "form", "direct"]
    edited: bool = False
    answered_before: bool = False
    is_host: bool = False
    named: bool = True


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


Effect = Keep | Acknowledge | Give


@dataclass(frozen=True, slots=True)
class Result:
    """The numbers of a run: `counted` answers of `of` active members; `unanswered`: it asked and nobody answered."""

    counted: int
    of: int
    unanswered: bool
    asks: bool = True


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

    def give(self, model: Any, stage: str, facts: Facts) -> list[Give]: ...

    def result(self, model: Any, facts: Facts) -> Result: ...
