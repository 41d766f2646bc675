"""A question asked on two platforms by the real program, answered in every way there is, and recapped."""

from __future__ import annotations

import contextlib
import itertools
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.flow import bring_forward
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Answer
from tests import servers
from tests.e2e import town as towns
from tests.e2e.house import PATIENCE, House, until
from tests.e2e.town import ALEXIS, ANA, BEN, CHLOE, DAVID, GROUP, SALON, Town

HOSTS = {ALEXIS, towns.INES, towns.INES_TOO}
SECRET = "a-webhook-secret"


@dataclass(frozen=True)
class Way:
    """How the house is run, and how the platforms reach it."""

    database: str
    parts: int = 0  # of each process; 0: all in one process
    signed_http: bool = False
    webhook: bool = False
    by_clock: bool = False  # held at its written moment; else by `tertulia hold`


WAYS = {
    "one process, SQLite": Way("sqlite_url", by_clock=True),
    "one process, PostgreSQL": Way("fresh_postgres_url", signed_http=True, webhook=True),
    "four processes, Redis": Way("fresh_postgres_url", parts=1, webhook=True),
    "two of every process, Redis": Way("fresh_postgres_url", parts=2, signed_http=True),
}


@dataclass
class Stage:
    """A running house and its town."""

    way: Way
    house: House
    town: Town
    database_url: str


