"""A Telegram Update → what happened, in platform-neutral words; pure, and never a crash.

`event_ref` is the update's id, so that a delivery repeated by Telegram is known again. Facts that
Telegram tells twice in different updates (a join as a service message and as `chat_member`, a move
from both chats) carry a reference made of the fact itself, so that the second telling is known too.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from adapters.telegram import rich
from adapters.telegram.changes import (
    A_BOT,
    SECOND,
    clean,
    moved,
    our_place,
    presence,
    press,
    reactions,
    their_place,
    thread,
    vote,
)
from adapters.telegram.commands import command
from adapters.telegram.payload import WHY_NOT, Batch, Message, Update, User
from orchestrator.ports import Ignored, Inbound

NO_MEMBER = Ignored("no member spoke")
STRANGE = Ignored("not a shape we know")
UNKNOWN = Ignored("not a kind we know")

_batch = msgspec.json.Decoder(Batch)
_update = msgspec.json.Decoder(Update)


class Us(Struct, frozen=True):
    """Ourselves, as far as we know: the bot's id as text, its name in lower case without @."""

    id: str | None = None
    name: str | None = None


def read(update: Any, bot_id: str | None = None, bot_name: str | None = None) -> list[Inbound] | Ignored:
    """What one update (decoded JSON) says, or why it says nothing to us."""
    if not isinstance(update, dict):
        return STRANGE
    try:
        told = _said_by(msgspec.convert(update, Update), us(bot_id, bot_name))
    except (msgspec.ValidationError, RecursionError, UnicodeError):  # the last: half a character
        return STRANGE
    if told is UNKNOWN:  # some senders write null for what is absent
        return next((Ignored(why) for kind, why in WHY_NOT.items() if update.get(kind) is not None), UNKNOWN)
    return told


