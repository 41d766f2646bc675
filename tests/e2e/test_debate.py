"""A debate by the real program: announced, declined, accepted, kept silent about, opened, argued, voted and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from orchestrator.store.session import Store
from orchestrator.store.tables import Ballot, Handle, Part, Run
from orchestrator.store.tables import Stage as StageRow
from tests.e2e import town as towns
from tests.e2e.house import House, until
from tests.e2e.town import ALEXIS, ANA, BEN, CHLOE, DAVID, GROUP, SALON, Town
from tests.fakes.telegram_chats import Posted

MOTION = "Faut-il publier ses prix ?"
DEBATE = f"""\
  debat:
    when: le 2099-01-06 à 18h
    where: salon
    debate: {{motion: "{MOTION}", speakers: 4}}
"""
YES, NO, BACK = "J’accepte", "Pas cette fois", "Retirer mon vote"
DAY = timedelta(days=1)


class Stage:
    """A running house before its town, where the debate is held."""

    def __init__(self, house: House, town: Town, database_url: str) -> None:
        self.house, self.town, self.database_url = house, town, database_url

    def pass_time(self, duration: timedelta) -> None:
        """Put the run so far into the past: the running clock finds what is due by then."""
        store = Store(self.database_url)
        try:
            with store.write() as session:
                run = session.scalars(select(Run)).one()
                run.due_at, run.closes_at = run.due_at - duration, run.closes_at and run.closes_at - duration
                run.opened_at = run.opened_at and run.opened_at - duration
                for row in (*session.scalars(select(Part)), *session.scalars(select(StageRow))):
                    row.at -= duration
        finally:
            store.close()

    def votes(self, stage: str) -> int:
        """How many votes of a stage are kept, those taken back and the hosts' included."""
        store = Store(self.database_url)
        try:
            with store.read() as session:
                return session.scalar(select(func.count()).select_from(Ballot).where(Ballot.stage == stage)) or 0
        finally:
            store.close()

    def states(self) -> dict[str, str]:
        """handle → how it stands with their invitation."""
        store = Store(self.database_url)
        try:
            with store.read() as session:
                rows = select(Handle.ref, Part.state).join(Handle, Handle.member_id == Part.member_id)
                return {row.ref: row.state for row in session.execute(rows)}
        finally:
            store.close()

    def on_slack(self, word: str, channel: str = SALON) -> dict[str, Any]:
        """Our message in a channel that holds this word, once there is one."""

        def look() -> dict[str, Any] | None:
            if channel not in self.town.slack.workspace.messages:
                return None
            found = [one for one in self.town.slack_posts(channel) if word in plain(one["text"])]
            return found[-1] if found else None

        return until(look, f"{word} in {channel}")

    def on_telegram(self, word: str, chat: int = GROUP) -> Posted:
        def look() -> Posted | None:
            found = [one for one in self.town.telegram_posts(chat) if word in plain(one.text)]
            return found[-1] if found else None

        return until(look, f"{word} in {chat}")

    def press_on_slack(self, who: str, word: str, label: str, channel: str = SALON) -> None:
        self.town.slack.presses(who, channel, self.on_slack(word, channel)["ts"], label)

    def press_on_telegram(self, who: int, word: str, label: str, chat: int = GROUP) -> None:
        self.town.telegram.presses(who, chat, self.on_telegram(word, chat).message_id, label)


def plain(text: str) -> str:
    """Without the signs that no reader sees."""
    return text.replace("\u200b", "").replace("\u00a0", " ").replace("\u202f", " ").replace("*", "")


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, database_url, slack_app_token=town.slack.tokens["app"])
        with (tmp_path / "playbooks" / "cercle.yaml").open("a", encoding="utf-8") as playbook:
            playbook.write(DEBATE)
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            yield Stage(house, town, database_url)
        finally:
            house.close()


def known_to_us(stage: Stage) -> None:
    """On Telegram only those who wrote to us can be written to, and only those who spoke are known to be there."""
    for who in (CHLOE, DAVID):
        stage.town.telegram.starts(who)
        stage.town.telegram.says(who, GROUP, "Bonjour à tous")


