"""The fake's nouns: people, chats, messages, and the limits Telegram sets a bot."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_rules import Refusal


@dataclass
class Person:
    """A member, or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str | None = None
    language_code: str = "fr"

    def public(self) -> dict[str, Any]:
        named = {"username": self.username} if self.username else {}
        spoken = {} if self.is_bot else {"language_code": self.language_code}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **named, **spoken}


@dataclass
class Chat:
    """A chat. `members`: user id → ChatMember.status. `topics`: numbers of a forum's topics."""

    id: int
    type: str
    title: str
    username: str | None = None
    topics: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)
    moved_to: int | None = None
    last_number: int = 0

    def public(self) -> dict[str, Any]:
        named = {"username": self.username} if self.username else {}
        forum = {"is_forum": True} if self.topics else {}
        title = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **title, **named, **forum}


@dataclass
class Ballots:
    """A poll under a message. `votes`: user id → positions of their options."""

    id: str
    question: str
    options: list[str]
    several: bool
    hidden: bool
    close_date: int | None
    text: str = ""
    closed: bool = False
    votes: dict[int, list[int]] = field(default_factory=dict)

    def is_open(self, now: float) -> bool:
        """Does it still take votes? Telegram ends it at its close date by itself."""
        return not self.closed and (self.close_date is None or now < self.close_date)

    def tally(self) -> list[int]:
        """Votes for each option."""
        return [sum(number in chosen for chosen in self.votes.values()) for number in range(len(self.options))]

    def public(self, now: float) -> dict[str, Any]:
        """As the Bot API shows a Poll."""
        counts = self.tally()
        told = {"id": self.id, "question": self.question, "total_voter_count": len(self.votes), "type": "regular"}
        told["options"] = [{"text": one, "voter_count": counts[number]} for number, one in enumerate(self.options)]
        told |= {"is_closed": not self.is_open(now), "is_anonymous": False, "allows_multiple_answers": self.several}
        return told | ({} if self.close_date is None else {"close_date": self.close_date})


@dataclass
class Posted:
    """A message as it stands. `removed` ones stay in the ledger."""

    message_id: int
    chat_id: int
    by: Person
    text: str
    date: int
    thread: int | None = None
    reply_to: int | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    our_reaction: str | None = None
    edits: int = 0
    removed: bool = False
    poll: Ballots | None = None
    file: tuple[str, bytes] | None = None

    def buttons(self) -> list[dict[str, str]]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


@dataclass
class Limits:
    """Strict sliding windows; off until `strict`. https://core.telegram.org/bots/faq"""

    strict: bool = False
    refused: int = 0
    _sent: deque[float] = field(default_factory=deque)
    _by_chat: dict[int, deque[float]] = field(default_factory=dict)

    def spend(self, chat: Chat) -> None:
        """Count one message, or refuse it with 429 and the seconds to wait."""
        if not self.strict:
            return
        now = time.monotonic()
        mine = self._by_chat.setdefault(chat.id, deque())
        waits = [_over(self._sent, now, 30, 1.0), _over(mine, now, 1, 1.0)]
        if chat.type != "private":
            waits.append(_over(mine, now, 20, 60.0))
        if max(waits) > 0:
            self.refused += 1
            seconds = max(1, round(max(waits) + 0.5))
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for window in (self._sent, mine):
            window.append(now)
            while window and window[0] < now - 60.0:
                window.popleft()


def _over(window: deque[float], now: float, most: int, seconds: float) -> float:
    """How long until one more fits into `most` in any `seconds`."""
    inside = [at for at in window if at > now - seconds]
    return inside[-most] + seconds - now if len(inside) >= most else 0.0
