"""Outgoing → what the ledger keeps: the act itself, and the calls of the platform it plays."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from adapters.rehearsal.text import to_html
from orchestrator.ports import Address, Call, Capabilities, Outgoing


class Plays(Protocol):
    """The pure side of the platform that is played: its adapters/<platform>/outbound.py."""

    CAPABILITIES: Capabilities

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]: ...


def kept(outgoing: Outgoing, calls: list[Call]) -> dict[str, Any]:
    """The act, the calls it stands for, and the picture that the practice room shows."""
    markdown = getattr(outgoing, "text", "")
    return {"act": msgspec.to_builtins(outgoing), "calls": msgspec.to_builtins(calls), "html": to_html(markdown)}
