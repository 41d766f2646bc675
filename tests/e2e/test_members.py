"""Members' words, said to the real program over both platforms' SDKs, in French and in English."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Handle, Idea, Member
from tests.e2e import town as towns
from tests.e2e.house import until
from tests.e2e.town import BEN, CHLOE, DAVID, GROUP, SALON, Town
from tests.fakes.telegram_chats import Posted


class Stage:
    """A running house, its town, and what each member reads in their direct chat."""

    def __init__(self, town: Town, store: Store) -> None:
        self.town = town
        self.store = store

    def on_slack(self, text: str, *, command: bool = False) -> str:
        """Ben says something to us; gives what he reads next."""
        slack = self.town.slack
        chat = slack.workspace.direct_chat(BEN)
        before = len(self.town.slack_posts(chat))
        if command:
            slack.commands(BEN, SALON, text)
        else:
            slack.says(BEN, chat, text)
        return str(until(lambda: self.town.slack_posts(chat)[before:], f"an answer to {text}")[0]["text"])

    def on_telegram(self, text: str, who: int = CHLOE) -> Posted:
        """Chloé says something to us; gives what she gets next."""
        before = len(self.town.telegram_posts(who))
        self.town.telegram.says(who, who, text)
        return until(lambda: self.town.telegram_posts(who)[before:], f"an answer to {text}")[0]

    def member(self, ref: str) -> Member:
        with self.store.read() as session:
            handles = session.scalars(select(Handle.member_id).where(Handle.ref == ref))
            return session.get_one(Member, handles.one())

    def holds(self, *words: str) -> list[tuple[str, str]]:
        """Where one of these words is kept."""
        with self.store.read() as session:
            return [
                (table.name, word)
                for table in Base.metadata.sorted_tables
                for row in session.execute(select(table))
                for word in words
                if any(word.encode() in _bytes(value) for value in row)
            ]


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def stage(tmp_path: Path, database_url: str) -> Iterator[Stage]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, database_url, slack_app_token=town.slack.tokens["app"])
        store = Store(database_url)
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            yield Stage(town, store)
        finally:
            store.close()
            house.close()


def test_each_word_on_slack_and_telegram(stage: Stage) -> None:
    town, seen = stage.town, stage.town.telegram
    menus = until(lambda: len(seen.menus) == 2 and seen.menus, "the menu of direct chats")
    assert {one["command"] for one in menus["all_private_chats", "fr"]} >= {"moi", "oublie_moi", "mes_donnees"}

    assert "ce que je sais de toi" in stage.on_slack("aide", command=True)
    assert "*moi*" in stage.on_slack("HELP")
    assert "oublie-moi" in stage.on_telegram("/start").text
    assert stage.on_telegram("sans éloge").text.startswith("C’est entendu. Ton nom")
    assert stage.on_telegram("/start praise").text.startswith("C’est noté. On pourra")

    assert "pas encore de contribution" in stage.on_slack("moi")
    town.telegram.says(CHLOE, GROUP, "Bonjour à tous")
    until(lambda: "une contribution" in stage.on_telegram("/me").text, "her message is counted")

    assert stage.on_slack("idée un café le jeudi", command=True).startswith("C’est noté, merci")
    assert stage.on_telegram("idea: a coffee on Thursdays").text.startswith("C’est noté, merci")
    with stage.store.read() as session:
        assert sorted(session.scalars(select(Idea.text))) == ["a coffee on Thursdays", "un café le jeudi"]

    assert stage.on_slack("stop").startswith("C’est entendu")
    assert stage.member(BEN).opted_out_at is not None
    assert stage.on_slack("start").startswith("Te revoilà")
    assert stage.on_telegram("/weather").text.startswith("Voici ce que tu peux")


def test_linking_exporting_and_being_forgotten(stage: Stage) -> None:
    town = stage.town
    town.slack.says(BEN, SALON, "Le prix, toujours le prix.")
    town.telegram.says(CHLOE, GROUP, "Et le temps ?")
    stage.on_telegram("/start", CHLOE)

    code = stage.on_slack("lier", command=True).split("*")[1]
    assert stage.on_telegram(f"/link {code.lower()}").text.startswith("C’est fait")
    assert stage.member(BEN).id == stage.member(str(CHLOE)).id
    stage.on_telegram("/start", DAVID)
    assert stage.on_telegram(f"lier {code}", DAVID).text.startswith("Je ne connais pas ce code")

    file = stage.on_telegram("mes données").file
    assert file is not None
    told = json.loads(file[1])
    assert {one["ref"] for one in told["handle"]} == {BEN, str(CHLOE)}
    stage.on_slack("export me")
    shared = [one for one in town.slack.ledger if one["act"] == "shared"]
    assert len(shared) == 1 and shared[0]["channel"] == town.slack.workspace.direct_chat(BEN)

    assert stage.on_slack("délier").startswith("C’est fait")
    assert stage.member(BEN).id != stage.member(str(CHLOE)).id

    question = stage.on_telegram("/forget_me")
    town.telegram.presses(CHLOE, CHLOE, question.message_id, "Tout effacer")
    until(said(lambda: town.telegram_posts(CHLOE)[-1].text, "Je t’oublie maintenant"), "the last sentence")
    until(lambda: not stage.holds(str(CHLOE)), "nothing is left of her on Telegram")
    assert stage.on_slack("oublie-moi").startswith("J’effacerai ton nom")
    assert stage.on_slack("Forget me").startswith("C’est entendu. Je t’oublie")
    until(lambda: not stage.holds(BEN, str(CHLOE)), "nothing is left of him")


def said(look: Callable[[], str], words: str) -> Callable[[], bool]:
    return lambda: words in look()
