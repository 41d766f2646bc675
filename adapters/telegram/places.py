"""What a manager writes for a place (link, id, name) → the chat to ask for, and what Telegram says of it."""

from __future__ import annotations

import re

from msgspec import Struct

from orchestrator.errors import Refused
from orchestrator.ports import MemberSeen, PlaceSeen

_HOST = r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/"
_PRIVATE = re.compile(_HOST + r"c/(\d{1,18})(?:/(\d+))?(?:/\d+)?/?(?:\?.*)?", re.IGNORECASE | re.ASCII)
_PUBLIC = re.compile(_HOST + r"(?:s/)?([a-z]\w{3,31})(?:/(\d+))?(?:/\d+)?/?(?:\?.*)?", re.IGNORECASE | re.ASCII)
_INVITE = re.compile(_HOST + r"(?:\+|joinchat/)\S+", re.IGNORECASE | re.ASCII)
_WEB = re.compile(r"(?:https?://)?web\.telegram\.org/\w+/#(-?\d+)(?:_(\d+))?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"@?([a-z]\w{3,31})", re.IGNORECASE | re.ASCII)
_ID = re.compile(r"-?\d{1,19}")

# What messages of a supergroup or channel are linked under: its id without this beginning.
SUPERGROUP = "-100"

# The topic "General" in links. Telegram tells no topic of what is said there, and takes none: it is the group itself.
GENERAL = "1"


class Wanted(Struct, frozen=True):
    """chat: an id or @name for getChat. number: what follows in a link, a topic's or a message's number."""

    chat: int | str
    number: str | None = None


class Chat(Struct, frozen=True):
    """The part of ChatFullInfo that we read (Bot API, getChat)."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_forum: bool = False


class User(Struct, frozen=True):
    """A person or bot; the last two fields come with getMe only."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    can_read_all_group_messages: bool = False


def wanted(ref: str) -> Wanted:
    """Understand a link, an id or a name. Raises Refused for what nobody but members can open."""
    ref = ref.strip()
    if _INVITE.fullmatch(ref):
        what = "an invitation link does not tell a program which group it leads to"
        raise Refused(what, "add the bot to the group, run `tertulia spaces`, and paste the id shown there")
    if private := _PRIVATE.fullmatch(ref):
        return Wanted(int(SUPERGROUP + private[1]), private[2])
    if web := _WEB.fullmatch(ref):
        return Wanted(int(web[1]), web[2])
    if public := _PUBLIC.fullmatch(ref):
        return Wanted("@" + public[1], public[2])
    if _ID.fullmatch(ref):
        return Wanted(int(ref))
    if name := _NAME.fullmatch(ref):
        return Wanted("@" + name[1])
    raise Refused(f'"{ref}" is no Telegram place', "paste its link (https://t.me/…), its id, or its @name")


def seen(chat: Chat, number: str | None, joined: bool) -> PlaceSeen:
    """A chat as a place. In a forum the number of a link is a topic's, elsewhere only a message's."""
    topic = number if chat.is_forum and number != GENERAL else None
    kinds = {"private": "direct", "channel": "channel"}
    return PlaceSeen(
        ref=str(chat.id),
        title=chat.title or _full(chat.first_name, chat.last_name) or str(chat.id),
        kind=kinds.get(chat.type, "group"),  # type: ignore[arg-type]
        topic_ref=topic,
        link=link(chat, topic),
        joined=joined,
    )


def link(chat: Chat, topic: str | None) -> str | None:
    """The address of a chat; a small group without a name has none."""
    ref = str(chat.id)
    end = f"/{topic}" if topic else ""
    if chat.username:
        return f"https://t.me/{chat.username}{end}"
    return f"https://t.me/c/{ref.removeprefix(SUPERGROUP)}{end}" if ref.startswith(SUPERGROUP) else None


def person(user: User) -> MemberSeen:
    """A person as members see them."""
    name = _full(user.first_name, user.last_name) or str(user.id)
    return MemberSeen(ref=str(user.id), name=name, language=user.language_code, is_bot=user.is_bot)


def _full(first: str | None, last: str | None) -> str:
    return " ".join(part for part in (first, last) if part)
