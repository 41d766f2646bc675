"""The playbook language as frozen models, complete after loading: banks inlined, community keys merged."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Base of the language's models: nothing unknown, nothing changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hosts(Frozen):
    """Who approves, and the space where they are asked and told."""

    people: list[str] = Field(min_length=1)
    space: str | None = None


class OurShare(Frozen):
    """At most this share of talk by us over the window, but always a few."""

    at_most: float = 0.20
    over: timedelta = timedelta(days=7)
    but_allow: int = 2  # per 7 days


class Pace(Frozen):
    """The guardrails; the defaults are those of the language."""

    quiet_hours: tuple[time, time] | None = (time(21), time(8))
    posts_per_day: int = 2  # by us, per place, per local day
    our_share: OurShare = OurShare()
    direct_per_week: int = 1
    stop_after: int = 3  # unanswered runs in a row


class Approval(Frozen):
    """Whether a human is asked first; `by` empty means every host."""

    required: bool = False
    by: list[str] = []
    within: timedelta = timedelta(hours=24)


class Ritual(Frozen):
    """A recurring occasion. `kind` names the module in rituals/, `model` is that module's Model."""

    name: str
    kind: str
    model: Any
    when: list[str]
    where: list[str] = []
    who: list[str] = []
    text: str | None = None
    template: dict[str, str] = {}
    approval: Approval = Approval()
    on_missed: timedelta | None = timedelta(hours=2)  # None: skip
    on_holiday: Literal["skip", "next working day", "post"] = "skip"
    if_unsure: Literal["send again", "hold"] = "send again"
    mention: Literal["everyone"] | None = None
    was: str | None = None
    paused: bool = False


class Playbook(Frozen):
    """One file, with the keys of its community merged in."""

    playbook: str
    title: str
    community: str
    language: Literal["fr", "en"]
    tone: Literal["tu", "vous"] = "vous"
    timezone: str
    holidays: str | None = None
    topics: list[str] = []
    people: dict[str, dict[str, str]] = {}  # name → connection → handle
    spaces: dict[str, dict[str, str]] = {}  # name → connection → link, id or name
    hosts: Hosts | None = None
    segments: dict[str, dict[str, Any]] = {}
    archetypes: dict[str, Any] = {}
    signature: str | None = None
    pace: Pace = Pace()
    rituals: dict[str, Ritual]
