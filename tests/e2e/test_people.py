"""Welcomes, nudges, thanks and relaunches by the real program, on Slack and Telegram, as their ledgers tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import town as towns
from tests.e2e.house import House, until
from tests.e2e.town import ANA, BEN, CHLOE, COULISSES, DAVID, GROUP, SALON, Town

RITUALS = """\
  bienvenue:
    when: un membre arrive
    where: salon
    welcome: {charter: "Ce qui se dit ici reste ici.", question: "Sur quoi travailles-tu ?"}
  pensee:
    when: le 2099-01-06 à 9h
    approval: none
    nudge: {about: answers they received, control_group: 0%}
  merci:
    when: le 2099-01-07 à 9h
    where: salon
    approval: none
    shout_out: {top: 2, badge: pilier, badge_after: 1 fois}
  relance:
    when: salon calme depuis 300 jours
    where: salon
    approval: none
    relaunch: {ask: 2}
segments:
  aidants: {helped: 1 en 30 jours}
"""


@dataclass
class Life:
    """A running house before its town, and what members do there."""

    house: House
    town: Town

    def hold(self, ritual: str) -> None:
        done = self.house.tertulia("hold", f"cercle/{ritual}")
        assert done.returncode in (0, 1), done.stderr  # 1: it was skipped, and says why

    def direct(self, member: str) -> list[dict[str, Any]]:
        """Our direct messages to somebody on Slack."""
        return self.town.slack_posts(self.town.slack.workspace.direct_chat(member))

    def help_on_slack(self) -> None:
        """Ana asks, Ben answers, Ana thanks him by a reaction."""
        asked = self.town.slack.says(ANA, SALON, "Comment fixer un premier prix ?")
        answered = self.town.slack.says(BEN, SALON, "Commence haut.", asked)
        self.town.slack.reacts(ANA, SALON, answered, "pray")

    def help_on_telegram(self) -> None:
        """Chloé asks, David answers, Chloé thanks him by a reaction."""
        asked = self.town.telegram.says(CHLOE, GROUP, "Qui connaît un bon comptable ?")
        answered = self.town.telegram.says(DAVID, GROUP, "Moi, je te l’envoie.", reply_to=asked)
        self.town.telegram.reacts(CHLOE, GROUP, answered, "🙏")

    def results(self, ritual: str) -> Any:
        return self.house.facts("results", f"cercle/{ritual}")


@pytest.fixture
def life(database_url: str, tmp_path: Path) -> Iterator[Life]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, database_url, slack_app_token=town.slack.tokens["app"])
        with (tmp_path / "playbooks" / "cercle.yaml").open("a", encoding="utf-8") as playbook:
            playbook.write(RITUALS)
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            yield Life(house, town)
        finally:
            house.close()


def test_whoever_joins_is_greeted_accepts_the_charter_and_answers(life: Life) -> None:
    nadia = life.town.slack.joins(SALON, "Nadia")
    greeting = until(lambda: life.direct(nadia), "the greeting, directly on Slack")[0]
    assert "Bienvenue, Nadia" in plain(greeting["text"]) and "reste ici" in greeting["text"]
    chat = life.town.slack.workspace.direct_chat(nadia)
    life.town.slack.presses(nadia, chat, greeting["ts"], "J’accepte la charte")
    until(lambda: not labels(life.direct(nadia)[0]), "the button is gone")
    assert "Tu as accepté" in life.direct(nadia)[0]["text"]
    life.town.slack.says(nadia, chat, "Un logiciel de paie.")
    until(lambda: life.results("bienvenue")["answers"] == 1, "the answer to the easy question")

    life.town.telegram.person(700_009, "Omar")
    life.town.telegram.joins(700_009, GROUP)
    posted = until(lambda: life.town.telegram_posts(GROUP), "the greeting in the group: a bot may not write first")[0]
    assert "Bienvenue à Omar" in plain(posted.text)
    life.town.telegram.presses(700_009, GROUP, posted.message_id, "J’accepte la charte")
    until(lambda: not life.town.telegram_posts(GROUP)[0].buttons(), "its button is gone too")
    assert len(life.direct(nadia)) == len(life.town.telegram_posts(GROUP)) == 1


def test_quiet_members_are_told_of_the_answers_they_received(life: Life) -> None:
    life.town.telegram.starts(CHLOE)
    life.help_on_slack()
    life.help_on_telegram()
    until(lambda: nudged(life), "that both are nudged")

    (word,) = life.direct(ANA)
    (other,) = [one for one in life.town.telegram_posts(CHLOE) if "question" in one.text]
    assert "Une de tes questions a reçu une réponse" in word["text"] and word["text"].count("http") <= 1
    assert [button["text"] for button in other.buttons()] == labels(word) == ["Pas maintenant", "Ne plus m’écrire"]
    life.town.slack.presses(ANA, life.town.slack.workspace.direct_chat(ANA), word["ts"], "Pas maintenant")
    until(lambda: any("avant le" in plain(one) for one in notices(life)), "that it is heard")
    life.town.telegram.presses(CHLOE, CHLOE, other.message_id, "Ne plus m’écrire")
    life.hold("pensee")
    told = until(lambda: ended(life, "pensee"), "the second run")
    assert (told["outcome"], told["reason"]) == ("skipped", "nobody to write to")
    assert len(life.direct(ANA)) == 1


def nudged(life: Life) -> bool:
    """Hold the ritual until the answers have been made out: that takes a sweep."""
    life.hold("pensee")
    until(lambda: ended(life, "pensee") or life.direct(ANA), "the run")
    return len(life.direct(ANA)) == 1 and any("question" in one.text for one in life.town.telegram_posts(CHLOE))


def ended(life: Life, ritual: str) -> dict[str, Any] | None:
    told: dict[str, Any] = life.house.facts("why", f"cercle/{ritual}")
    return told if told["outcome"] in ("skipped", "done") else None


def test_help_is_thanked_where_it_was_given_and_those_who_know_are_asked(life: Life) -> None:
    life.help_on_slack()
    life.help_on_telegram()
    until(lambda: helpers(life) == 2, "that their help is made out")
    life.hold("merci")
    until(lambda: life.town.slack_posts(SALON) and life.town.telegram_posts(GROUP), "the thanks")

    (on_slack,), (on_telegram,) = life.town.slack_posts(SALON), life.town.telegram_posts(GROUP)
    assert "Ben" in on_slack["text"] and "David" not in on_slack["text"]
    assert "David" in on_telegram.text and "Ben" not in on_telegram.text
    more = {"thanked": 2, "for the first time": 2, "taken out by a host": 0}
    until(lambda: life.results("merci")["more"] == more, "the numbers")

    life.town.slack.says(ANA, SALON, "Qui a déjà recruté à distance ?")
    until(lambda: relaunched(life), "that Ben is asked")
    (word,) = life.direct(BEN)
    assert "recruté à distance" in word["text"] and "Ana" in word["text"]
    assert life.direct(ANA) == [] and life.town.slack_posts(COULISSES) == []


def helpers(life: Life) -> int:
    return len(life.house.facts("members", "--segment", "aidants"))


def relaunched(life: Life) -> bool:
    life.hold("relance")
    until(lambda: ended(life, "relance") or life.direct(BEN), "the run")
    return bool(life.direct(BEN))


def labels(message: dict[str, Any]) -> list[str]:
    return [
        e["text"]["text"] for block in message["blocks"] for e in block.get("elements", []) if e["type"] == "button"
    ]


def plain(text: str) -> str:
    """Without the signs that no reader sees."""
    return text.replace("\u200b", "").replace("\u00a0", " ").replace("\u202f", " ")


def notices(life: Life) -> list[str]:
    return [entry["text"] for entry in life.town.slack.ledger if entry["act"] == "shown"]
