"""The parts of a Telegram Update that we read, as typed shapes; all other fields are skipped unread.

Field names are the Bot API's (https://core.telegram.org/bots/api#update). Anything with another type
in one of these fields is refused as a whole by the decoder, which is what keeps a strange payload
from crashing us.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

# "It has at most 52 significant bits" (Bot API, Chat.id and User.id).
Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]
# The end of the year 9999, the last that a date can show, in seconds since the epoch.
LAST_SECOND = 253_402_300_799
Seconds = Annotated[int, Meta(ge=0, le=LAST_SECOND)]
# A poll's option, counted from 0.
Option = Annotated[int, Meta(ge=0, le=2**31)]

# Kinds of updates that say nothing about a community's members.
WHY_NOT = {
    "channel_post": "a channel's post has no member",
    "edited_channel_post": "a channel's post has no member",
    "business_connection": "a business account's chats are not a community's",
    "business_message": "a business account's chats are not a community's",
    "edited_business_message": "a business account's chats are not a community's",
    "deleted_business_messages": "a business account's chats are not a community's",
    "guest_message": "said in a chat we are not in",
    "managed_bot": "about another bot",
    "message_reaction_count": "anonymous reactions have no member",
    "inline_query": "we answer no inline queries",
    "chosen_inline_result": "we answer no inline queries",
    "shipping_query": "we sell nothing",
    "pre_checkout_query": "we sell nothing",
    "purchased_paid_media": "we sell nothing",
    "subscription": "we sell nothing",
    "poll": "the state of a poll has no member",
    "chat_join_request": "a request to join is not a join",
    "chat_boost": "boosts are not counted",
    "removed_chat_boost": "boosts are not counted",
}


class User(Struct, frozen=True, gc=False):
    """A person or a bot."""

    id: Id
    is_bot: bool = False
    language_code: Any = None


class Chat(Struct, frozen=True, gc=False):
    """type: private, group, supergroup or channel."""

    id: Id
    type: str = ""


class Entity(Struct, frozen=True, gc=False):
    """A special part of a text. offset and length count UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class Replied(Struct, frozen=True, gc=False):
    """The message that another one replies to."""

    message_id: Id
    from_: User | None = field(default=None, name="from")
    forum_topic_created: Any = None
    reply_markup: Any = None


class Message(Struct, frozen=True, gc=False):
    """A message, a channel's post, or a note of Telegram's own about the chat ("service message")."""

    message_id: Id
    date: Seconds
    chat: Chat
    from_: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    via_bot: User | None = None
    message_thread_id: Id | None = None
    is_topic_message: bool = False
    reply_to_message: Replied | None = None
    edit_date: Seconds | None = None
    text: str | None = None
    entities: list[Entity] | None = None
    caption: str | None = None
    caption_entities: list[Entity] | None = None
    new_chat_members: list[User] | None = None
    left_chat_member: User | None = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    animation: Any = None
    audio: Any = None
    checklist: Any = None
    contact: Any = None
    dice: Any = None
    document: Any = None
    game: Any = None
    invoice: Any = None
    live_photo: Any = None
    location: Any = None
    paid_media: Any = None
    photo: Any = None
    poll: Any = None
    rich_message: Any = None
    sticker: Any = None
    story: Any = None
    venue: Any = None
    video: Any = None
    video_note: Any = None
    voice: Any = None


class ReactionType(Struct, frozen=True, gc=False):
    """type: emoji, custom_emoji or paid."""

    type: str
    emoji: str | None = None
    custom_emoji_id: str | None = None


class Reaction(Struct, frozen=True, gc=False):
    """A member changed their reactions to a message; the lists are the whole state before and after."""

    chat: Chat
    message_id: Id
    date: Seconds
    old_reaction: list[ReactionType]
    new_reaction: list[ReactionType]
    user: User | None = None
    actor_chat: Chat | None = None


class Press(Struct, frozen=True, gc=False):
    """A pressed inline button. `message` may be one that Telegram no longer shows us (its date is 0)."""

    id: str
    from_: User = field(name="from")
    message: Message | None = None
    data: str | None = None


class PollAnswer(Struct, frozen=True, gc=False):
    """A vote in a poll that is not anonymous; no options: the vote was taken back."""

    poll_id: str
    option_ids: list[Option]
    user: User | None = None
    voter_chat: Chat | None = None


class Standing(Struct, frozen=True, gc=False):
    """How somebody stands in a chat. `is_member` is told for "restricted" only."""

    status: str
    user: User
    is_member: bool = False

    @property
    def inside(self) -> bool:
        """Are they in the chat?"""
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)


class MemberChange(Struct, frozen=True, gc=False):
    """Somebody's standing in a chat changed."""

    chat: Chat
    from_: User = field(name="from")
    date: Seconds
    old_chat_member: Standing
    new_chat_member: Standing


class Update(Struct, frozen=True, gc=False):
    """One thing Telegram tells a bot: exactly one of the optional fields is set."""

    update_id: Id
    message: Message | None = None
    edited_message: Message | None = None
    message_reaction: Reaction | None = None
    callback_query: Press | None = None
    poll_answer: PollAnswer | None = None
    my_chat_member: MemberChange | None = None
    chat_member: MemberChange | None = None


class Batch(Struct, frozen=True, gc=False):
    """The answer of getUpdates."""

    result: list[Update]
