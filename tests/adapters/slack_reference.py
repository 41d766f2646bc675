"""What Slack publishes about the calls we make: arguments, their types, the limits of Block Kit.

Each rule names its page; written from those pages, not from our own code.
"""

from __future__ import annotations

import re
from typing import Any

# https://docs.slack.dev/reference/methods/METHOD: argument → type; "!" marks a required one.
METHODS: dict[str, dict[str, type]] = {
    "chat.postMessage": {
        "channel!": str,
        "text": str,
        "blocks": list,
        "attachments": list,
        "metadata": dict,
        "thread_ts": str,
        "reply_broadcast": bool,
        "unfurl_links": bool,
        "unfurl_media": bool,
        "link_names": bool,
        "mrkdwn": bool,
        "parse": str,
    },
    "chat.update": {"channel!": str, "ts!": str, "text": str, "blocks": list, "metadata": dict, "parse": str},
    "chat.delete": {"channel!": str, "ts!": str},
    "chat.postEphemeral": {"channel!": str, "user!": str, "text": str, "blocks": list, "thread_ts": str},
    "reactions.add": {"channel!": str, "timestamp!": str, "name!": str},
    "files.getUploadURLExternal": {"filename!": str, "length!": int, "alt_txt": str, "snippet_type": str},
    "files.completeUploadExternal": {"files!": list, "channel_id": str, "initial_comment": str, "thread_ts": str},
    "views.open": {"trigger_id!": str, "view!": dict},
}
STAMP = re.compile(r"\d{1,11}\.\d{6}")


def check_call(method: str, args: dict[str, Any]) -> None:
    """Assert that the method exists and takes these arguments."""
    known = METHODS[method]
    assert set(args) <= {name.rstrip("!") for name in known}
    for name, kind in known.items():
        if name.endswith("!"):
            assert args.get(name.rstrip("!")), f"{name} is required"
        if name.rstrip("!") in args:
            assert type(args[name.rstrip("!")]) is kind, name
    for name in ("ts", "thread_ts", "timestamp"):
        assert name not in args or STAMP.fullmatch(args[name])
    if "text" in args or "blocks" in args:
        _message(args)
    if "view" in args:
        _modal(args["view"])


def _message(args: dict[str, Any]) -> None:
    # "The text field cannot exceed 4,000 characters" (chat.update, msg_too_long); longer posts are split in two.
    assert 1 <= len(args["text"]) <= 4000
    # https://docs.slack.dev/reference/block-kit/blocks/: 50 blocks a message, 100 a modal
    _blocks(args["blocks"], 50, {"section", "actions"})
    if "metadata" in args:  # https://docs.slack.dev/messaging/message-metadata/
        assert set(args["metadata"]) == {"event_type", "event_payload"}
        assert re.fullmatch(r"[A-Za-z0-9_]+", args["metadata"]["event_type"])


def _modal(view: dict[str, Any]) -> None:
    """https://docs.slack.dev/reference/views/modal-views/"""
    known = {"type", "title", "blocks", "close", "submit", "private_metadata", "callback_id"}
    assert set(view) <= known and {"type", "title", "blocks"} <= set(view) and view["type"] == "modal"
    for part in ("title", "close", "submit"):
        _text(view[part], 24, {"plain_text"})
    assert len(view["private_metadata"]) <= 3000 and len(view["callback_id"]) <= 255
    _blocks(view["blocks"], 100, {"section", "input"})
    assert any(block["type"] == "input" for block in view["blocks"])  # a submit button needs one


def _blocks(blocks: list[dict[str, Any]], most: int, kinds: set[str]) -> None:
    assert 1 <= len(blocks) <= most
    names = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(names)) == len(names) and all(1 <= len(name) <= 255 for name in names)
    for block in blocks:
        assert block["type"] in kinds
        {"section": _section, "actions": _actions, "input": _input}[block["type"]](block)


def _section(block: dict[str, Any]) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/section-block/"""
    assert set(block) <= {"type", "block_id", "text"}
    _text(block["text"], 3000, {"mrkdwn"})


def _actions(block: dict[str, Any]) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/actions-block/ and …/block-elements/button-element/"""
    assert 1 <= len(block["elements"]) <= 25
    keys = [button["action_id"] for button in block["elements"]]
    assert len(set(keys)) == len(keys) and all(1 <= len(key) <= 255 for key in keys)
    for button in block["elements"]:
        assert set(button) <= {"type", "text", "action_id", "value", "style"} and button["type"] == "button"
        assert len(button["value"]) <= 2000 and button.get("style", "primary") in ("primary", "danger")
        _text(button["text"], 75, {"plain_text"})


def _input(block: dict[str, Any]) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/input-block/ and the pages of its elements"""
    assert set(block) <= {"type", "block_id", "label", "element", "optional", "hint", "dispatch_action"}
    _text(block["label"], 2000, {"plain_text"})
    element = block["element"]
    if element["type"] == "plain_text_input":
        assert set(element) <= {"type", "action_id", "multiline", "max_length", "min_length", "focus_on_load"}
        assert 1 <= element["max_length"] <= 3000
        return
    assert element["type"] == "checkboxes" and set(element) <= {"type", "action_id", "options", "initial_options"}
    assert 1 <= len(element["options"]) <= 10
    for option in element["options"]:
        assert set(option) <= {"text", "value", "description"} and len(option["value"]) <= 75
        _text(option["text"], 75, {"plain_text", "mrkdwn"})


def _text(text: dict[str, Any], limit: int, kinds: set[str]) -> None:
    """https://docs.slack.dev/reference/block-kit/composition-objects/text-object/"""
    assert text["type"] in kinds and 1 <= len(text["text"]) <= limit
    assert set(text) <= ({"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"})
