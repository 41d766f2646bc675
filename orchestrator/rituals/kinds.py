"""The ritual kinds by their key in a playbook, and those that the language knows but we do not hold yet."""

from __future__ import annotations

from orchestrator.rituals import prompt, steps
from orchestrator.rituals.contract import Kind

KINDS: dict[str, Kind] = {prompt.NAME: prompt, steps.NAME: steps}

NOT_YET = frozenset(
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
