"""A Telegram of our own: a real local server with strict checks, a ledger, and members who act."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_chats import Ballots, Chat, Limits, Person, Posted
from tests.fakes.telegram_server import Server
from tests.fakes.telegram_updates import Updates

Fault = Literal["drop request", "drop reply", "server error", "slow", "too fast"]

TOKEN = "4242424242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


class FakeTelegram:
    """One bot's Telegram. Acts of members return the message_id, or the update's number."""

    def __init__(self, token: str = TOKEN, port: int = 0) -> None:
        self.token = token
        self.bot = Person(int(token.partition(":")[0]), "Tertulia", is_bot=True, username="tertulia_bot")
        self.people: dict[int, Person] = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.posted: dict[tuple[int, int], Posted] = {}
        self.polls: dict[str, Ballots] = {}
        self.notices: list[str] = []
        self.menus: dict[tuple[str, str], list[dict[str, str]]] = {}  # by scope and language
        self.presses_open: set[str] = set()
        self.rights: dict[str, bool] = {}  # what our bot may and may not, beside its status
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.counts: dict[str, int] = {}
        self.limits = Limits()
        self.privacy = False
        self.token_gone = False
        self.skew = 0.0  # seconds our clock is ahead of the fake's
        self.slow_seconds = 1.0
        self.retry_after = 7
        self.plan: Callable[[str], Fault | None] | None = None
        self.faults: list[Fault] = []
        self.updates = Updates()
        self.lock = self.updates.lock
        self.server = Server(self, port)

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        self.updates.close()
        self.server.shutdown()
        self.server.server_close()
        self.server.hang_up()

    # --- who and where

    def person(self, id: int, first_name: str, *, is_bot: bool = False, started: bool = False) -> Person:
        """Somebody; `started` ones wrote to the bot before."""
        self.people[id] = Person(id, first_name, is_bot)
        self.chats[id] = Chat(id, "private", first_name, members={id: "member"})
        if started:
            self.started.add(id)
        return self.people[id]

    def group(self, id: int, title: str, *, admin: bool = True, **more: Any) -> Chat:
        """A supergroup (or what `type` says) with the bot in it and everybody made so far."""
        members = {one.id: "member" for one in self.people.values()}
        members[self.bot.id] = "administrator" if admin else "member"
        chat = Chat(id, more.pop("type", "supergroup"), title, members=members, **more)
        self.chats[id] = chat
        return chat

    # --- members act

    def says(self, user: int, chat: int, text: str, *, reply_to: int | None = None, thread: int | None = None) -> int:
        """A member writes; in their own chat this also lets the bot write to them."""
        with self.lock:
            if chat == user:
                self.started.add(user)
            posted = self.post(self.chats[chat], self.people[user], text, thread=thread, reply_to=reply_to)
            posted.entities = rules.found(text)
            if self._hears(posted):
                self.updates.tell("message", self.shown(posted))
            return posted.message_id

    def edits(self, chat: int, message_id: int, text: str) -> None:
        with self.lock:
            posted = self.posted[chat, message_id]
            posted.text, posted.edits = text, posted.edits + 1
            self.updates.tell("edited_message", {**self.shown(posted), "edit_date": int(time.time())})

    def reacts(self, user: int, chat: int, message_id: int, emoji: str, *, back: bool = False) -> None:
        """A reaction, or one taken back; told to administrators only."""
        one = [{"type": "emoji", "emoji": emoji}]
        about = {"chat": self.chats[chat].public(), "message_id": message_id, "date": int(time.time())}
        old, new = (one, []) if back else ([], one)
        change = {**about, "user": self.people[user].public(), "old_reaction": old, "new_reaction": new}
        with self.lock:
            if self.chats[chat].members.get(self.bot.id) == "administrator":
                self.updates.tell("message_reaction", change)

    def presses(self, user: int, chat: int, message_id: int, label: str) -> None:
        """Press a button by its label; one that is a link opens the direct chat and starts it."""
        posted = self.posted[chat, message_id]
        button = next(button for button in posted.buttons() if button["text"] == label)
        if "url" in button:
            self.starts(user, button["url"].partition("?start=")[2])
            return
        with self.lock:
            number = str(next(self.updates.numbers))
            self.presses_open.add(number)
            press = {"id": number, "from": self.people[user].public(), "chat_instance": "1"}
            self.updates.tell(
                "callback_query", {**press, "message": self.shown(posted), "data": button["callback_data"]}
            )

    def starts(self, user: int, payload: str = "") -> int:
        return self.says(user, user, f"/start {payload}".strip())

    def joins(self, user: int, chat: int) -> None:
        """Told twice, as Telegram does: a service message, and chat_member to administrators."""
        self._changes(user, chat, "member", {"new_chat_members": [self.people[user].public()]})

    def leaves(self, user: int, chat: int) -> None:
        self._changes(user, chat, "left", {"left_chat_member": self.people[user].public()})

    def _changes(self, user: int, chat: int, status: str, note: dict[str, Any]) -> None:
        with self.lock:
            room = self.chats[chat]
            old, room.members[user] = room.members.get(user, "left"), status
            person = self.people[user].public()
            posted = self.post(room, self.people[user], "")
            service = {key: value for key, value in self.shown(posted).items() if key != "text"}
            self.updates.tell("message", {**service, **note})
            if room.members.get(self.bot.id) == "administrator":
                change: dict[str, Any] = {"chat": room.public(), "from": person, "date": posted.date}
                standing = ({"user": person, "status": old}, {"user": person, "status": status})
                self.updates.tell(
                    "chat_member", {**change, "old_chat_member": standing[0], "new_chat_member": standing[1]}
                )

    def votes(self, user: int, poll: str, options: list[int]) -> bool:
        """A member's whole vote, none: taken back. False: the poll takes no votes any more, and nothing is told."""
        with self.lock:
            known = self.polls.get(poll)
            if known is not None and not known.is_open(time.time()):
                return False
            if known is not None:
                known.votes.pop(user, None)
                known.votes |= {user: options} if options else {}
            self.updates.tell(
                "poll_answer",
                {
                    "poll_id": poll,
                    "user": self.people[user].public(),
                    "option_ids": options,
                    "option_persistent_ids": [str(n) for n in options],
                },
            )
            return True

    def puts_us(self, chat: int, status: str, by: int) -> None:
        """Somebody adds us to a chat ("member", "administrator") or takes us out ("left", "kicked")."""
        with self.lock:
            room = self.chats[chat]
            old, room.members[self.bot.id] = room.members.get(self.bot.id, "left"), status
            us, date = self.bot.public(), int(time.time())
            change = {"chat": room.public(), "from": self.people[by].public(), "date": date}
            before, after = {"user": us, "status": old}, {"user": us, "status": status}
            self.updates.tell("my_chat_member", {**change, "old_chat_member": before, "new_chat_member": after})

    def moves(self, chat: int, new: int) -> None:
        """A group becomes a supergroup under another id; both chats tell it."""
        with self.lock:
            old = self.chats[chat]
            members = dict(old.members)
            self.chats[new] = Chat(new, "supergroup", old.title, topics=old.topics, members=members)
            old.moved_to = new
            now, anonymous = int(time.time()), {"id": 1087968824, "is_bot": True, "first_name": "Group"}
            note = {"from": anonymous, "date": now}
            self.updates.tell("message", {"message_id": 1, "chat": old.public(), **note, "migrate_to_chat_id": new})
            there = self.chats[new].public()
            self.updates.tell("message", {"message_id": 1, "chat": there, **note, "migrate_from_chat_id": chat})

    def again(self) -> None:
        """The last update once more, byte for byte."""
        self.updates.again()

    def act(self, asked: dict[str, Any]) -> Any:
        """An act of a member asked for by another process: {"act": "says", "user": …}."""
        name = asked.pop("act")
        if name not in ("says", "edits", "reacts", "presses", "starts", "joins", "leaves", "votes", "moves", "again"):
            raise ValueError(name)
        return getattr(self, name)(**asked)

    # --- what stands

    def ours(self, chat: int | None = None) -> list[Posted]:
        """The bot's messages in the order they were made, removed ones too."""
        mine = [one for one in self.posted.values() if one.by.id == self.bot.id]
        return [one for one in mine if chat is None or one.chat_id == chat]

    def ledger(self) -> dict[str, Any]:
        """Everything the bot did, for other processes."""
        with self.lock:
            named = [(one, one.file and one.file[0]) for one in self.posted.values()]
            messages = [{**asdict(one), "by": one.by.id, "file": file} for one, file in named]
            return {"messages": messages, "notices": self.notices, "calls": self.counts, "waiting": self.updates.queue}

    def shown(self, posted: Posted) -> dict[str, Any]:
        """A message as the Bot API shows it."""
        chat = self.chats[posted.chat_id]
        told: dict[str, Any] = {"message_id": posted.message_id, "from": posted.by.public(), "chat": chat.public()}
        told |= {"date": posted.date, **_content(posted)}
        if posted.entities:
            told["entities"] = posted.entities
        if posted.markup:
            told["reply_markup"] = posted.markup
        if posted.thread is not None:
            told |= {"message_thread_id": posted.thread, "is_topic_message": True}
        replied = self.posted.get((posted.chat_id, posted.reply_to or 0))
        if replied is not None:
            told["reply_to_message"] = {k: v for k, v in self.shown(replied).items() if k != "reply_to_message"}
        return told

    def post(
        self, chat: Chat, by: Person, text: str, *, thread: int | None = None, reply_to: int | None = None
    ) -> Posted:
        """Add a message to a chat."""
        chat.last_number += 1
        posted = Posted(chat.last_number, chat.id, by, text, int(time.time()), thread, reply_to)
        self.posted[chat.id, posted.message_id] = posted
        return posted

    def _hears(self, posted: Posted) -> bool:
        """Privacy mode: in groups only administrators hear everything."""
        chat = self.chats[posted.chat_id]
        if not self.privacy or chat.type == "private" or chat.members.get(self.bot.id) == "administrator":
            return True
        replied = self.posted.get((posted.chat_id, posted.reply_to or 0))
        return posted.text.startswith("/") or (replied is not None and replied.by.id == self.bot.id)

    # --- faults

    def next_fault(self, method: str) -> Fault | None:
        """The fault of this call: the next of `faults`, or what `plan` says. Receiving has none."""
        if method in ("getUpdates", "getMe", "setWebhook", "deleteWebhook", "getWebhookInfo"):
            return None
        if self.faults:
            return self.faults.pop(0)
        return None if self.plan is None else self.plan(method)

    def count(self, method: str) -> None:
        self.counts[method] = self.counts.get(method, 0) + 1


def _content(posted: Posted) -> dict[str, Any]:
    """What a message carries: words, a poll, or a file with words beside it."""
    if posted.poll is not None:
        return {"poll": posted.poll.public(time.time())}
    if posted.file is not None:
        about = {"file_id": "F1", "file_unique_id": "F1", "file_name": posted.file[0], "file_size": len(posted.file[1])}
        return {"document": about, "caption": posted.text}
    return {"text": posted.text}
