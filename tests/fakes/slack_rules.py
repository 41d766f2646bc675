"""What the published Web API accepts: arguments, channels, Block Kit; raises Refusal with Slack's codes."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack_workspace import Workspace

Args = dict[str, Any]


class Refusal(Exception):
    """An answer {"ok": false, "error": code}."""


def need(args: Args, required: str, optional: str = "") -> None:
    """Every argument known, every required one there."""
    for name in required.split():
        if args.get(name) in (None, ""):
            raise Refusal("invalid_arguments")
    unknown = set(args) - set(required.split()) - set(optional.split()) - {"token"}
    if unknown:
        raise Refusal(f"invalid_arg_name: {sorted(unknown)}")


def channel_of(space: Workspace, ref: str, *, member: bool = True) -> str:
    """The channel's id (a person's id becomes their direct chat). Refuses what Slack refuses."""
    if ref in space.users:
        ref = space.direct_chat(ref)
    channel = space.channels.get(ref)
    if channel is None:
        raise Refusal("channel_not_found")
    if channel.get("is_archived"):
        raise Refusal("is_archived")
    if member and not channel["is_member"]:
        raise Refusal("not_in_channel")
    return ref


def check_text(text: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    if not isinstance(text, dict) or text.get("type") not in kinds or not 1 <= len(text.get("text", "")) <= limit:
        raise Refusal("invalid_blocks")


def check_blocks(blocks: Any, most: int = 50) -> None:
    if not isinstance(blocks, list) or len(blocks) > most:
        raise Refusal("invalid_blocks")
    for block in blocks:
        kind = block.get("type")
        if kind == "section":
            check_text(block["text"], 3000)
        elif kind == "actions":
            check_actions(block["elements"])
        elif kind == "input":
            check_text(block["label"], 2000, ("plain_text",))
        elif kind != "context":
            raise Refusal("invalid_blocks")


def check_actions(elements: list[Any]) -> None:
    if not 1 <= len(elements) <= 25 or len({e["action_id"] for e in elements}) < len(elements):
        raise Refusal("invalid_blocks")
    for element in elements:
        check_text(element["text"], 75, ("plain_text",))
        if len(element["action_id"]) > 255 or len(element.get("value", "")) > 2000:
            raise Refusal("invalid_blocks")
        if element.get("style", "primary") not in ("primary", "danger"):
            raise Refusal("invalid_blocks")
