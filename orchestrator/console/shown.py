"""What a message of the practice room holds beside its words: a poll to vote in, or a file to take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from orchestrator.store import rehearsal
from orchestrator.store.tables import RehearsalMessage


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a poll. votes: None while they are hidden. mine: the seat stands for it.

    becomes: the seat's whole vote once this option is pressed, "0,2"; "" when that takes it back.
    """

    label: str
    votes: int | None
    mine: bool
    becomes: str


@dataclass(frozen=True, slots=True)
class PollShown:
    """A poll of the platform's own, with how many voted."""

    question: str
    choices: tuple[Choice, ...]
    voters: int
    several: bool
    takes_votes: bool


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file that we sent. address: a data: address with its whole content."""

    name: str
    address: str


def poll(
    row: RehearsalMessage, votes: Mapping[str, Sequence[int]], seats: Collection[str], now: datetime
) -> PollShown | None:
    """The poll of a message, seen by whoever sits under one of these references; None where it holds none."""
    if row.kind != "poll":
        return None
    act, is_open = row.sent["act"], rehearsal.takes_votes(row, now)
    mine = {number for seat in seats for number in votes.get(seat, ())}
    choices = tuple(
        Choice(
            label=label,
            votes=None if act["hidden"] and is_open else sum(number in chosen for chosen in votes.values()),
            mine=number in mine,
            becomes=_becomes(number, mine, several=act["several"]),
        )
        for number, label in enumerate(act["options"])
    )
    question = row.sent["calls"][0]["args"]["question"]  # as the played platform shows it: without marks
    return PollShown(question, choices, len(votes), act["several"], is_open)


def clock(at: datetime, now: datetime, language: str) -> str:
    """When a message was written, in the zone of `now`: "09:30", on another day "27 nov. 09:30"."""
    local = at.astimezone(now.tzinfo)
    day = "" if local.date() == now.date() else f"{format_date(local, 'd MMM', locale=language)} "
    return f"{day}{local:%H:%M}"


def until(moment: datetime | None, now: datetime, language: str) -> str:
    """How far a moment is away, in days of the zone of `now`; "" where there is none."""
    if moment is None:
        return ""
    days = max((moment.astimezone(now.tzinfo).date() - now.date()).days, 0)
    if language == "fr":
        return ("aujourd’hui", "demain")[days] if days < 2 else f"dans {days} jours"
    return ("today", "tomorrow")[days] if days < 2 else f"in {days} days"


def _becomes(pressed: int, mine: set[int], *, several: bool) -> str:
    kept = mine if several or pressed in mine else set()
    return ",".join(map(str, sorted(kept ^ {pressed})))


def file(row: RehearsalMessage) -> FileShown | None:
    """The file of a message; None where it holds none."""
    if row.kind != "file":
        return None
    act = row.sent["act"]
    return FileShown(act["name"], f"data:application/octet-stream;base64,{act['content']}")
