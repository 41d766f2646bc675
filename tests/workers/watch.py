"""Seconds that a test moves."""

from __future__ import annotations

from orchestrator.flow import vitals

#: Seconds after which a part that did nothing is red.
WEDGED = vitals.SILENT_AFTER.total_seconds() + 1


class Watch:
    """A monotonic clock at rest."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
