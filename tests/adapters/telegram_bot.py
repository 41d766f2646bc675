"""A Telegram connection and its fake, as the tests of one bot at work use them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from adapters.telegram import adapter
from adapters.telegram.adapter import Telegram
from orchestrator.ports import Address, Inbound, Publish
from orchestrator.settings import Settings
from tests.fakes.telegram import FakeTelegram

ANA, SALON, FORUM, OLD = 99887766, -1001234567890, -1002222222222, -4567890
PLACE = Address(place_ref=str(SALON))


@contextmanager
def circle() -> Iterator[FakeTelegram]:
    """A fake with Ana, a named supergroup, a forum with topics, and a small group; we are in all of them."""
    fake = FakeTelegram()
    fake.person(ANA, "Ana", started=True)
    fake.group(SALON, "Salon", username="cercle_salon")
    fake.group(FORUM, "Forum", topics={45, 46})
    fake.group(OLD, "Petit groupe", type="group")
    try:
        yield fake
    finally:
        fake.close()


def made(fake: FakeTelegram, **more: Any) -> Telegram:
    """A connection to that fake."""
    return adapter.open("telegram", Settings(telegram_token=fake.token, telegram_api_url=fake.url, **more))


@contextmanager
def listening(bot: Telegram, publish: Publish, may: Callable[[], bool] = lambda: True) -> Iterator[threading.Event]:
    """The bot listens in a thread of its own; leaving waits until it stopped."""
    stop = threading.Event()
    thread = threading.Thread(target=bot.listen, args=(publish, may, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(3)
        assert not thread.is_alive(), "it must stop within 3 s"


def nothing(inbounds: Sequence[Inbound]) -> None:
    """Keep nothing."""


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def codes(bot: Telegram, *places: Address) -> list[str]:
    """What doctor finds; each finding has a fact and a mend."""
    findings = bot.check(places)
    assert all(finding.what and finding.mend for finding in findings)
    return [finding.code for finding in findings]


def call(fake: FakeTelegram, method: str, **args: Any) -> tuple[int, Any]:
    """One call of another program with the same token."""
    with closing(http.client.HTTPConnection("127.0.0.1", fake.server.server_port)) as there:
        headers = {"Content-Type": "application/json"}
        there.request("POST", f"/bot{fake.token}/{method}", json.dumps(args), headers)
        answer = there.getresponse()
        return answer.status, json.loads(answer.read())
