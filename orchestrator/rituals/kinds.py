"""The ritual kinds by their key in a playbook, and those that the language knows but we do not hold yet."""

from __future__ import annotations

from orchestrator.rituals import debate, nudge, poll, prompt, relaunch, shout_out, steps, welcome
from orchestrator.rituals.contract import Kind

_HELD: tuple[Kind, ...] = (prompt, steps, nudge, poll, welcome, shout_out, relaunch, debate)

KINDS: dict[str, Kind] = {kind.NAME: kind for kind in _HELD}

NOT_YET = (
    frozenset(
        {
            "poll",
            "debate",
            "nudge",
            "shout_out",
            "welcome",
            "relaunch",
            "you_said",
            "qa",
            "challenge",
            "round_table",
            "early_access",
        }
    )
    - KINDS.keys()
)
