"""A vote by the real program: buttons on Slack, a poll on Telegram, one tally, as their ledgers count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.flow import bring_forward
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from tests.e2e import town as towns
from tests.e2e.house import House, until
from tests.e2e.town import ALEXIS, ANA, BEN, CHLOE, DAVID, GROUP, INES_TOO, SALON, Town
from tests.fakes.telegram_chats import Ballots

HOSTS = {ALEXIS, INES_TOO}
OPTIONS = ["Prix", "Recrutement", "IA"]
BACK = "Retirer mon vote"
VOTE = """\
  vote:
    when: le 2099-01-06 à 9h
    where: salon
    text: C’est le moment de choisir.
    poll: {question: "Quel sujet pour la table ronde ?", options: [Prix, Recrutement, IA], open_for: 2 jours}
"""


class Stage:
    """A running house before its town, where the vote is held."""

    def __init__(self, house: House, town: Town, database_url: str) -> None:
        self.house, self.town, self.database_url = house, town, database_url

    def post(self) -> dict[str, Any]:
        """The vote on Slack as it stands."""
        return self.town.slack_posts(SALON)[0]

    def poll(self) -> Ballots:
        poll = self.town.telegram_posts(GROUP)[0].poll
        assert poll is not None
        return poll

    def press(self, who: str, label: str) -> None:
        self.town.slack.presses(who, SALON, self.post()["ts"], label)

    def choose(self, who: int, *options: int) -> bool:
        return self.town.telegram.votes(who, self.poll().id, list(options))

    def tally(self) -> dict[str, int]:
        facts = self.house.facts("results", "cercle/vote")
        tally = {line["option"]: line["votes"] for line in facts["tally"]}
        return tally | {"voters": facts["members"], "answers": facts["answers"], "late": facts["late"]}

    def close(self) -> None:
        """Bring the close forward, as the practice room does; the running clock finds it."""
        store = Store(self.database_url)
        try:
            app = App(settings=Settings(), store=store, adapters={}, render=Renderer(None))
            bring_forward.close_now(app, "cercle", "vote")
        finally:
            store.close()


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, database_url, slack_app_token=town.slack.tokens["app"])
        with (tmp_path / "playbooks" / "cercle.yaml").open("a", encoding="utf-8") as playbook:
            playbook.write(VOTE)
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            done = house.tertulia("hold", "cercle/vote")
            assert done.returncode == 0, done.stderr
            until(lambda: town.slack_posts(SALON) and town.telegram_posts(GROUP), "the vote")
            yield Stage(house, town, database_url)
        finally:
            house.close()


def test_one_vote_is_held_on_two_platforms_and_told_as_the_ledgers_count_it(stage: Stage) -> None:
    assert labels(stage.post()) == [*OPTIONS, BACK]
    poll = stage.poll()
    assert (poll.options, poll.several, poll.text) == (OPTIONS, False, "C’est le moment de choisir.")
    assert poll.close_date is not None

    everybody_votes(stage)
    wanted = counted(stage)
    assert wanted == {"Prix": 3, "Recrutement": 0, "IA": 1, "voters": 4, "answers": 4, "late": 0}
    until(lambda: stage.tally() == wanted, "the tally of the ledgers")
    until(lambda: "Prix\n████████░░ 3 voix · 75 %" in plain(stage.post()["text"]), "the live tally")
    assert edits(stage) <= 3, "a post is edited every few seconds at most, not for each of the votes"

    stage.close()
    until(lambda: not labels(stage.post()), "the buttons are gone")
    until(lambda: stage.poll().closed, "Telegram's poll is closed")
    assert not stage.choose(DAVID, 1), "Telegram refuses late votes"
    until(lambda: len(stage.town.slack_posts(SALON)) > 1 and len(stage.town.telegram_posts(GROUP)) > 1, "the results")
    for text in (stage.town.slack_posts(SALON)[1]["text"], stage.town.telegram_posts(GROUP)[1].text):
        text = plain(text)
        assert "« Prix » l’emporte, avec 3 voix sur 4." in text
        assert text.index("Prix\n") < text.index("IA\n") < text.index("Recrutement\n"), "most votes first"

    press_late(stage, BEN)
    until(lambda: "Ce vote est clos" in notices(stage)[-1], "that it is too late")
    assert stage.tally() == wanted
    told = until(lambda: done(stage), "the run is done")
    assert told["outcome"] == "done"
    assert len(stage.town.slack_posts(SALON)) == len(stage.town.telegram_posts(GROUP)) == 2


def everybody_votes(stage: Stage) -> None:
    """Minds are changed, news told twice, a vote taken back, hosts vote too."""
    stage.press(ANA, "Recrutement")
    stage.press(ANA, "Prix")
    stage.town.slack.again()
    stage.press(BEN, "IA")
    stage.press(BEN, BACK)
    stage.press(BEN, "Prix")
    stage.press(ALEXIS, "Recrutement")
    for who, *options in ((CHLOE, 1), (CHLOE,), (CHLOE, 0), (DAVID, 2), (INES_TOO, 1)):
        assert stage.choose(who, *options)
    stage.town.telegram.again()
    until(lambda: "« Prix »" in "".join(notices(stage)), "that Ana's vote is noted")


def counted(stage: Stage) -> dict[str, int]:
    """The count by the platforms' own ledgers alone."""
    last: dict[Any, str] = {}
    for sent in pressed(stage):
        last[sent["user"]["id"]] = sent["actions"][0]["text"]["text"]
    on_slack = [label for who, label in last.items() if who not in HOSTS and label != BACK]
    poll = stage.poll()
    on_telegram = [poll.options[n] for who, chosen in poll.votes.items() if who not in HOSTS for n in chosen]
    voters = len(on_slack) + len(on_telegram)
    tally = Counter(on_slack + on_telegram)
    return {option: tally[option] for option in OPTIONS} | {"voters": voters, "answers": voters, "late": 0}


def pressed(stage: Stage) -> list[dict[str, Any]]:
    """Every press that Slack delivered, in the order they were made."""
    bodies = [json.loads(sent.body) for sent in stage.town.slack.delivered]
    found = [body for body in bodies if body.get("type") == "block_actions"]
    return sorted(found, key=lambda body: float(body["actions"][0]["action_ts"]))


def press_late(stage: Stage, who: str) -> None:
    """A press on a screen that does not show yet that the vote is closed."""
    space, old = stage.town.slack.workspace, next(body for body in pressed(stage) if body["user"]["id"] == who)
    trigger, action = f"{space.stamp()}.trigger", {**old["actions"][0], "action_ts": space.stamp()}
    space.triggers[trigger] = who
    stage.town.slack.deliver({**old, "trigger_id": trigger, "actions": [action]}, "interactive")


def labels(message: dict[str, Any]) -> list[str]:
    return [e["text"]["text"] for block in message["blocks"] for e in block.get("elements", [])]


def plain(text: str) -> str:
    """Without the signs that no reader sees."""
    return text.replace("\u200b", "").replace("\u00a0", " ").replace("\u202f", " ")


def notices(stage: Stage) -> list[str]:
    return [plain(entry["text"]) for entry in stage.town.slack.ledger if entry["act"] == "shown"] or [""]


def edits(stage: Stage) -> int:
    return sum(entry["act"] == "edited" for entry in stage.town.slack.ledger)


def done(stage: Stage) -> dict[str, Any] | None:
    told: dict[str, Any] = stage.house.facts("why", "cercle/vote")
    return told if told["outcome"] == "done" else None
