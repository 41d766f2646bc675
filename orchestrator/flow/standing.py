"""What the runs of a batch find in their places; it grows with each run that is admitted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from orchestrator.rules.pace import Talk


class Coming(NamedTuple):
    """A post that a run would make in a place: at which stage, and the local day it falls on [start, end)."""

    stage: str
    place_id: int
    start: datetime
    end: datetime


Day: TypeAlias = tuple[datetime, datetime]
"""A local day, from its first instant to that of the next."""


@dataclass(slots=True)
class Standing:
    """The counts of a batch.

    posts: ours, by place id and start of the local day. talk: by place id and window. last_late: our last post
    after an outage, by place id. unanswered: runs in a row, by ritual id.
    """

    posts: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    talk: dict[tuple[int, timedelta], Talk] = field(default_factory=dict)
    last_late: dict[int, datetime] = field(default_factory=dict)
    unanswered: dict[int, int] = field(default_factory=dict)
