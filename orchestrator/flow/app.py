"""What a verb with I/O needs, wired once by boot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestrator.flow.flights import Flights

if TYPE_CHECKING:  # commands that ask only for the time need no database
    from orchestrator.ports import Adapter
    from orchestrator.render import Renderer
    from orchestrator.settings import Settings
    from orchestrator.store.session import Store

Ring = Callable[[str, Sequence[int]], None]
"""Wake a worker: ("receive", []), ("prepare", stage ids), ("deliver", connection ids), ("settle", [])."""


def wall_clock() -> datetime:
    """Now, as an aware UTC moment."""
    return datetime.now(UTC)


def silence(_kind: str, _ids: Sequence[int]) -> None:
    """Ring no bell: the sweep finds the work."""


@dataclass(frozen=True, slots=True)
class App:
    """All that a verb with I/O needs. Tests and rehearsals build their own."""

    settings: Settings
    store: Store
    adapters: Mapping[str, Adapter]  # by connection name
    render: Renderer
    now: Callable[[], datetime] = wall_clock
    ring: Ring = silence
    sleep: Callable[[float], None] = time.sleep  # a rehearsal moves its clock instead
    flights: Flights = field(default_factory=Flights)
    asked_names: set[int] = field(default_factory=set)  # handles whose name this process asked for in vain
    rehearses: bool = False  # every connection is played: nothing real can be sent
