"""Tells which question of a run a member's act answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orchestrator.rituals.contract import Ask


def asked(asks: Sequence[Ask], stage: str, at: datetime) -> Ask | None:
    """The question that the stage asks; for any other stage, or none (""), the one open at that moment.

    When none is open it is the last that was, or the first that will be; None in a run that asks nothing.
    """
    named = next((ask for ask in asks if ask.stage == stage), None)
    begun = [ask for ask in asks if ask.opens_at <= at] or asks[:1]
    return named or next(reversed(begun), None)
