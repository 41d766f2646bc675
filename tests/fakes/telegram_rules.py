"""What the published Bot API accepts: arguments, types and limits; raises Refusal with Telegram's words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from adapters.telegram.outbound import ALLOWED_REACTIONS


class Refusal(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass(frozen=True)
class File:
    """An uploaded part of a multipart request."""

    name: str
    content: bytes


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


# method → argument → (type, required); https://core.telegram.org/bots/api
ARGUMENTS: dict[str, dict[str, tuple[str, bool]]] = {
    "getMe": {},
    "getUpdates": {
        "offset": ("int", False),
        "limit": ("int", False),
        "timeout": ("int", False),
        "allowed_updates": ("list", False),
    },
    "setWebhook": {
        "url": ("str", True),
        "secret_token": ("str", False),
        "allowed_updates": ("list", False),
        "max_connections": ("int", False),
        "drop_pending_updates": ("bool", False),
    },
    "deleteWebhook": {"drop_pending_updates": ("bool", False)},
    "getWebhookInfo": {},
    "setMyCommands": {"commands": ("list", True), "scope": ("dict", False), "language_code": ("str", False)},
    "sendMessage": {
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "text": ("str", True),
        "parse_mode": ("str", False),
        "entities": ("list", False),
        "link_preview_options": ("dict", False),
        "disable_notification": ("bool", False),
        "reply_parameters": ("dict", False),
        "reply_markup": ("dict", False),
    },
    "editMessageText": {
        "chat_id": ("chat", True),
        "message_id": ("int", True),
        "text": ("str", True),
        "entities": ("list", False),
        "link_preview_options": ("dict", False),
        "reply_markup": ("dict", False),
    },
    "deleteMessage": {"chat_id": ("chat", True), "message_id": ("int", True)},
    "setMessageReaction": {
        "chat_id": ("chat", True),
        "message_id": ("int", True),
        "reaction": ("list", False),
        "is_big": ("bool", False),
    },
    "answerCallbackQuery": {
        "callback_query_id": ("str", True),
        "text": ("str", False),
        "show_alert": ("bool", False),
    },
    "sendPoll": {
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "question": ("str", True),
        "options": ("list", True),
        "is_anonymous": ("bool", False),
        "allows_multiple_answers": ("bool", False),
        "allows_revoting": ("bool", False),
        "hide_results_until_closes": ("bool", False),
        "open_period": ("int", False),
        "close_date": ("int", False),
        "description": ("str", False),
        "description_entities": ("list", False),
        "reply_parameters": ("dict", False),
    },
    "stopPoll": {"chat_id": ("chat", True), "message_id": ("int", True), "reply_markup": ("dict", False)},
    "sendDocument": {
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "document": ("file", True),
        "caption": ("str", False),
        "caption_entities": ("list", False),
        "reply_parameters": ("dict", False),
    },
    "getChat": {"chat_id": ("chat", True)},
    "getChatMember": {"chat_id": ("chat", True), "user_id": ("int", True)},
    "getChatAdministrators": {"chat_id": ("chat", True)},
}

ENTITIES = {
    "bold": set(),
    "italic": set(),
    "underline": set(),
    "strikethrough": set(),
    "spoiler": set(),
    "blockquote": set(),
    "expandable_blockquote": set(),
    "code": set(),
    "pre": {"language"},
    "text_link": {"url"},
    "text_mention": {"user"},
}
FREE = {"bold", "italic", "underline", "strikethrough", "spoiler"}
QUOTES = {"blockquote", "expandable_blockquote"}


def arguments(method: str, raw: dict[str, str]) -> dict[str, Any]:
    """The arguments of a call with their types. Unknown ones are refused (Telegram would ignore them)."""
    known = ARGUMENTS.get(method)
    if known is None:
        raise Refusal(404, "Not Found: method not found")
    for name in raw:
        if name not in known:
            raise bad(f'unknown parameter "{name}" of {method}')
    for name, (_, required) in known.items():
        if required and name not in raw:
            raise bad(f'parameter "{name}" is required')
    return {name: _typed(name, value, known[name][0]) for name, value in raw.items()}


def _typed(name: str, value: Any, kind: str) -> Any:
    if kind == "str":
        if not isinstance(value, str):
            raise bad(f"{name} must be a String")
        return value
    if kind == "file":
        if not isinstance(value, File) or not value.content:
            raise bad("file must be non-empty")
        return value
    if kind == "chat" and isinstance(value, str) and value.startswith("@"):
        return value
    try:
        decoded = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise bad(f"can't parse {name} JSON object") from None
    wanted = {"int": int, "chat": int, "bool": bool, "list": list, "dict": dict}[kind]
    if not isinstance(decoded, wanted) or (wanted is int and isinstance(decoded, bool)):
        raise bad(f"{name} has a wrong type")
    return decoded


def text(args: dict[str, Any]) -> None:
    """A text and its entities."""
    marked(args["text"], args.get("entities", []), 4096)
    if not set(args.get("link_preview_options", {})) <= {"is_disabled", "url", "show_above_text"}:
        raise bad("unknown link preview options")


def marked(words: str, entities: list[Any], most: int) -> None:
    """A text of at most so many UTF-16 units, and its entities."""
    if not words.strip():
        raise bad("message text is empty")
    length = len(words.encode("utf-16-le")) // 2
    if length > most:
        raise bad("message is too long")
    spans = [_entity(entity, words, length) for entity in entities]
    for number, (kind, start, end) in enumerate(spans):
        for other, first, last in spans[number + 1 :]:
            _nested((kind, start, end), (other, first, last))


def poll(args: dict[str, Any], now: float, chat_type: str = "supergroup") -> None:
    """A poll: https://core.telegram.org/bots/api#sendpoll"""
    options = args["options"]
    if not 1 <= len(args["question"].encode("utf-16-le")) // 2 <= 300:
        raise bad("poll question length must not exceed 300")
    if not 2 <= len(options) <= 12:
        raise bad("poll must have at least 2 option" if len(options) < 2 else "poll can't have more than 12 options")
    if any(set(one) != {"text"} for one in options):
        raise bad("can't parse InputPollOption")
    if any(not 1 <= len(one["text"].strip().encode("utf-16-le")) // 2 <= 100 for one in options):
        raise bad("poll options length must not exceed 100")
    if chat_type == "channel" and not args.get("is_anonymous", True):
        raise bad("non-anonymous polls can't be sent to channel chats")
    if not 5 <= args.get("close_date", now + 5) - now <= 2628000:
        raise bad("close_date is out of range")
    if args.get("description"):
        marked(args["description"], args.get("description_entities", []), 1024)


def _entity(entity: Any, words: str, length: int) -> tuple[str, int, int]:
    if not isinstance(entity, dict) or entity.get("type") not in ENTITIES:
        raise bad("can't parse MessageEntity: unsupported type")
    more = ENTITIES[entity["type"]]
    if set(entity) - {"type", "offset", "length"} - more or (more - {"language"}) - set(entity):
        raise bad("can't parse MessageEntity: wrong fields")
    start, end = entity["offset"], entity["offset"] + entity["length"]
    if start < 0 or entity["length"] < 1 or end > length:
        raise bad("entity is out of range")
    for place in (start, end):
        words.encode("utf-16-le")[: 2 * place].decode("utf-16-le")  # raises inside a pair
    user = entity.get("user", {"id": 1, "is_bot": False, "first_name": "x"})
    if not isinstance(user.get("id"), int) or "first_name" not in user or "is_bot" not in user:
        raise bad("can't parse MessageEntity: user is no User")
    return entity["type"], start, end


def _nested(one: tuple[str, int, int], other: tuple[str, int, int]) -> None:
    (kind, a, b), (second, c, d) = one, other
    if b <= c or d <= a:
        return
    if not ((a <= c and d <= b) or (c <= a and b <= d)):
        raise bad("entities overlap")
    kinds = {kind, second}
    if kinds & {"code", "pre"} and kinds & (FREE | {"text_link", "text_mention"}):
        raise bad("code can't contain or be part of another entity")
    if kinds <= QUOTES or not kinds & (FREE | QUOTES):
        raise bad("these entities can't contain each other")


def markup(reply_markup: dict[str, Any]) -> None:
    """An inline keyboard."""
    rows = reply_markup.get("inline_keyboard")
    if set(reply_markup) != {"inline_keyboard"} or not isinstance(rows, list):
        raise bad("object expected as reply markup")
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise bad("text buttons must have a text")
        if len(set(button) - {"text"}) != 1 or not set(button) - {"text"} <= {"url", "callback_data"}:
            raise bad("exactly one of the optional fields must be used")
        if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if not re.match(r"https?://|tg://", button.get("url", "https://x")):
            raise bad("BUTTON_URL_INVALID")


def reaction(reactions: list[Any]) -> None:
    """At most one reaction, of the allowed emoji."""
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    for one in reactions:
        if set(one) != {"type", "emoji"} or one["type"] != "emoji" or one["emoji"] not in ALLOWED_REACTIONS:
            raise bad("REACTION_INVALID")


# What Telegram finds by itself in a text (tdlib/td, MessageEntity.cpp, abridged).
FOUND = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)),
    ("url", re.compile(r"(?:https?|tg|ton)://[^\s\u2000-\u200b\u2010-\u206f]*[\w/]", re.IGNORECASE)),
    ("url", re.compile(r"(?<!\w)[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|fr|me|io|dog|et)(?!\w)(?:/\S*)?", re.IGNORECASE)),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w+)?")),
)


def found(words: str) -> list[dict[str, Any]]:
    """The entities Telegram adds to a text, whoever wrote it."""
    entities: list[dict[str, Any]] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in FOUND:
        for hit in pattern.finditer(words):
            if any(hit.start() < b and a < hit.end() for a, b in taken):
                continue
            taken.append(hit.span())
            start = len(words[: hit.start()].encode("utf-16-le")) // 2
            length = len(hit[0].encode("utf-16-le")) // 2
            entities.append({"type": kind, "offset": start, "length": length})
    return sorted(entities, key=lambda entity: entity["offset"])
