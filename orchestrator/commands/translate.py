"""`tertulia translate slack|telegram -`: platform payloads, one a line, as what we would keep of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click

from orchestrator.commands.arguments import LINE_ENDS
from orchestrator.ports import Ignored, Inbound


@click.command()
@click.argument("platform", type=click.Choice(["slack", "telegram"]))
@click.argument("payloads", type=click.File("rb"), default="-")
def command(platform: str, payloads: BinaryIO) -> None:
    """Show what we understand of payloads, one JSON object a line ("-": standard input).

    Nothing is kept or sent. Each line is answered by one line: {"inbound": [...]} or {"ignored": reason}.
    """
    from adapters import part

    read = part(platform, "inbound").read
    for line in payloads:
        found = _found(line, read)
        click.echo(json.dumps(found, ensure_ascii=False, separators=(",", ":")).translate(LINE_ENDS).encode())


def _found(line: bytes, read: Any) -> dict[str, Any]:
    try:
        payload = json.loads(line)
    except (ValueError, RecursionError):  # also bytes that are no UTF-8, and numbers of ten thousand digits
        return {"ignored": "not JSON"}
    said: list[Inbound] | Ignored = read(payload)
    if isinstance(said, Ignored):
        return {"ignored": said.reason}
    return {"inbound": list(_shown(said))}


def _shown(inbounds: Iterable[Inbound]) -> Iterable[dict[str, Any]]:
    for one in inbounds:
        yield {
            "kind": one.kind,
            "event_ref": one.event_ref,
            "at": None if one.at is None else _instant(one.at),
            "place_ref": one.place_ref,
            "thread_ref": one.thread_ref,
            "message_ref": one.message_ref,
            "member_ref": one.member_ref,
            "reply_to_ref": one.reply_to_ref,
            "text": one.text,
            "data": one.data,
        }


def _instant(at: int) -> str:
    """Microseconds since the epoch as 2026-11-30T08:30:00Z, with a fraction only where there is one."""
    seconds, rest = divmod(at, 1_000_000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:06d}Z" if rest else f"{whole}Z"
