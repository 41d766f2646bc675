"""Outgoing → the calls of the Bot API that carry it out, as exact JSON values; pure.

https://core.telegram.org/bots/api#sendmessage and its neighbours; limits from there and from
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.telegram.text import MAX_TEXT, compose, plain
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import (
    Address,
    Button,
    Call,
    Capabilities,
    Edit,
    Form,
    Limit,
    Notice,
    Outgoing,
    Post,
    React,
    Remove,
)

# "No more than one message per second in a chat", "20 messages per minute in a group", "about 30 a second"
# in all. 29.6 leaves 14 ms of slack over 30 sends (facts/perf.md, D). A group's burst is 1: with a burst
# of b, one minute could hold 19 + b messages; one every 3 s never makes more than 20 in any minute.
PER_SECOND = 29.6
LIMITS = (
    Limit(scope="connection", every=1 / PER_SECOND),
    Limit(scope="place", every=1.0),
    Limit(scope="group", every=3.0),
)
CAPABILITIES = Capabilities(
    platform="telegram",
    max_text=MAX_TEXT,
    forms=False,
    reads_back=False,
    limits=LIMITS,
    post_link="{place}/{number}",  # https://core.telegram.org/api/links#message-links
)

MAX_NOTICE = 200  # answerCallbackQuery: "0-200 characters"
ROW_BUTTONS, ROW_LETTERS = 3, 28  # what one row shows uncut on a phone 390 px wide

#: The bot's name in links when nobody knows it (a preview without a token).
UNKNOWN_BOT = "your_bot"

# The only emoji a bot may react with (ReactionTypeEmoji.emoji), as Telegram spells them.
_ALLOWED = """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾
💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
ALLOWED_REACTIONS = frozenset(_ALLOWED.split())
_NEAREST = {"✅": "👌", "✔": "👌", "☑": "👌", "🙌": "👏", "💪": "🔥", "⭐": "🏆", "🌟": "🏆", "😀": "😁", "😄": "😁"}


def calls(to: Address, outgoing: Outgoing, key: str, *, bot_name: str | None = None) -> list[Call]:
    """The calls that carry it out, in order. `key` is not sent: Telegram keeps no key with a message.

    bot_name: our @name without @, for links to our direct chat. Raises DeliveryFailed for a Form.
    """
    if isinstance(outgoing, Post):
        return [Call("sendMessage", _post(to, outgoing, bot_name or UNKNOWN_BOT))]
    if isinstance(outgoing, Edit):
        return [Call("editMessageText", _edit(to, outgoing, bot_name or UNKNOWN_BOT))]
    if isinstance(outgoing, React):
        reaction = [{"type": "emoji", "emoji": allowed(outgoing.emoji)}]
        return [Call("setMessageReaction", {**_message(to, outgoing.message_ref), "reaction": reaction})]
    if isinstance(outgoing, Remove):
        return [Call("deleteMessage", _message(to, outgoing.message_ref))]
    if isinstance(outgoing, Notice):
        args = {"callback_query_id": outgoing.press_ref, "text": plain(outgoing.text, MAX_NOTICE)}
        return [Call("answerCallbackQuery", args)]
    return _no_form(outgoing)


def _no_form(form: Form) -> list[Call]:
    raise DeliveryFailed("no forms", "Telegram has no forms", "ask in the direct chat instead", permanent=True)


def _post(to: Address, post: Post, bot_name: str) -> dict[str, Any]:
    args: dict[str, Any] = {"chat_id": chat_id(to)}
    topic = to.topic_ref
    if topic and topic.isdecimal() and topic != "1":  # the topic "General" has no number of its own
        args["message_thread_id"] = int(topic)
    args |= _words(post.text)
    if post.under is not None:
        args["reply_parameters"] = {"message_id": number(post.under), "allow_sending_without_reply": True}
    keyboard = _keyboard(to, post.buttons, bot_name)
    return {**args, "reply_markup": {"inline_keyboard": keyboard}} if keyboard else args


def _edit(to: Address, edit: Edit, bot_name: str) -> dict[str, Any]:
    args = {**_message(to, edit.message_ref), **_words(edit.text)}
    keyboard = _keyboard(to, edit.buttons, bot_name)
    return {**args, "reply_markup": {"inline_keyboard": keyboard}} if keyboard else args


def _words(markdown: str) -> dict[str, Any]:
    composed = compose(markdown)
    entities = {"entities": composed.entities} if composed.entities else {}
    return {"text": composed.text, **entities, "link_preview_options": {"is_disabled": True}}


def _keyboard(to: Address, buttons: Sequence[Button], bot_name: str) -> list[list[dict[str, str]]]:
    """All in one row where their labels fit, else one a row."""
    shown = [_button(button, bot_name) for button in buttons if not (is_direct(to) and button.kind == "answer")]
    if len(shown) <= ROW_BUTTONS and sum(len(button["text"]) for button in shown) <= ROW_LETTERS:
        return [shown] if shown else []
    return [[button] for button in shown]


def _button(button: Button, bot_name: str) -> dict[str, str]:
    if button.kind == "answer":
        # Opening the direct chat by this link also lets us write to the member afterwards.
        return {"text": button.label, "url": f"https://t.me/{bot_name}?start={button.key}"}
    return {"text": button.label, "callback_data": button.key}


def _message(to: Address, message_ref: str) -> dict[str, Any]:
    return {"chat_id": chat_id(to), "message_id": number(message_ref)}


def is_direct(to: Address) -> bool:
    """Is it a member's own chat with us? Ids of members are positive, of groups and channels negative."""
    return to.place_ref is None or to.place_ref.isdecimal()


def chat_id(to: Address) -> int | str:
    """The chat's id as a number, or a public @name. Raises DeliveryFailed where neither is given."""
    ref = to.place_ref or to.member_ref or ""
    try:
        return int(ref)
    except ValueError:
        pass
    if ref.startswith("@"):
        return ref
    raise DeliveryFailed(
        "no address", f'"{ref}" is no Telegram chat', "write the chat's id or its @name", permanent=True
    )


def number(message_ref: str) -> int:
    """A message's number. Raises DeliveryFailed where it is none."""
    try:
        return int(message_ref)
    except ValueError:
        what = f'"{message_ref}" is no Telegram message'
        raise DeliveryFailed("no message", what, permanent=True) from None


def allowed(emoji: str) -> str:
    """The reaction Telegram allows that comes nearest to an emoji; 👍 for what it has nothing like."""
    bare = emoji.replace("\ufe0f", "")
    bare = _NEAREST.get(bare, bare)
    return bare if bare in ALLOWED_REACTIONS else "👍"
