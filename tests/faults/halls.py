"""Communities of one scene's own: a hall on both platforms, its hosts, and a ritual of each kind."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram
from tests.faults.square import Room

PLAYBOOK = """\
playbook: hall{number:02}
language: en
timezone: {zone}
people: {{val: {{slack: U0VAL{number:02}}}}}
spaces:
  hall: {{slack: C0HALL{number:02}, telegram: "{chat}"}}
  wings: {{slack: C0WING{number:02}}}
hosts: {{people: [val], space: wings}}
pace: {{quiet_hours: "02:00-03:00", posts: 500 per day, our_share: {{at_most: 100%}}, stop_after: 500 unanswered runs}}
rituals:
  debate:
    when: on 2099-01-01 at 12:00
    where: hall
    debate: {{motion: "Motion r{number:02} ?", speakers: 2}}
  thanks:
    when: on 2099-01-01 at 12:00
    where: hall
    shout_out: {{top: 10, badge: pillar, badge_after: 1 time}}
  learn:
    when: on 2099-01-01 at 12:00
    where: hall
    steps:
      - ask: "Step r{number:02} ?"
      - wait: 2 days
      - recap: "Said r{number:02}:"
      - give: {{badge: starter}}
  earned:
    when: badge earned
    where: hall
    approval: none
    steps:
      - post: "A badge r{number:02}."
  rescue:
    when: question unanswered for 4 hours
    where: hall
    relaunch: {{ask: 2}}
  word:
    when: on 2099-01-01 at 12:00
    nudge: {{about: answers they received, control_group: 0%}}
  talk:
    when: on 2099-01-01 at 12:00
    where: hall
    prompt: {{ask: ["Talk r{number:02} ?"], open_for: 2 days}}
"""


@dataclass(frozen=True, slots=True)
class Hall(Room):
    """The rooms of one scene's community."""

    number: int

    @property
    def name(self) -> str:
        """Of the playbook."""
        return f"hall{self.number:02}"


def hall(number: int) -> Hall:
    """The hall of the scene of that number."""
    return Hall(f"C0HALL{number:02}", -1100 - number, f"C0WING{number:02}", f"U0VAL{number:02}", number)


def playbook(zone: str, number: int) -> str:
    """Rituals that are held by hand, but for those that wait for a badge or an unanswered question."""
    return PLAYBOOK.format(zone=zone, number=number, chat=hall(number).chat)


def build(slack: FakeSlack, telegram: FakeTelegram, number: int) -> None:
    """Its channels, its group and its host."""
    here = hall(number)
    slack.workspace.add_user(here.host, "Val")
    slack.workspace.users[here.host]["locale"] = "en-US"
    slack.workspace.add_channel(here.channel, here.name, here.host)
    slack.workspace.add_channel(here.backstage, f"wings{number:02}", here.host)
    telegram.group(here.chat, here.name)
