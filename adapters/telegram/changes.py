"""Reactions, presses, votes, comings and goings → Inbound; pure."""

from __future__ import annotations

from typing import Any

from adapters.telegram.payload import MemberChange, Message, PollAnswer, Press, Reaction, ReactionType, User
from orchestrator.ports import Ignored, Inbound

SECOND = 1_000_000  # µs; Telegram tells whole seconds
A_BOT = Ignored("a bot spoke")


def clean(text: str) -> str:
    """Without what no database keeps: NUL and halves of UTF-16 pairs."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def thread(message: Message) -> str | None:
    """The topic (or the thread of replies, where there are no topics) that a message is in."""
    return None if message.message_thread_id is None else str(message.message_thread_id)


def presence(kind: Any, chat_id: int, user: User, date: int, message_id: int | None = None) -> Inbound:
    """One member came to a chat or left it: the same fact whichever update tells it."""
    return Inbound(
        kind=kind,
        event_ref=f"{kind}:{chat_id}:{user.id}:{date}",
        at=date * SECOND,
        place_ref=str(chat_id),
        message_ref=None if message_id is None else str(message_id),
        member_ref=str(user.id),
    )


def moved(message: Message, old: int, new: int) -> Inbound:
    """A group became a supergroup under another id: the same fact from both chats."""
    return Inbound(
        kind="moved",
        event_ref=f"moved:{old}:{new}",
        at=message.date * SECOND,
        place_ref=str(old),
        message_ref=str(message.message_id),
        data={"new_ref": str(new)},
    )


def reactions(reaction: Reaction, ref: str) -> list[Inbound] | Ignored:
    """One inbound for each reaction given or taken back."""
    if reaction.user is None or reaction.actor_chat is not None:
        return Ignored("an anonymous reaction has no member")
    if reaction.user.is_bot:
        return A_BOT
    old, new = _emojis(reaction.old_reaction), _emojis(reaction.new_reaction)
    changes: list[tuple[Any, str]] = [("unreacted", e) for e in old if e not in new]
    changes += [("reacted", e) for e in new if e not in old]
    refs = [ref] if len(changes) == 1 else [f"{ref}:{n}" for n in range(len(changes))]
    told = [
        Inbound(
            kind=kind,
            event_ref=one,
            at=reaction.date * SECOND,
            place_ref=str(reaction.chat.id),
            message_ref=str(reaction.message_id),
            member_ref=str(reaction.user.id),
            data={"emoji": emoji},
        )
        for (kind, emoji), one in zip(changes, refs, strict=True)
    ]
    return told or Ignored("no reaction changed")


def _emojis(reactions: list[ReactionType]) -> list[str]:
    """Each reaction once as text: the emoji, "custom:ID" for a community's own, or "paid"."""
    named = [clean(r.emoji or (f"custom:{r.custom_emoji_id}" if r.custom_emoji_id else r.type)) for r in reactions]
    return named if len(named) < 2 else list(dict.fromkeys(named))


def press(press: Press, ref: str) -> list[Inbound] | Ignored:
    """A button of ours was pressed. Telegram tells no moment."""
    if press.from_.is_bot:
        return A_BOT
    if press.data is None:
        return Ignored("a game's button")
    message = press.message
    return [
        Inbound(
            kind="pressed",
            event_ref=ref,
            place_ref=None if message is None else str(message.chat.id),
            thread_ref=None if message is None else thread(message),
            message_ref=None if message is None else str(message.message_id),
            member_ref=str(press.from_.id),
            data={"key": clean(press.data), "trigger_ref": clean(press.id)},
            to_us=True,
        )
    ]


def vote(answer: PollAnswer, ref: str) -> list[Inbound] | Ignored:
    """The options a member now stands for; none: the vote was taken back. Telegram tells no moment."""
    if answer.user is None or answer.voter_chat is not None:
        return Ignored("an anonymous vote has no member")
    if answer.user.is_bot:
        return A_BOT
    data = {"poll_ref": clean(answer.poll_id), "options": answer.option_ids}
    return [Inbound(kind="voted", event_ref=ref, member_ref=str(answer.user.id), data=data, to_us=True)]


def our_place(change: MemberChange) -> list[Inbound] | Ignored:
    """Only ourselves: we came to a place, left it, or a member blocked or unblocked us."""
    before, after = change.old_chat_member.inside, change.new_chat_member.inside
    if before == after:
        return Ignored("our rights changed, not our presence")
    kind: Any = "added" if after else "removed"
    return [
        Inbound(
            kind=kind,
            event_ref=f"{kind}:{change.chat.id}:{change.date}",
            at=change.date * SECOND,
            place_ref=str(change.chat.id),
            member_ref=None if change.from_.is_bot else str(change.from_.id),
            to_us=True,
        )
    ]


def their_place(change: MemberChange) -> list[Inbound] | Ignored:
    """A member came to a chat or left it."""
    user = change.new_chat_member.user
    if user.is_bot:
        return Ignored("a bot came or went")
    before, after = change.old_chat_member.inside, change.new_chat_member.inside
    if before == after:
        return Ignored("rights changed, not presence")
    return [presence("joined" if after else "left", change.chat.id, user, change.date)]
