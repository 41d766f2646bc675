"""A second community of a fault run: people who vote, join, are written to with approval, link and leave."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram


@dataclass(frozen=True, slots=True)
class Room:
    """Where a scene is played: a channel and a group of one space, the hosts' channel, and their host."""

    channel: str
    chat: int
    backstage: str
    host: str


NAME = "square"
CHANNEL, BACKSTAGE, HOST = "C0SQUARE", "C0BACK", "U0HAL"
CHAT = -1003
HERE = Room(CHANNEL, CHAT, BACKSTAGE, HOST)
OPTIONS = ("Prices", "Hiring", "Tools")
CHARTER = "What is said here stays here."

HEAD = """\
playbook: square
language: en
timezone: {zone}
people: {{hal: {{slack: U0HAL}}}}
spaces:
  square: {{slack: C0SQUARE, telegram: "-1003"}}
  backstage: {{slack: C0BACK}}
hosts: {{people: [hal], space: backstage}}
pace: {{quiet_hours: "02:00-03:00", posts: 500 per day, our_share: {{at_most: 100%}}, stop_after: 500 unanswered runs}}
rituals:
  greet:
    when: member joins
    where: square
    approval: none
    welcome: {{charter: "{charter}"}}
"""
RITUALS = """\
  v{number:02}:
    when: on 2099-01-01 at 12:00
    where: square
    approval: none
    poll: {{question: "Vote r{number:02} ?", options: [Prices, Hiring, Tools], open_for: 2 days}}
  n{number:02}:
    when: on 2099-01-01 at 12:00
    approval: required
    nudge: {{about: answers they received, control_group: 0%}}
  t{number:02}:
    when: on 2099-01-01 at 12:00
    where: square
    approval: none
    prompt: {{ask: ["Mistake r{number:02} ?"], open_for: 2 days}}
"""


def playbook(zone: str, scenes: int) -> str:
    """The playbook of the square: rituals of each scene's own, held by hand; whoever joins is greeted."""
    return HEAD.format(zone=zone, charter=CHARTER) + "".join(RITUALS.format(number=number) for number in range(scenes))


def on_slack(fake: FakeSlack) -> None:
    """Its channels, and its host."""
    fake.workspace.add_user(HOST, "Hal")
    fake.workspace.add_channel(CHANNEL, "square", HOST)
    fake.workspace.add_channel(BACKSTAGE, "backstage", HOST)


def on_telegram(fake: FakeTelegram) -> None:
    """Its group."""
    fake.group(CHAT, "square")
