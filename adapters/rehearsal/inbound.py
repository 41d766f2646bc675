"""What a simulated member did → Inbound, as the played platform would tell it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from orchestrator.ports import Inbound
from orchestrator.store import rehearsal

#: Kinds that never need a reaction, unless they join a thread or a direct chat.
PLAIN = frozenset({"reacted", "unreacted"})

#: Words to us in a direct chat that both platforms hear as commands.
WORDS = frozenset({"help", "aide", "stop", "start", "me", "moi", "link", "lier"})


#: A Telegram command: a message whose first word begins with a slash.
COMMAND = re.compile(r"/(\w+)(.*)", re.DOTALL)


def read(number: int, body: bytes, platform: str) -> Inbound:
    """One act of the ledger. A reply is in a thread on Slack, and a reply to a message on Telegram."""
    facts: dict[str, Any] = msgspec.json.decode(body)
    under = facts.pop("under", None)
    direct = rehearsal.is_direct(str(facts.get("place_ref") or ""))
    if direct and facts["kind"] == "said" and (word := str(facts["text"]).strip(" .!").casefold()) in WORDS:
        facts |= {"kind": "commanded", "data": {"word": word, "rest": ""}}
    if platform != "slack" and facts["kind"] == "said" and (command := COMMAND.match(str(facts["text"]))):
        facts |= {"kind": "commanded", "data": {"word": command[1].casefold(), "rest": command[2].strip()}}
    if facts["kind"] == "pressed" and platform != "slack":
        facts["at"] = None  # Telegram tells no moment
    if facts["kind"] == "pressed" or _is_slash(facts, platform):
        facts["data"]["trigger_ref"] = rehearsal.trigger(number, facts["member_ref"], facts["place_ref"])
    return Inbound(
        event_ref=f"rehearsal:{number}",
        thread_ref=under if platform == "slack" else None,
        reply_to_ref=under if platform != "slack" else None,
        to_us=direct or (facts["kind"] not in PLAIN and (facts["kind"] != "said" or under is not None)),
        **facts,
    )


def _is_slash(facts: Mapping[str, Any], platform: str) -> bool:
    """Is it Slack's slash command? It is no message, and what answers it only its writer reads."""
    return platform == "slack" and facts["kind"] == "commanded" and "message_ref" not in facts
