"""What a simulated member does → Inbound, as the played platform would tell it."""

from __future__ import annotations

from typing import Any

from orchestrator.ports import Inbound, InboundKind


def act(kind: InboundKind, number: int, member_ref: str, **facts: Any) -> Inbound:
    """An inbound from a rehearsed place; `number` makes its event_ref."""
    return Inbound(kind=kind, event_ref=f"rehearsal:{number}", member_ref=member_ref, **facts)


def thread_of(platform: str, under: str | None) -> dict[str, str | None]:
    """A reply is in a thread on Slack, and a reply to a message on Telegram."""
    if platform == "slack":
        return {"thread_ref": under, "reply_to_ref": None}
    return {"thread_ref": None, "reply_to_ref": under}
