"""Outgoing → the calls of the Bot API that carry it out, as exact JSON values; pure.

https://core.telegram.org/bots/api#sendmessage and its neighbours; limits from there and from
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from adapters.telegram.places import GENERAL
from adapters.telegram.text import MAX_TEXT, compose, plain
from adapters.telegram.words import cut, harmless
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import (
    Address,
    Button,
    Call,
    Capabilities,
    ClosePoll,
    Document,
    Edit,
    Form,
    Limit,
    Notice,
    Outgoing,
    Poll,
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
    writes_first=False,  # "Bots can't initiate conversations with users" (core.telegram.org/bots/features)
    waits=True,  # "clients will display a progress bar until you call answerCallbackQuery"
    native_polls=True,  # "non-anonymous polls can't be sent to channels"
)

MAX_NOTICE = 200  # answerCallbackQuery: "0-200 characters"
# sendPoll: "1-300 characters", "1-100 characters", "0-1024 characters after entities parsing"
MAX_QUESTION, MAX_OPTION, MAX_BESIDE = 300, 100, 1024
AHEAD = 10  # sendPoll: close_date "must be at least 5 … seconds in the future", and the way there takes its time
MAX_CAPTION = 1024  # sendDocument: "0-1024 characters after entities parsing"
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
    return [_call(to, outgoing, bot_name or UNKNOWN_BOT)]


def _call(to: Address, outgoing: Outgoing, bot_name: str) -> Call:
    match outgoing:
        case Post():
            return Call("sendMessage", _post(to, outgoing, bot_name))
        case Edit():
            return Call("editMessageText", _edit(to, outgoing, bot_name))
        case React():
            reaction = [{"type": "emoji", "emoji": allowed(outgoing.emoji)}]
            return Call("setMessageReaction", {**_message(to, outgoing.message_ref), "reaction": reaction})
        case Remove():
            return Call("deleteMessage", _message(to, outgoing.message_ref))
        case Notice():
            text = plain(outgoing.text, MAX_NOTICE)
            told = {"text": text} if text else {}
            return Call("answerCallbackQuery", {"callback_query_id": outgoing.press_ref, **told})
        case Poll():
            return Call("sendPoll", _poll(to, outgoing))
        case ClosePoll():
            return Call("stopPoll", _message(to, outgoing.message_ref))
        case Document():
            caption = _beside("caption", outgoing.text, MAX_CAPTION)
            return Call("sendDocument", {**_where(to), "document": outgoing.name, **caption}, outgoing.content)
        case Form():
            mend = "ask in the direct chat instead"
            raise DeliveryFailed("no forms", "Telegram has no forms", mend, permanent=True)


def with_its_end_ahead(outgoing: Outgoing, now: float) -> Outgoing:
    """The same; a poll that leaves so late that its end is here has none of its own, and we end it.

    now: seconds since the epoch. Telegram refuses for good what ends in less than 5 seconds.
    """
    is_over = isinstance(outgoing, Poll) and outgoing.closes_at is not None and outgoing.closes_at < (now + AHEAD) * 1e6
    return replace(outgoing, closes_at=None) if is_over else outgoing


def _poll(to: Address, poll: Poll) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#sendpoll: a vote may be changed there, and tells who gave it.

    "close_date … at least 5 and no more than 2628000 seconds in the future": a poll that is to stay open for
    longer is left without it, and ended by stopPoll.
    """
    args = {
        **_where(to),
        "question": plain(poll.question, MAX_QUESTION),
        "options": [{"text": cut(harmless(option, code=True), MAX_OPTION)} for option in poll.options],
        "is_anonymous": False,
    }
    if poll.several:
        args["allows_multiple_answers"] = True
    if poll.hidden:
        args["hide_results_until_closes"] = True
    if poll.closes_at is not None:
        args["close_date"] = poll.closes_at // 1_000_000
    return {**args, **_beside("description", poll.text, MAX_BESIDE), **_under(poll.under)}


def _beside(name: str, markdown: str, limit: int) -> dict[str, Any]:
    """A text that stands beside something else, with its marks; nothing where there is none."""
    composed = compose(markdown, limit)
    if not composed.text:
        return {}
    return {name: composed.text} | ({f"{name}_entities": composed.entities} if composed.entities else {})


def _where(to: Address) -> dict[str, Any]:
    topic = to.topic_ref
    if topic and topic.isdecimal() and topic != GENERAL:
        return {"chat_id": chat_id(to), "message_thread_id": int(topic)}
    return {"chat_id": chat_id(to)}


def _under(message_ref: str | None) -> dict[str, Any]:
    if message_ref is None:
        return {}
    return {"reply_parameters": {"message_id": number(message_ref), "allow_sending_without_reply": True}}


def _post(to: Address, post: Post, bot_name: str) -> dict[str, Any]:
    args = {**_where(to), **_words(post.text), **_under(post.under)}
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