@pytest.fixture(params=WAYS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    way = WAYS[request.param]
    database_url = request.getfixturevalue(way.database)
    redis = {"redis_url": request.getfixturevalue("redis_url")} if way.parts else {}
    with towns.opened() as town:
        ports = [servers.free_port() for _ in range(max(way.parts, 1))]
        settings = {"listen_address": f"127.0.0.1:{ports[0]}", **redis, **ways_in(way, town, ports)}
        house = towns.house(town, tmp_path, database_url, **settings)
        try:
            start(house, way, ports)
            town.wait_until_connected()
            yield Stage(way, house, town, database_url)
        finally:
            house.close()


def ways_in(way: Way, town: Town, ports: list[int]) -> dict[str, str]:
    """The settings by which the platforms' news reach the house."""
    found = {}
    if way.signed_http:
        found["slack_signing_secret"] = town.slack.tokens["secret"]
        town.slack.hook = in_turn([f"http://127.0.0.1:{port}/hooks/slack" for port in ports])
    else:
        found["slack_app_token"] = town.slack.tokens["app"]
    if way.webhook:
        found |= {"telegram_webhook_secret": SECRET, "public_url": f"http://127.0.0.1:{ports[0]}"}
    return found


def in_turn(urls: list[str]) -> Callable[[Mapping[str, str], bytes], tuple[int, bytes]]:
    """A load balancer."""
    turns = itertools.cycle(urls)

    def post(headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(next(turns), body, dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    return post


def start(house: House, way: Way, ports: list[int]) -> None:
    """Start it as an operator would, and make the playbook live."""
    if way.by_clock:
        towns.write_playbook(house.folder, towns.next_minute())
    if not way.parts:
        house.start("run").wait_until_ready()
        return
    for arguments in (["migrate"], ["apply"]):
        done = house.tertulia(*arguments)
        assert done.returncode == 0, done.stderr
    for part in ("listen", "worker", "clock", "console"):
        for port in ports:
            house.start("run", part, TERTULIA_LISTEN_ADDRESS=f"127.0.0.1:{port}")
    for one in house.parts:
        one.wait_until_ready()


def test_a_question_is_asked_answered_and_recapped_once_on_each_platform(stage: Stage) -> None:
    town = stage.town
    if not stage.way.by_clock:
        done = stage.house.tertulia("hold", "cercle/question")
        assert done.returncode == 0, done.stderr
    until(lambda: town.slack_posts(SALON) and town.telegram_posts(GROUP), "the question", 2 * PATIENCE)
    on_slack, on_telegram = town.slack_posts(SALON)[0], town.telegram_posts(GROUP)[0]
    assert "Quel prix as-tu refusé" in on_slack["text"]
    assert "Quel prix as-tu refusé" in on_telegram.text

    everybody_answers(town, on_slack["ts"], on_telegram.message_id)
    wanted = counted(town, on_slack["ts"], on_telegram.message_id)
    assert len(wanted) == 4
    answers = ["Deux", "Moi,", "Rien", "Un", "Une"]
    until(lambda: kept(stage) == answers, "the answers, with Ana's edit and the host's")
    facts = stage.house.facts("results", "cercle/question")
    assert (facts["answers"], facts["members"], facts["late"]) == (len(wanted), len(wanted), 0)

    close(stage)
    until(lambda: len(town.slack_posts(SALON)) > 1 and len(town.telegram_posts(GROUP)) > 1, "the recap")
    check_recaps(town, on_slack["ts"])
    assert stage.house.facts("results", "cercle/question") == facts

    told = until(lambda: told_to_the_end(stage), "the run is done")
    assert (told["outcome"], told["reason"]) == ("done", "posted")
    assert told["sentence"] == "It was posted in salon on slack and Salon on telegram."
    assert [step["step"] for step in told["trace"]].count("posted") == 4, "two questions and two recaps"
    assert all(sent.status == 200 for sent in town.slack.delivered), "Slack was not answered OK"


def everybody_answers(town: Town, root: str, post: int) -> None:
    """Every way to answer, an edit, a host, an idle word, and the same news told twice."""
    slack, telegram = town.slack, town.telegram
    first = slack.says(ANA, SALON, "Mille euros, à regret.", root)
    slack.again()
    until(lambda: town.thanked_on_slack(first), "thanks to Ana")
    slack.edits(ANA, SALON, first, "Deux mille euros, à regret.")
    slack.reacts(BEN, SALON, first, "heart")
    slack.says(ANA, SALON, "Et vous ?", root)

    reply = telegram.says(CHLOE, GROUP, "Une remise de moitié.", reply_to=post)
    telegram.again()
    until(lambda: telegram.posted[GROUP, reply].our_reaction, "thanks to Chloé")

    slack.presses(BEN, SALON, root, "Répondre")
    until(lambda: slack.workspace.views.get(BEN), "Ben's form")
    slack.submits(BEN, "Un forfait à vie.")
    second = int(time.time())
    until(lambda: int(time.time()) > second, "the next second: Telegram tells no finer moments")

    telegram.presses(DAVID, GROUP, post, "Répondre")
    until(lambda: town.telegram_posts(DAVID), "the question, directly to David")
    direct = telegram.says(DAVID, DAVID, "Rien du tout, hélas.")
    until(lambda: telegram.posted[DAVID, direct].our_reaction, "thanks to David")

    told = slack.says(ALEXIS, SALON, "Moi, hôte, trois mille.", root)
    until(lambda: town.thanked_on_slack(told), "thanks to the host")
    slack.says(BEN, SALON, "Bonjour tout le monde.")
    telegram.says(DAVID, GROUP, "Salut !")


def counted(town: Town, root: str, post: int) -> set[str]:
    """Who answered, by the platforms' own ledgers alone."""
    space = town.slack.workspace
    in_thread = {str(one["user"]) for one in space.messages[SALON] if one.get("thread_ts") == root}
    by_form = {BEN for sent in town.slack.delivered if b"view_submission" in sent.body}
    posted = [one for one in town.telegram.posted.values() if not one.by.is_bot]
    by_reply = {one.by.id for one in posted if (one.chat_id, one.reply_to) == (GROUP, post)}
    directly = {one.by.id for one in posted if one.chat_id == one.by.id and not one.text.startswith("/start")}
    everybody = in_thread - {space.bot} | by_form | by_reply | directly
    return {str(who) for who in everybody - HOSTS}


def check_recaps(town: Town, root: str) -> None:
    """Once in each place, the best three lines, and names only where they were said."""
    slack = [one for one in town.slack_posts(SALON) if one["ts"] != root]
    telegram = town.telegram_posts(GROUP)[1:]
    assert len(slack) == len(telegram) == 1
    assert [one for one in town.telegram_posts(DAVID) if "réponses" in one.text] == []
    there, here = slack[0]["text"], telegram[0].text
    for text in (there, here):
        assert "4 réponses" in text
        assert "Deux mille euros" in text and "Mille euros" not in text, "an edit changes the answer"
        assert "hôte" not in text, "hosts are not quoted"
        assert "Et vous" not in text, "only the first word is the answer"
        assert text.index("Deux mille") < text.index("Une remise") < text.index("Un forfait"), "loved, then earliest"
        assert "Rien du tout" not in text, "three excerpts at most"
        assert "David" not in text
    assert "Ana" in there and "Ben" in there and "Chloé" not in there
    assert "Chloé" in here and "Ana" not in here and "Ben" not in here
    assert "un membre sur Telegram" in there and "un membre sur Slack" in here


def kept(stage: Stage) -> list[str]:
    """The first word of every answer that is kept, the host's too."""
    with opened(stage) as app, app.store.read() as session:
        return sorted(text.split()[0] for text in session.scalars(select(Answer.text)))


def told_to_the_end(stage: Stage) -> dict[str, Any] | None:
    """What `why` tells once two questions and two recaps are posted."""
    told: dict[str, Any] = stage.house.facts("why", "cercle/question")
    posted = [step for step in told["trace"] if step["step"] == "posted"]
    return told if told["outcome"] == "done" and len(posted) >= 4 else None


def close(stage: Stage) -> None:
    """Bring the close forward, as the practice room does; the running clock finds it."""
    with opened(stage) as app:
        bring_forward.close_now(app, "cercle", "question")


@contextlib.contextmanager
def opened(stage: Stage) -> Iterator[App]:
    """The house's database, beside the running house."""
    store = Store(stage.database_url)
    try:
        yield App(settings=Settings(), store=store, adapters={}, render=Renderer(None))
    finally:
        store.close()
