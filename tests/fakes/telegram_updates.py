"""What the fake tells a bot: a queue with offsets for polling, or deliveries to a webhook."""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

# Kept back from a bot that does not ask for them (Bot API, getUpdates.allowed_updates).
ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
RETRY = 0.1  # seconds between two deliveries of one update to a webhook that did not take it


class Updates:
    """One bot's updates. Everything happens under `lock`; `changed` wakes a waiting poll."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.queue: list[dict[str, Any]] = []
        self.repeats: list[dict[str, Any]] = []  # told once more, whatever the offset
        self.repeated = False  # a repetition was handed out and the bot did not come back yet
        self.last: dict[str, Any] | None = None
        self.allowed: list[str] | None = None
        self.webhook = ""
        self.webhook_secret: str | None = None
        self.numbers = itertools.count(870_000_001)
        self.poller = 0  # number of the newest getUpdates
        self.taken = 0  # updates handed out since the start
        self.closing = False
        threading.Thread(target=self._deliver, name="fake telegram webhook", daemon=True).start()

    def tell(self, kind: str, what: dict[str, Any]) -> None:
        """Queue an update, if the bot asked for its kind."""
        with self.changed:
            wanted = kind in self.allowed if self.allowed else kind not in ON_REQUEST
            if wanted:
                self.last = {"update_id": next(self.numbers), kind: what}
                self.queue.append(self.last)
                self.changed.notify_all()

    def again(self) -> None:
        """The last update once more, byte for byte."""
        with self.changed:
            if self.last is not None:
                self.repeats.append(self.last)
                self.changed.notify_all()

    def allow(self, kinds: list[str] | None) -> None:
        """Telegram remembers the last list; an empty one means its default."""
        if kinds is not None:
            self.allowed = kinds or None

    def poll(self, offset: int | None, limit: int, timeout: float) -> list[dict[str, Any]] | None:
        """One getUpdates; None: a newer one threw it out."""
        with self.changed:
            self.poller += 1
            mine, self.repeated = self.poller, False
            if offset is not None:
                self.queue = [update for update in self.queue if update["update_id"] >= offset]
            self.changed.notify_all()
            until = time.monotonic() + timeout
            while not (self.queue or self.repeats or self.closing) and time.monotonic() < until:
                self.changed.wait(until - time.monotonic())
                if self.poller != mine:
                    return None
            found = [*self.queue, *self.repeats][:limit]
            self.repeated, self.repeats = bool(self.repeats), []
            self.taken += len(found)
            return found

    def wait_until_heard(self, seconds: float = 10.0) -> None:
        """Until the bot confirmed everything, which it does once it is committed."""
        until = time.monotonic() + seconds
        with self.changed:
            while self.queue or self.repeats or self.repeated:
                if not self.changed.wait(max(0.0, until - time.monotonic())):
                    raise AssertionError(f"not heard: {self.queue or self.repeats or self.last}")

    def wait_until_asked(self, seconds: float = 10.0) -> None:
        """Until the bot polls for the first time (and so has said which kinds it wants)."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.poller > 0, seconds):
                raise AssertionError("the bot never asked for updates")

    def close(self) -> None:
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    # --- webhook

    def _deliver(self) -> None:
        while True:
            with self.changed:
                while not (self.closing or (self.webhook and (self.queue or self.repeats))):
                    self.changed.wait()
                if self.closing:
                    return
                one, url, secret = (self.queue or self.repeats)[0], self.webhook, self.webhook_secret
            if _taken(url, secret, one):
                self._forget(one)
            else:
                time.sleep(RETRY)

    def _forget(self, one: dict[str, Any]) -> None:
        with self.changed:
            for waiting in (self.queue, self.repeats):
                if one in waiting:
                    waiting.remove(one)
                    break
            self.changed.notify_all()


def _taken(url: str, secret: str | None, update: dict[str, Any]) -> bool:
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    request = urllib.request.Request(url, json.dumps(update).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status < 300)
    except (urllib.error.URLError, OSError):
        return False
