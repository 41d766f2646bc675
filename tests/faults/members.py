"""Ana, who answers on both platforms; each platform repeats what she does until it is acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.faults.world import ANA, CHANNELS, CHATS, World

Until = Callable[[str, Callable[[], object]], bool]
"""Waits until something holds, starting again what died meanwhile; False when it never did."""


class Ana:
    """A member of both platforms.

    said: her messages that a platform saw acknowledged. undone: messages with a reaction that she took back.
    """

    def __init__(self, world: World, until: Until) -> None:
        self.world, self.until = world, until
        self.said = 0
        self.undone: list[str] = []

    def answers(self, question: str, platform: str, which: int, *, twice: bool = False) -> bool:
        """Reply to the post of that question, the first where copies stand; True when that was acknowledged.

        Where it does not stand, as where a host is asked whether it does, she answers in the other place.
        """
        places = CHANNELS if platform == "slack" else CHATS
        if not self.until(f"{question} on {platform}", lambda: any(self._post(place, question) for place in places)):
            return False
        chosen = which if self._post(places[which], question) else 1 - which
        under = self._post(places[chosen], question)
        return self.speaks(f"my answer to {question}", platform, chosen, under=under, twice=twice)

    def _post(self, place: str, question: str) -> str | None:
        if place in CHANNELS:
            space = self.world.slack.workspace
            ours = (one for one in space.messages[place] if one.get("user") == space.bot)
            return next((one["ts"] for one in ours if question in str(one)), None)
        posts = self.world.telegram.ours(int(place))
        return next((str(one.message_id) for one in posts if question in one.text), None)

    def speaks(self, text: str, platform: str, which: int, *, under: str | None = None, twice: bool = False) -> bool:
        """Say something in a place, under a message if one is named; `twice`: the platform tells it again."""
        if platform == "slack":
            self.world.slack.says(ANA[0], CHANNELS[which], text, thread_ts=under)
            heard = self.acknowledged()
        else:
            self.world.telegram.says(ANA[1], int(CHATS[which]), text, reply_to=int(under) if under else None)
            heard = self.taken()
        self.said += heard
        if heard and twice:
            self._again(platform)
        return heard

    def speaks_while(self, kill: Callable[[], None], seconds: float, *what: Any) -> None:
        """Say something, told twice, while a process is killed so many seconds later."""
        killer = threading.Timer(seconds, kill)
        killer.start()
        try:
            self.speaks(*what, twice=True)
        finally:
            killer.join()

    def reacts_backwards(self) -> None:
        """Slack tells the end of a reaction before its beginning, and its message last."""
        fake, channel = self.world.slack, CHANNELS[0]
        kept = fake.workspace.add(channel, {"type": "message", "user": ANA[0], "text": "talk"})
        about = {"user": ANA[0], "reaction": "tada", "item": {"type": "message", "channel": channel, "ts": kept["ts"]}}
        begun, ended = fake.workspace.stamp(), fake.workspace.stamp()
        heard = True
        for event in (
            {"type": "reaction_removed", **about, "event_ts": ended},
            {"type": "reaction_added", **about, "event_ts": begun},
            {**kept, "channel": channel, "channel_type": "channel", "event_ts": kept["ts"]},
        ):
            fake.event(event)
            heard &= self.acknowledged()
        self.said += heard
        if heard:
            self.undone.append(str(kept["ts"]))
            self.world.fire("disorder inbound")

    def acknowledged(self) -> bool:
        """Slack repeats its last event until it gets its OK."""
        fake = self.world.slack
        return self.until(
            "Slack's event to be acknowledged", lambda: fake.delivered[-1].status == 200 or fake.again().status == 200
        )

    def taken(self) -> bool:
        updates = self.world.telegram.updates
        return self.until(
            "Telegram's updates to be taken", lambda: not (updates.queue or updates.repeats or updates.repeated)
        )

    def _again(self, platform: str) -> None:
        """The platform tells the same once more."""
        if platform == "slack":
            self.world.slack.again()
            heard = self.acknowledged()
        else:
            self.world.telegram.updates.again()
            heard = self.taken()
        if heard:
            self.world.fire(f"{platform} duplicate inbound")
