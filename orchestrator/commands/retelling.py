"""What a rehearsal left to tell: what was said, asked, held, and held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.commands.retelling_words import spell_day
from orchestrator.ports import Call


@dataclass(frozen=True, slots=True)
class Reply:
    """A member's message under one of ours."""

    author: str
    text: str
    at: datetime
    likes: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """One message of ours as it stood at the end.

    space: the space's name, "" for a direct message, which then has a `member`. votes: by option, of a poll of
    the platform's own. for_hosts: it is no business of the members.
    """

    at: datetime
    run_id: int
    ritual: str
    stage: str
    platform: str
    connection: str
    space: str
    place: str
    member: str
    text: str
    html: str
    buttons: tuple[tuple[str, str], ...]  # (label, style)
    votes: tuple[tuple[str, int], ...]
    reply: bool
    edited: bool
    for_hosts: bool
    replies: tuple[Reply, ...]
    call: Call | None


@dataclass(frozen=True, slots=True)
class Held:
    """One run and how it ended; `numbers` are those it kept when it was done."""

    id: int
    due_at: datetime
    playbook: str
    ritual: str
    kind: str
    outcome: str
    reason: str | None
    answers: int
    votes: int
    numbers: Mapping[str, Any]
    what: str = ""

    @property
    def path(self) -> str:
        return f"{self.playbook}/{self.ritual}"

    @property
    def is_skipped(self) -> bool:
        return self.outcome in ("skipped", "stopped")

    @property
    def is_called_off(self) -> bool:
        """Did it end without what it was for: a debate that nobody opened?"""
        return self.outcome == "done" and self.numbers.get("more", {}).get("held") is False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the hosts and what became of it."""

    run_id: int
    path: str
    asked_at: datetime
    until: datetime
    state: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """One message that did not leave, within a run that was held: to whom or where, and the reason."""

    at: datetime
    run_id: int
    path: str
    stage: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tale:
    """A whole rehearsal."""

    title: str
    language: str
    zone: ZoneInfo
    members: int
    newcomers: int
    start: datetime
    end: datetime
    said: list[Said]
    held: list[Held]
    asked: list[Asked]
    withheld: list[Withheld]
    calls: list[dict[str, Any]]
    approvals: str

    def local(self, moment: datetime) -> datetime:
        """A moment on the community's clocks."""
        return moment.astimezone(self.zone)

    def day(self, moment: datetime) -> str:
        """A moment's local day in words."""
        return spell_day(self.local(moment).date(), "full", self.language)