def read_wire(body: bytes, bot_id: str | None = None, bot_name: str | None = None) -> list[Inbound] | None:
    """The same from raw bytes: a getUpdates answer or one webhook delivery, about 2 µs an update.

    None: some of it has a shape we do not know; `read_batch` or `read` takes it piece by piece.
    """
    try:
        updates = _batch.decode(body).result if b'"result"' in body[:64] else [_update.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        return None
    return _all(updates, us(bot_id, bot_name))


def read_batch(body: bytes, bot_id: str | None, bot_name: str | None) -> tuple[list[Inbound], int | None]:
    """A whole getUpdates answer, and the offset that confirms it (None: it was empty).

    One update of a strange shape is skipped and hides no other. Raises ValueError when it is no getUpdates
    answer at all.
    """
    try:
        updates = _batch.decode(body).result
        return _all(updates, us(bot_id, bot_name)), (updates[-1].update_id + 1 if updates else None)
    except (msgspec.DecodeError, RecursionError):
        pass
    inbounds: list[Inbound] = []
    following = None
    for piece in _pieces(body):
        inbounds += _told_by(piece, bot_id, bot_name)
        number = piece.get("update_id")
        following = number + 1 if isinstance(number, int) else following
    return inbounds, following


def read_delivery(body: bytes, bot_id: str | None, bot_name: str | None) -> list[Inbound]:
    """One webhook delivery; [] where it says nothing to us, or has a shape we do not know."""
    found = read_wire(body, bot_id, bot_name)
    if found is not None:
        return found
    try:
        return _told_by(json.loads(body), bot_id, bot_name)
    except (ValueError, RecursionError):
        return []


def _told_by(update: Any, bot_id: str | None, bot_name: str | None) -> list[Inbound]:
    told = read(update, bot_id, bot_name)
    return told if isinstance(told, list) else []


def _pieces(body: bytes) -> list[dict[str, Any]]:
    """The updates of an answer, by a reader that takes half a character (a cut name), which msgspec refuses."""
    answer = json.loads(body)
    updates = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(updates, list):
        raise ValueError("no answer of getUpdates")
    return [update for update in updates if isinstance(update, dict)]


def _all(updates: list[Update], ourselves: Us) -> list[Inbound]:
    return [one for update in updates if isinstance(told := _said_by(update, ourselves), list) for one in told]


def us(bot_id: str | None, bot_name: str | None) -> Us:
    """Ourselves, from an id and a @name as people write them."""
    return Us(bot_id, bot_name.lstrip("@").lower() if bot_name else None)


def _said_by(update: Update, ourselves: Us) -> list[Inbound] | Ignored:
    ref = str(update.update_id)
    if update.message is not None:
        return _message(update.message, ref, ourselves)
    if update.message_reaction is not None:
        return reactions(update.message_reaction, ref)
    if update.edited_message is not None:
        return _edited(update.edited_message, ref, ourselves)
    if update.callback_query is not None:
        return press(update.callback_query, ref)
    if update.poll_answer is not None:
        return vote(update.poll_answer, ref)
    if update.my_chat_member is not None:
        return our_place(update.my_chat_member)
    if update.chat_member is not None:
        return their_place(update.chat_member)
    return UNKNOWN


# --- messages ------------------------------------------------------------------------------------


def _message(message: Message, ref: str, ourselves: Us) -> list[Inbound] | Ignored:
    if message.text is None:
        service = _service(message, ourselves)
        if service is not None:
            return service
    refusal = _not_a_member(message)
    if refusal is not None:
        return refusal
    told = _told(message, ref, ourselves)
    words = command(message, ourselves.name)
    if isinstance(words, Ignored):
        return words
    return [told if words is None else replace(told, kind="commanded", data=words, to_us=True)]


def _edited(message: Message, ref: str, ourselves: Us) -> list[Inbound] | Ignored:
    refusal = _not_a_member(message)
    if refusal is not None:
        return refusal
    at = (message.edit_date or message.date) * SECOND
    return [replace(_told(message, ref, ourselves), kind="edited", at=at)]


def _not_a_member(message: Message) -> Ignored | None:
    if message.sender_chat is not None or message.from_ is None:
        return NO_MEMBER  # anonymous administrators, channels, forwards of a linked channel
    if message.from_.is_bot:  # with via_bot it is the member who sent it, helped by an inline bot
        return A_BOT
    return None


def _told(message: Message, ref: str, ourselves: Us) -> Inbound:
    """A member's own message; data: {"under": the key of the answer button above it}, where there is one."""
    to_us = _is_to_us(message, ourselves)
    key = _key_above(message) if to_us else None
    return Inbound(
        kind="said",
        event_ref=ref,
        at=message.date * SECOND,
        place_ref=str(message.chat.id),
        thread_ref=thread(message),
        message_ref=str(message.message_id),
        member_ref=None if message.from_ is None else str(message.from_.id),
        reply_to_ref=_reply_to(message),
        text=clean(_text(message)),
        data={} if key is None else {"under": key},
        to_us=to_us,
        language=_language(message),
    )


def _language(message: Message) -> str | UnsetType:
    """What somebody who writes to us directly has set their Telegram to: "fr" of "fr-CA" (an IETF language tag)."""
    code = message.from_.language_code if message.from_ is not None and message.chat.type == "private" else None
    return clean(code[:2]).lower() if isinstance(code, str) and code else UNSET


def _key_above(message: Message) -> str | None:
    """The key of the answer button of the post that this replies to: a link to the direct chat."""
    replied = message.reply_to_message
    if replied is None or replied.reply_markup is None:
        return None
    try:
        urls = [button.get("url") or "" for row in replied.reply_markup["inline_keyboard"] for button in row]
    except (AttributeError, KeyError, TypeError):
        return None  # of another shape
    keys = [url.partition("?start=")[2] for url in urls if isinstance(url, str)]
    return next((clean(key) for key in keys if key), None)


def _reply_to(message: Message) -> str | None:
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return None  # in a topic every plain message "replies" to the note that opened the topic
    if message.is_topic_message and replied.message_id == message.message_thread_id:
        return None
    return str(replied.message_id)


def _is_to_us(message: Message, ourselves: Us) -> bool:
    if message.chat.type == "private":
        return True
    replied = message.reply_to_message
    if replied is not None and replied.from_ is not None and _is_us(replied.from_, ourselves):
        return True
    for entity in message.entities or message.caption_entities or ():
        if entity.type == "text_mention" and entity.user is not None and str(entity.user.id) == ourselves.id:
            return True
        if entity.type == "mention" and ourselves.name and f"@{ourselves.name}" in _text(message).lower():
            return True
    return False


def _is_us(user: User, ourselves: Us) -> bool:
    return user.is_bot if ourselves.id is None else str(user.id) == ourselves.id


def _text(message: Message) -> str:
    said = message.text or message.caption or ""
    return rich.words(message.rich_message) if not said and message.rich_message is not None else said


# --- what Telegram itself says in a chat -----------------------------------------------------------


def _service(message: Message, ourselves: Us) -> list[Inbound] | Ignored | None:
    """A service message; None: it is a member's own."""
    if message.new_chat_members:
        return _came(message, message.new_chat_members)
    if message.left_chat_member is not None:
        return _went(message, message.left_chat_member)
    if message.migrate_to_chat_id is not None:
        return [moved(message, message.chat.id, message.migrate_to_chat_id)]
    if message.migrate_from_chat_id is not None:
        return [moved(message, message.migrate_from_chat_id, message.chat.id)]
    return None if _has_content(message) else Ignored("a service message")


def _has_content(m: Message) -> bool:
    """Does it carry anything that a member can post? Some senders write empty lists for what is absent."""
    files = (m.animation, m.audio, m.document, m.live_photo, m.paid_media, m.photo, m.sticker, m.video)
    others = (m.checklist, m.contact, m.dice, m.game, m.invoice, m.location, m.poll, m.rich_message, m.story)
    return any((m.caption, *files, *others, m.venue, m.video_note, m.voice))


def _came(message: Message, users: list[User]) -> list[Inbound] | Ignored:
    members = [
        presence("joined", message.chat.id, user, message.date, message.message_id) for user in users if not user.is_bot
    ]
    return members or Ignored("a bot joined")


def _went(message: Message, user: User) -> list[Inbound] | Ignored:
    if user.is_bot:
        return Ignored("a bot left")
    return [presence("left", message.chat.id, user, message.date, message.message_id)]
