"""Outgoing → what the ledger keeps: the act itself, and the calls of the platform it plays."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

import msgspec

from adapters.rehearsal.text import to_html
from orchestrator.ports import Address, Call, Capabilities, Outgoing


class Plays(Protocol):
    """The pure side of the platform that is played: its adapters/<platform>/outbound.py."""

    CAPABILITIES: Capabilities

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]: ...


def kept(outgoing: Outgoing, calls: list[Call], max_text: int) -> dict[str, Any]:
    """The act, the calls it stands for, and the picture that the practice room shows."""
    return {
        "act": msgspec.to_builtins(outgoing),
        "calls": msgspec.to_builtins(calls),
        "html": _picture(getattr(outgoing, "text", ""), calls, max_text),
    }


def _picture(markdown: str, calls: list[Call], max_text: int) -> str:
    if len(markdown) > max_text and calls:  # cut: show what the platform would be given
        return f"<p>{escape(str(calls[0].args.get('text', '')))}</p>"
    return to_html(markdown)
