"""What a check may know besides the files: the moment, and the renderer's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.playbook.schema import Playbook


@dataclass(frozen=True, slots=True)
class Texts:
    """The renderer's rules: is there such a template, and what is wrong with a text: (line, what, mend) or None."""

    has: Callable[[str, Playbook], bool]
    mistake_in: Callable[[str], tuple[int, str, str] | None]


@dataclass(frozen=True, slots=True)
class Look:
    """From which moment (aware) to look ahead, and whom to ask about texts; None: neither is looked at."""

    now: datetime | None = None
    texts: Texts | None = None
