"""Ending the program, at the worst moment, loses nothing and takes no time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import town as towns
from tests.e2e.house import House, until
from tests.e2e.town import CHLOE, GROUP, SALON, Town

PARTS = ("listen", "worker", "clock", "console")
SLOWLY = 4.0  # seconds Slack takes to carry a post out: longer than we may take to end


@pytest.fixture
def town() -> Iterator[Town]:
    with towns.opened() as town:
        yield town


@pytest.fixture
def house(town: Town, tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    one = towns.house(town, tmp_path, sqlite_url, slack_app_token=town.slack.tokens["app"], settle_seconds="1")
    yield one
    one.close()


def test_ctrl_c_ends_it_while_a_post_is_under_way_and_the_next_start_goes_on(house: House, town: Town) -> None:
    running = house.start("run")
    running.wait_until_ready()
    town.wait_until_connected()
    sends = slow_posts(town)
    assert house.tertulia("hold", "cercle/question").returncode == 0
    assert sends.wait(30), "the post never left"
    until(lambda: town.telegram_posts(GROUP), "the question on Telegram")

    stopped_at = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.ended(stopped_at) == 130
    town.slack.faults.delay = 0.0

    post = town.telegram_posts(GROUP)[0].message_id
    reply = town.telegram.says(CHLOE, GROUP, "Pendant votre absence.", reply_to=post)
    house.start("run").wait_until_ready()
    until(lambda: town.telegram.posted[GROUP, reply].our_reaction, "the answer that was given meanwhile")
    until(lambda: "It was posted in salon on slack and Salon on telegram." in told(house), "why tells both posts")
    assert (len(town.slack_posts(SALON)), len(town.telegram_posts(GROUP))) == (1, 1)


def test_sigterm_ends_every_part_kindly_while_a_post_is_under_way(house: House, town: Town) -> None:
    for arguments in (["migrate"], ["apply"]):
        assert house.tertulia(*arguments).returncode == 0
    parts = [house.start("run", part) for part in PARTS]
    for part in parts:
        part.wait_until_ready()
    town.wait_until_connected()
    sends = slow_posts(town)
    assert house.tertulia("hold", "cercle/question").returncode == 0
    assert sends.wait(30), "the post never left"
    stopped_at = time.monotonic()
    for part in parts:
        part.process.send_signal(signal.SIGTERM)
    assert [part.ended(stopped_at) for part in parts] == [0, 0, 0, 0]


def test_signals_that_come_at_once_end_it_too(house: House, town: Town) -> None:
    running = house.start("run")
    running.wait_until_ready()
    stopped_at = time.monotonic()
    for _ in range(20):
        running.process.send_signal(signal.SIGTERM)
    assert running.ended(stopped_at) == 0


def told(house: House) -> str:
    return str(house.facts("why", "cercle/question")["sentence"])


def slow_posts(town: Town) -> threading.Event:
    """From now on Slack is slow; the event tells that a post has come in."""
    came, before = threading.Event(), town.slack.server.http.RequestHandlerClass

    class Watched(before):  # type: ignore[misc, valid-type]
        def do_POST(self) -> None:
            if "chat.postMessage" in self.path:
                came.set()
            super().do_POST()

    town.slack.server.http.RequestHandlerClass = Watched
    town.slack.faults.delay = SLOWLY
    return came
