"""The Bot API's methods on the fake's chats: each takes checked arguments and gives a result."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_chats import Ballots, Chat, Person, Posted
from tests.fakes.telegram_rules import Refusal, bad

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


def call(fake: FakeTelegram, method: str, raw: dict[str, str]) -> Any:
    """Carry one call out under the fake's lock. Raises Refusal."""
    args = rules.arguments(method, raw)
    return METHODS[method](fake, args)


def get_me(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    return {**fake.bot.public(), "can_join_groups": True, "can_read_all_group_messages": not fake.privacy}


def send_message(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _writable(fake, args["chat_id"])
    rules.text(args)
    rules.markup(args.get("reply_markup", {"inline_keyboard": []}))
    thread = args.get("message_thread_id")
    if thread is not None and thread not in chat.topics:
        raise bad("message thread not found")
    under = _under(fake, chat, args.get("reply_parameters"))
    fake.limits.spend(chat)
    posted = fake.post(chat, fake.bot, args["text"], thread=thread, reply_to=under)
    posted.entities = args.get("entities", []) + _added(args)
    posted.markup = args.get("reply_markup")
    return fake.shown(posted)


def send_poll(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _writable(fake, args["chat_id"])
    rules.poll(args, time.time(), chat.type)
    if args.get("message_thread_id") not in {None, *chat.topics}:
        raise bad("message thread not found")
    under = _under(fake, chat, args.get("reply_parameters"))
    fake.limits.spend(chat)
    posted = fake.post(chat, fake.bot, "", thread=args.get("message_thread_id"), reply_to=under)
    posted.poll = Ballots(
        id=f"{fake.bot.id}{len(fake.polls) + 1:06d}",
        question=args["question"],
        options=[option["text"] for option in args["options"]],
        several=args.get("allows_multiple_answers", False),
        hidden=args.get("hide_results_until_closes", False),
        close_date=args.get("close_date"),
        text=args.get("description", ""),
    )
    fake.polls[posted.poll.id] = posted.poll
    return fake.shown(posted)


def stop_poll(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _writable(fake, args["chat_id"])
    posted = fake.posted.get((chat.id, args["message_id"]))
    if posted is None or posted.removed:
        raise bad("message with poll to stop not found")
    if posted.poll is None:
        raise bad("message is not a poll")
    if not posted.poll.is_open(time.time()):
        raise bad("poll has already been closed")
    posted.poll.closed = True
    return posted.poll.public(time.time())


def send_document(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _writable(fake, args["chat_id"])
    if "caption" in args:
        rules.marked(args["caption"], args.get("caption_entities", []), 1024)
    fake.limits.spend(chat)
    posted = fake.post(chat, fake.bot, args.get("caption", ""))
    posted.file = (args["document"].name, args["document"].content)
    return fake.shown(posted)


def _added(args: dict[str, Any]) -> list[dict[str, Any]]:
    """What Telegram finds by itself, outside of what is already marked as code or link."""
    dead = [e for e in args.get("entities", []) if e["type"] in ("code", "pre", "text_link", "text_mention")]
    spans = [(e["offset"], e["offset"] + e["length"]) for e in dead]
    return [
        e
        for e in rules.found(args["text"])
        if not any(e["offset"] < b and a < e["offset"] + e["length"] for a, b in spans)
    ]


def _under(fake: FakeTelegram, chat: Chat, reply: dict[str, Any] | None) -> int | None:
    if reply is None:
        return None
    if not set(reply) <= {"message_id", "chat_id", "allow_sending_without_reply"}:
        raise bad("unknown reply parameters")
    posted = fake.posted.get((chat.id, reply["message_id"]))
    if posted is not None and not posted.removed:
        return int(reply["message_id"])
    if reply.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def edit_message_text(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    posted = _ours(fake, args, "edit")
    rules.text(args)
    rules.markup(args.get("reply_markup", {"inline_keyboard": []}))
    entities = args.get("entities", []) + _added(args)
    if (posted.text, posted.entities, posted.markup) == (args["text"], entities, args.get("reply_markup")):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    fake.limits.spend(fake.chats[posted.chat_id])
    posted.text, posted.entities, posted.markup = args["text"], entities, args.get("reply_markup")
    posted.edits += 1
    return fake.shown(posted)


def delete_message(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    _ours(fake, args, "delete").removed = True
    return True


def _ours(fake: FakeTelegram, args: dict[str, Any], act: str) -> Posted:
    chat = _writable(fake, args["chat_id"])
    posted = fake.posted.get((chat.id, args["message_id"]))
    if posted is None or posted.removed:
        raise bad(f"message to {act} not found")
    if posted.by.id != fake.bot.id:
        raise bad(f"message can't be {act}ed" if act == "edit" else "message can't be deleted")
    return posted


def set_message_reaction(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _writable(fake, args["chat_id"])
    rules.reaction(args.get("reaction", []))
    posted = fake.posted.get((chat.id, args["message_id"]))
    if posted is None or posted.removed:
        raise bad("message to react not found")
    posted.our_reaction = args["reaction"][0]["emoji"] if args.get("reaction") else None
    return True


def answer_callback_query(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    if args["callback_query_id"] not in fake.presses_open:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(args.get("text", "").encode("utf-16-le")) // 2 > 200:
        raise bad("MESSAGE_TOO_LONG")
    fake.presses_open.discard(args["callback_query_id"])
    fake.notices.append(args.get("text", ""))
    return True


def get_chat(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    return {**_chat(fake, args["chat_id"]).public(), "accent_color_id": 1, "max_reaction_count": 11}


def get_chat_member(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _chat(fake, args["chat_id"])
    status = chat.members.get(args["user_id"], "left")
    if args["user_id"] == fake.bot.id and status in ("left", "kicked") and not chat.username:
        raise Refusal(403, f"Forbidden: bot is not a member of the {chat.type} chat")
    rights = fake.rights if args["user_id"] == fake.bot.id else {}
    return {"user": fake.people[args["user_id"]].public(), "status": status, **rights}


def get_chat_administrators(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    chat = _chat(fake, args["chat_id"])
    ranks = ("creator", "administrator")
    return [
        {"user": fake.people[id].public(), "status": status}
        for id, status in chat.members.items()
        if status in ranks and not fake.people[id].is_bot
    ]


def set_webhook(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    if args["url"] and not args["url"].startswith(("https://", "http://127.0.0.1")):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    fake.updates.webhook, fake.updates.webhook_secret = args["url"], args.get("secret_token")
    fake.updates.allow(args.get("allowed_updates"))
    fake.updates.changed.notify_all()
    return True


def delete_webhook(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    fake.updates.webhook, fake.updates.webhook_secret = "", None
    return True


def get_webhook_info(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    info = {
        "url": fake.updates.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(fake.updates.queue),
    }
    allowed = {} if fake.updates.allowed is None else {"allowed_updates": fake.updates.allowed}
    return {**info, **allowed, "max_connections": 40}


def get_updates(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    """Long polling: a newer request throws this one out; the offset forgets what lies before it."""
    webhook = "Conflict: can't use getUpdates method while webhook is active; "
    other = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    if fake.updates.webhook:
        raise Refusal(409, webhook + "use deleteWebhook to delete the webhook first")
    fake.updates.allow(args.get("allowed_updates"))
    found = fake.updates.poll(args.get("offset"), min(args.get("limit", 100), 100), args.get("timeout", 0))
    if found is None:
        raise Refusal(409, other)
    return found


def _chat(fake: FakeTelegram, chat_id: int | str) -> Chat:
    if isinstance(chat_id, str):
        named = [chat for chat in fake.chats.values() if "@" + (chat.username or "") == chat_id]
        if not named:
            raise bad("chat not found")
        return named[0]
    chat = fake.chats.get(chat_id)
    if chat is None:
        raise bad("chat not found")
    return chat


def _writable(fake: FakeTelegram, chat_id: int | str) -> Chat:
    chat = _chat(fake, chat_id)
    if chat.moved_to is not None:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, description, migrate_to_chat_id=chat.moved_to)
    if chat.type == "private":
        person: Person = fake.people[chat.id]
        if person.id in fake.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if person.id not in fake.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return chat
    if chat.members.get(fake.bot.id) in (None, "left", "kicked"):
        raise Refusal(403, f"Forbidden: bot was kicked from the {chat.type} chat")
    return chat


def set_my_commands(fake: FakeTelegram, args: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmycommands: 1 to 100 commands, each checked as botcommand says."""
    for one in args["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]) or not 1 <= len(one["description"]) <= 256:
            raise bad("BOT_COMMAND_INVALID")
    fake.menus[args.get("scope", {}).get("type", "default"), args.get("language_code", "")] = args["commands"]
    return True


METHODS = {
    "setMyCommands": set_my_commands,
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendPoll": send_poll,
    "stopPoll": stop_poll,
    "sendDocument": send_document,
    "editMessageText": edit_message_text,
    "deleteMessage": delete_message,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
}
