"""Two platforms with the same community on both: who is there, and where they gather."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.house import PATIENCE, House, until
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Posted

ZONE = "Europe/Paris"

# Slack: two hosts and two members. Telegram: a host, and two members.
ALEXIS, INES, ANA, BEN = "U0ALEXIS", "U0INES", "U0ANA", "U0BEN"
SALON, COULISSES = "C0SALON", "C0COULISSES"
INES_TOO, CHLOE, DAVID = 700_001, 700_002, 700_003
GROUP, BACK_ROOM = -1001234567890, -1009876543210

PLAYBOOK = """\
playbook: cercle
title: Le Cercle
language: fr
tone: tu
timezone: {zone}
people:
  alexis: {{slack: U0ALEXIS}}
  ines: {{slack: U0INES, telegram: 700001}}
spaces:
  salon: {{slack: C0SALON, telegram: "-1001234567890"}}
  coulisses: {{slack: C0COULISSES, telegram: "-1009876543210"}}
hosts: {{people: [alexis, ines], space: coulisses}}
pace: {{quiet_hours: "{quiet}", posts: 50 per day, our_share: {{at_most: 100%}}}}
rituals:
  question:
    when: {when}
    where: salon
    prompt: {{ask: ["Quel prix as-tu refusé ?"], open_for: 2 jours}}
  annonce:
    when: le 2099-01-05 à 12h
    where: salon
    approval: required
    steps:
      - post: "La table ronde aura lieu jeudi."
"""


@dataclass
class Town:
    """Both fake platforms."""

    slack: FakeSlack
    telegram: FakeTelegram

    def slack_posts(self, channel: str) -> list[dict[str, Any]]:
        """Our messages in a channel, in order."""
        space = self.slack.workspace
        with space.lock:
            return deepcopy([one for one in space.messages[channel] if one["user"] == space.bot])

    def telegram_posts(self, chat: int) -> list[Posted]:
        """Our messages in a chat, in order, without those we took back."""
        with self.telegram.lock:
            return [one for one in self.telegram.ours(chat) if not one.removed]

    def thanked_on_slack(self, ts: str) -> bool:
        space = self.slack.workspace
        return any(reaction[1] == ts and reaction[3] == space.bot for reaction in space.reactions)

    def wait_until_connected(self) -> None:
        """Until Slack has a way to us, and Telegram was asked for news or told where to bring them."""
        if self.slack.hook is None:
            until(lambda: self.slack.server.sockets.open, "Socket Mode is open")
        updates = self.telegram.updates
        until(lambda: updates.webhook or updates.poller, "Telegram knows how to reach us")


@contextlib.contextmanager
def opened() -> Iterator[Town]:
    """The platforms with everybody in their places."""
    slack, telegram = FakeSlack(), FakeTelegram()
    slack.patience = PATIENCE
    people = {ALEXIS: "Alexis", INES: "Inès", ANA: "Ana", BEN: "Ben"}
    for ref, name in people.items():
        slack.workspace.add_user(ref, name)
    slack.workspace.add_channel(SALON, "salon", *people)
    slack.workspace.add_channel(COULISSES, "coulisses", ALEXIS, INES)
    telegram.person(INES_TOO, "Inès")
    telegram.group(BACK_ROOM, "Coulisses")
    telegram.person(CHLOE, "Chloé")
    telegram.person(DAVID, "David")
    telegram.group(GROUP, "Salon")
    try:
        yield Town(slack, telegram)
    finally:
        slack.stop()
        telegram.close()


def house(town: Town, folder: Path, database_url: str, **settings: str) -> House:
    """A house for that town; it listens by Socket Mode and by polling unless settings say otherwise."""
    write_playbook(folder)
    return House(
        folder,
        {
            "TERTULIA_DATABASE_URL": database_url,
            "TERTULIA_PLAYBOOKS": str(folder / "playbooks"),
            "TERTULIA_CONSOLE_ADDRESS": "127.0.0.1:0",
            "TERTULIA_SLACK_API_URL": town.slack.url,
            "TERTULIA_SLACK_BOT_TOKEN": town.slack.tokens["bot"],
            "TERTULIA_TELEGRAM_API_URL": town.telegram.url,
            "TERTULIA_TELEGRAM_TOKEN": town.telegram.token,
            **{f"TERTULIA_{name.upper()}": value for name, value in settings.items()},
        },
    )


def write_playbook(folder: Path, when: str = "le 2099-01-05 à 9h") -> None:
    """The playbook; its quiet hours lie far from now, whenever the tests run, and hold no full hour."""
    quiet = datetime.now(ZoneInfo(ZONE)) + timedelta(hours=12)
    text = PLAYBOOK.format(zone=ZONE, when=when, quiet=f"{quiet:%H}:35-{quiet:%H}:50")
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / "cercle.yaml").write_text(text, encoding="utf-8")


def next_minute() -> str:
    """A phrase for the next full minute that is at least five seconds away."""
    local = (datetime.now(UTC) + timedelta(seconds=65)).astimezone(ZoneInfo(ZONE))
    return f"le {local:%Y-%m-%d} à {local:%H:%M}"
