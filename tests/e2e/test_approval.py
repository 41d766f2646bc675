"""A post that a host must agree to: asked where the hosts are, decided once, in any of three places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import town as towns
from tests.e2e.house import House, until
from tests.e2e.town import ALEXIS, BACK_ROOM, COULISSES, GROUP, INES_TOO, SALON, Town

RITUAL = "cercle/annonce"
YES, NO = "Publier", "Ne pas publier"
SLOWLY = 2.0  # seconds a platform takes to carry out an act


@dataclass
class Asked:
    """A running house, and how many requests the hosts have seen."""

    house: House
    town: Town
    requests: int = 0

    def hold(self) -> tuple[str, int]:
        """Ask the hosts; gives the request's messages on Slack and on Telegram."""
        self.requests += 1
        told = self.house.facts("hold", RITUAL)
        assert (told["outcome"], told["reason"]) == ("made", "awaiting approval")
        until(lambda: len(self.town.slack_posts(COULISSES)) == self.requests, "the request on Slack")
        until(lambda: len(self.town.telegram_posts(BACK_ROOM)) == self.requests, "the request on Telegram")
        on_slack = self.town.slack_posts(COULISSES)[-1]
        assert "La table ronde aura lieu jeudi." in on_slack["text"]
        return on_slack["ts"], self.town.telegram_posts(BACK_ROOM)[-1].message_id

    def posted(self) -> tuple[int, int]:
        """Posts in the salon, on each platform."""
        return len(self.town.slack_posts(SALON)), len(self.town.telegram_posts(GROUP))

    def decided(self, on_slack: str, on_telegram: int) -> bool:
        """Do both requests say what became of them, without a button to decide?"""
        slack = next(one for one in self.town.slack_posts(COULISSES) if one["ts"] == on_slack)
        telegram = self.town.telegram.posted[BACK_ROOM, on_telegram]
        shown = [*labels(slack), *(button["text"] for button in telegram.buttons())]
        return YES not in shown and NO not in shown and telegram.edits > 0

    def why(self, outcome: str) -> dict[str, Any]:
        """What `why` tells, once the run came to that outcome."""

        def look() -> dict[str, Any] | None:
            told: dict[str, Any] = self.house.facts("why", RITUAL)
            return told if told["outcome"] == outcome else None

        return until(look, f"the run is {outcome}")


@pytest.fixture
def asked(tmp_path: Path, sqlite_url: str) -> Iterator[Asked]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, sqlite_url, slack_app_token=town.slack.tokens["app"])
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            yield Asked(house, town)
        finally:
            house.close()


def test_the_first_decision_stands_wherever_it_is_taken(asked: Asked) -> None:
    town = asked.town
    on_slack, on_telegram = asked.hold()
    with_slow_platforms(town, SLOWLY)  # so that the buttons are still there for the second thoughts
    town.slack.presses(ALEXIS, COULISSES, on_slack, YES)
    town.slack.presses(ALEXIS, COULISSES, on_slack, YES)
    town.telegram.presses(INES_TOO, BACK_ROOM, on_telegram, NO)
    with_slow_platforms(town, 0.0)
    until(lambda: asked.decided(on_slack, on_telegram), "both requests tell the decision")
    assert asked.why("done")["reason"] == "posted"
    assert asked.posted() == (1, 1)
    assert "Alexis a donné son accord" in town.telegram.posted[BACK_ROOM, on_telegram].text

    on_slack, on_telegram = asked.hold()
    town.telegram.presses(INES_TOO, BACK_ROOM, on_telegram, NO)
    until(lambda: asked.decided(on_slack, on_telegram), "both requests tell the refusal")
    assert asked.why("skipped")["reason"] == "refused"
    assert asked.posted() == (1, 1)


def test_a_request_is_approved_on_the_command_line(asked: Asked) -> None:
    messages = asked.hold()
    (request,) = asked.house.facts("approve")["approvals"]
    assert request["ritual"] == "annonce"
    assert [post["text"] for post in request["posts"]] == ["La table ronde aura lieu jeudi."]
    done = asked.house.tertulia("approve", request["id"])
    assert done.returncode == 0, done.stderr
    until(lambda: asked.decided(*messages), "both requests tell the decision")
    assert asked.why("done")["reason"] == "posted"
    assert asked.posted() == (1, 1)
    assert asked.house.facts("approve")["approvals"] == []
    again = asked.house.tertulia("approve", request["id"], "--refuse")
    assert again.returncode == 1, "it was approved: it cannot be refused"
    assert asked.posted() == (1, 1)


def test_only_hosts_decide(asked: Asked) -> None:
    on_slack, on_telegram = asked.hold()
    asked.town.telegram.chats[BACK_ROOM].members[towns.CHLOE] = "member"
    asked.town.telegram.presses(towns.CHLOE, BACK_ROOM, on_telegram, YES)
    asked.town.telegram.updates.wait_until_heard()
    asked.town.slack.presses(towns.ANA, COULISSES, on_slack, YES)
    asked.town.slack.presses(ALEXIS, COULISSES, on_slack, NO)
    until(lambda: asked.decided(on_slack, on_telegram), "both requests tell the refusal")
    assert asked.why("skipped")["reason"] == "refused"
    assert asked.posted() == (0, 0)


def labels(message: dict[str, Any]) -> list[str]:
    """The buttons under a message on Slack."""
    elements = [one for block in message.get("blocks", []) for one in block.get("elements", [])]
    return [one["text"]["text"] for one in elements if one.get("type") == "button"]


def with_slow_platforms(town: Town, seconds: float) -> None:
    town.slack.faults.delay = seconds
    town.telegram.slow_seconds = seconds
    town.telegram.plan = (lambda _method: "slow") if seconds else None
