"""The state of the fake Slack's workspace, and the ledger of what happened there."""

from __future__ import annotations

import threading
import time
from typing import Any

from adapters.slack.doctor import SCOPES

# A channel takes a message a second: https://docs.slack.dev/apis/web-api/rate-limits/
POST_EVERY = 1.0


class Workspace:
    """Channels, people, messages, reactions, open forms. The lock is held by whoever reads and writes together."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.bot = "U0BOT"
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.reactions: list[tuple[str, str, str, str]] = []
        self.triggers: dict[str, str] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.ledger: list[dict[str, Any]] = []
        self.scopes = ",".join(SCOPES)
        self.files: dict[str, dict[str, Any]] = {}  # name, length, content (bytes, None until they came)
        self.url = ""  # of the server before it
        self.strict_rate = False
        self._posted: dict[str, float] = {}
        self._stamp = 0
        self.add_user(self.bot, "tertulia", is_bot=True)

    def add_user(self, ref: str, name: str, *, is_bot: bool = False) -> None:
        profile = {"display_name": name, "real_name": name}
        self.users[ref] = {
            "id": ref,
            "name": name,
            "profile": profile,
            "is_bot": is_bot,
            "locale": "fr-FR",
            "tz": "Europe/Paris",
        }

    def add_channel(self, ref: str, name: str, *people: str, joined: bool = True) -> None:
        members = [*people, self.bot] if joined else list(people)
        self.channels[ref] = {"id": ref, "name": name, "is_channel": True, "is_member": joined, "members": members}
        self.messages[ref] = []

    def direct_chat(self, user: str) -> str:
        """The direct chat between the app and a person, made on first use."""
        ref = f"D{user[1:]}"
        if ref not in self.channels:
            self.channels[ref] = {
                "id": ref,
                "is_im": True,
                "is_member": True,
                "user": user,
                "members": [user, self.bot],
            }
            self.messages[ref] = []
        return ref

    def stamp(self) -> str:
        """A message timestamp that no other has, in order."""
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        return f"{self._stamp // 1_000_000}.{self._stamp % 1_000_000:06d}"

    def add(self, channel: str, message: dict[str, Any]) -> dict[str, Any]:
        message = {**message, "ts": self.stamp()}
        self.messages[channel].append(message)
        return message

    def message(self, channel: str, ts: str) -> dict[str, Any] | None:
        return next((message for message in self.messages[channel] if message["ts"] == ts), None)

    def too_fast(self, channel: str) -> bool:
        """Was this channel posted to less than a second ago? If not, it is now."""
        now = time.monotonic()
        if now - self._posted.get(channel, -POST_EVERY) < POST_EVERY:
            return True
        self._posted[channel] = now
        return False

    def note(self, act: str, **facts: Any) -> None:
        self.ledger.append({"act": act, **facts})
