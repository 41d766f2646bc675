"""Files on the fake Slack: an address is asked for, the bytes go there, then the file is shown in a channel."""

from __future__ import annotations

from tests.fakes.slack_rules import Args, Refusal, channel_of, need
from tests.fakes.slack_workspace import Workspace

#: Where bytes go: https://docs.slack.dev/messaging/working-with-files/#uploading_files
UPLOAD = "/upload/v1/"


def ask(space: Workspace, args: Args) -> Args:
    """https://docs.slack.dev/reference/methods/files.getUploadURLExternal/"""
    need(args, "filename length", "alt_txt snippet_type")
    ref = f"F{len(space.files) + 1:010d}"
    space.files[ref] = {"name": args["filename"], "length": int(args["length"]), "content": None}
    return {"upload_url": f"{space.url}{UPLOAD}{ref}", "file_id": ref}


def take(space: Workspace, path: str, content: bytes) -> bool:
    """Take the bytes of a file that was asked for; their number must be the one that was told."""
    file = space.files.get(path.removeprefix(UPLOAD))
    if file is None or file["length"] != len(content):
        return False
    file["content"] = content
    return True


def complete(space: Workspace, args: Args) -> Args:
    """https://docs.slack.dev/reference/methods/files.completeUploadExternal/"""
    need(args, "files", "channel_id channels initial_comment thread_ts blocks")
    known = [one["id"] for one in args["files"]]
    if not known or any(space.files.get(ref, {}).get("content") is None for ref in known):
        raise Refusal("file_not_found")
    if args.get("channel_id") in space.users:
        raise Refusal("channel_not_found")  # this method takes ids of channels only
    channel = channel_of(space, args["channel_id"])
    shown = [{"id": ref, "name": space.files[ref]["name"]} for ref in known]
    message = {"user": space.bot, "bot_id": "B0BOT", "type": "message", "text": args.get("initial_comment", "")}
    kept = space.add(channel, {**message, "files": shown})
    space.note("shared", channel=channel, ts=kept["ts"], files=[one["name"] for one in shown])
    return {"files": [{"id": ref, "title": space.files[ref]["name"]} for ref in known]}
