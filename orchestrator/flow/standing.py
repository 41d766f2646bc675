"""What runs find in their places when they ask to be admitted; it grows with each run that is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator.rules.pace import Talk


class Coming(NamedTuple):
    """A post that a run would make in a place: at which stage, and the local day it falls on [start, end)."""

    stage: str
    place_id: int
    start: datetime
    end: datetime


@dataclass(slots=True)
class Standing:
    """The counts of a batch.

    coming: the posts of each run that asks, by its id. posts: ours, by place id and start of the local day.
    talk: by place id and window. last_late: our last post after an outage, by place id. unanswered: runs in a
    row, by ritual id.
    """

    coming: dict[int, list[Coming]] = field(default_factory=dict)
    posts: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    talk: dict[tuple[int, timedelta], Talk] = field(default_factory=dict)
    last_late: dict[int, datetime] = field(default_factory=dict)
    unanswered: dict[int, int] = field(default_factory=dict)
