"""Named points at which a process may be told to kill itself, so that recovery can be proved there."""

from __future__ import annotations

import os
import signal

#: The name of the point; set by `python -m tests.faults`, never in production.
VARIABLE = "TERTULIA_CRASH_AT"

_at = os.environ.get(VARIABLE)


def crash_point(name: str) -> None:
    """End this process at once, as kill -9 does, if that point was asked for."""
    if name == _at:
        os.kill(os.getpid(), signal.SIGKILL)
