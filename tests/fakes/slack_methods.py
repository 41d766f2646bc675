"""The Web API methods of the fake Slack: each checks its arguments as strictly as the published reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.fakes import slack_files as files
from tests.fakes.slack_rules import Args, Refusal, channel_of, check_blocks, check_text, need
from tests.fakes.slack_workspace import Workspace


def post_message(space: Workspace, args: Args) -> Args:
    need(args, "channel", "text blocks metadata thread_ts unfurl_links unfurl_media")
    channel = channel_of(space, args["channel"])
    check_blocks(args.get("blocks", []))
    if len(args.get("text", "")) > 4000:
        raise Refusal("msg_too_long")
    if args.get("thread_ts") and not space.message(channel, args["thread_ts"]):
        raise Refusal("thread_not_found")
    if space.strict_rate and space.too_fast(channel):
        raise Refusal("ratelimited")
    kept = {name: args[name] for name in ("text", "blocks", "metadata", "thread_ts") if args.get(name)}
    message = space.add(channel, {**kept, "user": space.bot, "bot_id": "B0BOT", "type": "message"})
    space.note("posted", channel=channel, **message)
    return {"channel": channel, "ts": message["ts"], "message": message}


def update(space: Workspace, args: Args) -> Args:
    need(args, "channel ts", "text blocks metadata")
    channel = channel_of(space, args["channel"])
    check_blocks(args.get("blocks", []))
    message = ours(space, channel, args["ts"], "cant_update_message")
    message.update({name: args[name] for name in ("text", "blocks", "metadata") if name in args})
    space.note("edited", channel=channel, ts=args["ts"], text=args.get("text"))
    return {"channel": channel, "ts": args["ts"], "text": message["text"]}


def delete(space: Workspace, args: Args) -> Args:
    need(args, "channel ts")
    channel = channel_of(space, args["channel"])
    space.messages[channel].remove(ours(space, channel, args["ts"], "cant_delete_message"))
    space.note("removed", channel=channel, ts=args["ts"])
    return {"channel": channel, "ts": args["ts"]}


def ours(space: Workspace, channel: str, ts: str, otherwise: str) -> Args:
    message = space.message(channel, ts)
    if message is None:
        raise Refusal("message_not_found")
    if message["user"] != space.bot:
        raise Refusal(otherwise)
    return message


def react(space: Workspace, args: Args) -> Args:
    need(args, "channel timestamp name")
    channel = channel_of(space, args["channel"])
    if not space.message(channel, args["timestamp"]):
        raise Refusal("message_not_found")
    reaction = (channel, args["timestamp"], args["name"], space.bot)
    if reaction in space.reactions:
        raise Refusal("already_reacted")
    space.reactions.append(reaction)
    space.note("reacted", channel=channel, ts=args["timestamp"], name=args["name"])
    return {}


def post_ephemeral(space: Workspace, args: Args) -> Args:
    need(args, "channel user", "text blocks thread_ts")
    channel = channel_of(space, args["channel"])
    check_blocks(args.get("blocks", []))
    if args["user"] not in space.channels[channel]["members"]:
        raise Refusal("user_not_in_channel")
    if args.get("thread_ts") and not is_root(space, channel, args["thread_ts"]):
        raise Refusal("thread_not_found")
    under = {"thread_ts": args["thread_ts"]} if args.get("thread_ts") else {}
    space.note("shown", channel=channel, user=args["user"], text=args["text"], **under)
    return {"message_ts": space.stamp()}


def is_root(space: Workspace, channel: str, ts: str) -> bool:
    """ "Avoid using a reply's ts value; use its parent's value instead" (chat.postEphemeral, thread_ts)."""
    message = space.message(channel, ts)
    return message is not None and message.get("thread_ts", ts) == ts


def open_view(space: Workspace, args: Args) -> Args:
    need(args, "trigger_id view")
    user = space.triggers.pop(args["trigger_id"], None)
    if user is None:
        raise Refusal("invalid_trigger_id")
    view = args["view"]
    check_blocks(view["blocks"], most=100)
    for part in ("title", "submit", "close"):
        check_text(view[part], 24, ("plain_text",))
    if view["type"] != "modal" or len(view["private_metadata"]) > 3000 or len(view["callback_id"]) > 255:
        raise Refusal("invalid_arguments")
    space.views[user] = {**view, "id": f"V{space.stamp().replace('.', '')}"}
    space.note("opened", user=user, view=view)
    return {"view": space.views[user]}


def history(space: Workspace, args: Args) -> Args:
    need(args, "channel", "oldest latest inclusive include_all_metadata limit cursor")
    channel = channel_of(space, args["channel"])
    return page([m for m in space.messages[channel] if "thread_ts" not in m][::-1], args)


def replies(space: Workspace, args: Args) -> Args:
    need(args, "channel ts", "oldest latest inclusive include_all_metadata limit cursor")
    channel = channel_of(space, args["channel"])
    if not space.message(channel, args["ts"]):
        raise Refusal("thread_not_found")
    return page([m for m in space.messages[channel] if args["ts"] in (m["ts"], m.get("thread_ts"))], args)


def page(messages: list[Args], args: Args) -> Args:
    found = [m for m in messages if float(m["ts"]) > float(args.get("oldest", 0))]
    if str(args.get("include_all_metadata", "")).lower() not in ("1", "true"):
        found = [{name: value for name, value in m.items() if name != "metadata"} for m in found]
    return paged("messages", found, args)


def paged(name: str, found: list[Any], args: Args) -> Args:
    start, size = int(args.get("cursor") or 0), min(int(args.get("limit", 100)), 1000)
    rest = str(start + size) if len(found) > start + size else ""
    return {name: found[start : start + size], "response_metadata": {"next_cursor": rest}}


def info(space: Workspace, args: Args) -> Args:
    need(args, "channel", "include_locale include_num_members")
    if args["channel"] not in space.channels:
        raise Refusal("channel_not_found")
    return {"channel": {k: v for k, v in space.channels[args["channel"]].items() if k != "members"}}


def list_channels(space: Workspace, args: Args) -> Args:
    need(args, "", "types exclude_archived limit cursor")
    seen = [c for c in space.channels.values() if not c.get("is_im") and not c.get("is_archived")]
    return paged("channels", seen, args)


def members(space: Workspace, args: Args) -> Args:
    need(args, "channel", "limit cursor")
    return paged("members", space.channels[channel_of(space, args["channel"], member=False)]["members"], args)


def user_info(space: Workspace, args: Args) -> Args:
    need(args, "user", "include_locale")
    if args["user"] not in space.users:
        raise Refusal("user_not_found")
    return {"user": space.users[args["user"]]}


def list_users(space: Workspace, args: Args) -> Args:
    need(args, "", "include_locale limit cursor")
    return paged("members", list(space.users.values()), args)


def open_direct(space: Workspace, args: Args) -> Args:
    need(args, "users", "return_im prevent_creation")
    if args["users"] not in space.users:
        raise Refusal("user_not_found")
    return {"channel": {"id": space.direct_chat(args["users"])}}


def auth_test(space: Workspace, args: Args) -> Args:
    need(args, "")
    return {
        "url": "https://cercle.slack.com/",
        "team": "Cercle",
        "team_id": "T0CERCLE",
        "user_id": space.bot,
        "bot_id": "B0BOT",
    }


METHODS: dict[str, Callable[[Workspace, Args], Args]] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "reactions.add": react,
    "views.open": open_view,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": info,
    "conversations.list": list_channels,
    "conversations.members": members,
    "conversations.open": open_direct,
    "files.getUploadURLExternal": files.ask,
    "files.completeUploadExternal": files.complete,
    "users.info": user_info,
    "users.list": list_users,
}
# The methods that change what members see.
ACTS = frozenset(name for name in METHODS if name.startswith(("chat.", "reactions.", "views.", "files.complete")))


def carry_out(space: Workspace, method: str, args: Args) -> Args:
    """The answer to one call. Some clients send JSON inside form fields: read it as Slack does."""
    if method not in METHODS:
        return {"ok": False, "error": "unknown_method"}
    try:
        read = {
            name: json.loads(v) if name in ("blocks", "view", "metadata", "files") and isinstance(v, str) else v
            for name, v in args.items()
        }
        with space.lock:
            return {"ok": True, **METHODS[method](space, read)}
    except Refusal as refusal:
        return {"ok": False, "error": str(refusal)}