def direct(who: str) -> str:
    return f"D{who[1:]}"


def wait_for(stage: Stage, wanted: Callable[[dict[str, str]], bool], what: str) -> None:
    until(lambda: wanted(stage.states()), what)


def test_a_debate_is_held_on_two_platforms(stage: Stage) -> None:
    known_to_us(stage)
    assert stage.house.tertulia("hold", "cercle/debat").returncode == 0

    # Announced three days ahead, with a vote on both platforms.
    for who, label in ((ANA, "Pour"), (BEN, "Contre"), (ALEXIS, "Contre")):
        stage.press_on_slack(who, "Qu’en penses-tu aujourd’hui", label)
    for who_too, label in ((CHLOE, "Sans avis tranché"), (DAVID, "Pour"), (DAVID, BACK)):
        stage.press_on_telegram(who_too, "Qu’en penses-tu aujourd’hui", label)

    until(lambda: stage.votes("before") == 5, "the first votes are kept")

    # Invited: two say yes, one no, one nothing.
    stage.press_on_slack(ANA, "Accepterais-tu", YES, direct(ANA))
    stage.press_on_telegram(DAVID, "Accepterais-tu", YES, DAVID)
    stage.press_on_telegram(CHLOE, "Accepterais-tu", NO, CHLOE)
    stage.on_slack("c’est noté", direct(ANA))
    stage.on_telegram("merci de ta réponse", CHLOE)
    stage.on_slack("Accepterais-tu", direct(BEN))
    stage.pass_time(DAY + timedelta(minutes=1))
    wait_for(stage, lambda states: states.get(BEN) == "silent", "Ben's silence was noticed")

    # Asked for their statements, which one gives directly and the other in the debate.
    stage.pass_time(2 * DAY - timedelta(hours=2))
    stage.on_telegram("Écris-moi ici ton texte", DAVID)
    stage.on_slack("Écris-moi ici ton texte", direct(ANA))
    stage.town.telegram.says(DAVID, DAVID, "Un prix caché fait perdre du temps.")
    stage.pass_time(timedelta(hours=2))
    opening = stage.on_slack("Un prix caché fait perdre du temps. — David")
    stage.town.slack.says(ANA, SALON, "Un prix se discute.", opening["ts"])
    stage.on_telegram("Un prix se discute. — Ana")
    stage.pass_time(timedelta(hours=2))
    post = stage.on_telegram("Le débat est ouvert")
    stage.town.telegram.says(CHLOE, GROUP, "Chez nous, ça dépend.", reply_to=post.message_id)

    # Voted on once more, and told.
    stage.pass_time(DAY)
    for who, label in ((ANA, "Contre"), (BEN, "Contre")):
        stage.press_on_slack(who, "Vote de nouveau", label)
    stage.press_on_telegram(CHLOE, "Vote de nouveau", "Pour")
    until(lambda: stage.votes("after") == 3, "the second votes are kept")
    stage.pass_time(DAY)
    for text in (stage.on_slack("On débattait")["text"], stage.on_telegram("On débattait").text):
        text = plain(text)
        assert "3 voix se sont fait entendre" in text
        assert "Avant : 1 pour, 1 contre, 1 sans avis tranché" in text
        assert "3 personnes ont voté les deux fois : trop peu" in text

    told = until(lambda: done(stage), "the run is done")
    assert told["outcome"] == "done"
    more = stage.house.facts("results", "cercle/debat")["more"]
    assert (more["accepted"], more["voices"], more["voted twice"], more["moved"]) == (2, 3, 3, 2)
    assert [len(sent_to(stage, BEN)), len(sent_to(stage, ANA))] == [1, 2]


def sent_to(stage: Stage, who: str) -> list[dict[str, Any]]:
    """Our messages to a member on Slack."""
    return stage.town.slack_posts(direct(who))


def done(stage: Stage) -> dict[str, Any] | None:
    told: dict[str, Any] = stage.house.facts("why", "cercle/debat")
    return told if told["outcome"] == "done" else None
