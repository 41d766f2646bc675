"""(b) Deliveries to 200 places at Telegram's ceiling, beside PTB's own limiter and Dramatiq's window limiter."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis
from dramatiq.rate_limits import WindowRateLimiter
from dramatiq.rate_limits.backends import RedisBackend
from telegram import Bot
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram import adapter as telegram
from orchestrator.flow.app import App, wall_clock
from orchestrator.flow.deliver import deliver
from orchestrator.ports import Post
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Community, Connection, Delivery, Place, Space
from tests import servers
from workers.process import settle_memory

PLACES = 200
CEILING = 30.0  # messages a second
SECONDS, SHORT_SECONDS = 60.0, 15.0
TOKEN = "4242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"

Seen = tuple[float, int]
"""Share of the ceiling that was reached, and messages that were refused."""


def measure(short: bool) -> list[dict[str, Any]]:
    """Each in turn against a fake of its own: share of 30 a second, and refusals."""
    seconds = SHORT_SECONDS if short else SECONDS
    ours = _against(seconds, _ours)
    rows = []
    for name, send in (("PTB's AIORateLimiter", _ptb), ("Dramatiq's WindowRateLimiter", _dramatiq)):
        theirs = _against(seconds, send)
        beside = f"deliveries to {PLACES} places, strict window, beside {name}"
        ratio = round(ours[0] / theirs[0], 3) if theirs[0] else None
        rows += [
            {"figure": beside, "ours": ours[0], "theirs": theirs[0], "ratio": ratio, "unit": "of 30/s"},
            {"figure": f"{beside}: refused", "ours": ours[1], "theirs": theirs[1], "ratio": None, "unit": "messages"},
        ]
    return rows


def _against(seconds: float, send: Callable[[str, float], None]) -> Seen:
    with _platform() as url:
        send(url, seconds)
        with urllib.request.urlopen(f"{url}/stats") as answer:
            stats = json.load(answer)
    accepted = stats["accepted"]
    span = accepted[-1] - accepted[0] if len(accepted) > 1 else 1.0
    return round((len(accepted) - 1) / span / CEILING, 4), stats["refused"]


@contextlib.contextmanager
def _platform() -> Iterator[str]:
    """The strict fake, in a process of its own so that it does not wait for us."""
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.strict_window"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def _ours(url: str, seconds: float) -> None:
    """Rows in SQLite (synchronous FULL), claimed and sent by half of a worker's threads."""
    with tempfile.TemporaryDirectory(prefix="tertulia-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'bench.db'}")
        settings = Settings(telegram_token=TOKEN, telegram_api_url=url)
        adapter = telegram.open("telegram", settings)
        app = App(settings=settings, store=store, adapters={"telegram": adapter}, render=Renderer(None))
        connection_id = _planned(store, round(seconds * CEILING * 1.5))
        adapter.check([])  # the first call opens the client, as `async with bot` does for the others
        settle_memory()
        until = time.monotonic() + seconds

        def work() -> None:
            while time.monotonic() < until:
                deliver(app, connection_id, 4)

        threads = [threading.Thread(target=work) for _ in range(settings.worker_threads // 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        adapter.close()
        store.close()


def _planned(store: Store, posts: int) -> int:
    """So many posts, in turn over the places, all due now."""
    Base.metadata.create_all(store.engine)
    now = wall_clock() - timedelta(seconds=1)
    with store.write() as session:
        community = Community(name="bench", zone="UTC", language="en")
        connection = Connection(name="telegram", platform="telegram")
        session.add_all([community, connection])
        session.flush()
        space = Space(community_id=community.id, name="salon")
        session.add(space)
        session.flush()
        places = [Place(space_id=space.id, connection_id=connection.id, ref=str(-1000 - n)) for n in range(PLACES)]
        session.add_all(places)
        session.flush()
        rows = [_row(number, places[number % PLACES], now) for number in range(posts)]
        session.execute(Base.metadata.tables[Delivery.__tablename__].insert(), rows)
        return connection.id


def _row(number: int, place: Place, now: Any) -> dict[str, Any]:
    body = deliveries.encode(Post("hello"))
    target = f"place:{place.id}:{number}"
    known = {"key": f"{number:016x}", "stage": "post", "target": target, "connection_id": place.connection_id}
    known |= {"place_id": place.id, "body": body, "digest": deliveries.digest(target, body), "counts": True}
    return known | {"if_unsure": "send again", "state": "due", "not_before": now, "token": 0, "tries": 0, "looks": 0}


def _ptb(url: str, seconds: float) -> None:
    """python-telegram-bot with its own limiter at 30 a second, as its documentation sets it up."""
    limiter = AIORateLimiter(overall_max_rate=CEILING, overall_time_period=1, max_retries=3)
    bot: Bot = ExtBot(TOKEN, base_url=f"{url}/bot", request=_request(), rate_limiter=limiter)
    asyncio.run(_send(bot, seconds, None))


def _dramatiq(url: str, seconds: float) -> None:
    """PTB's bot behind Dramatiq's window limiter on Redis, asked again every 20 ms."""
    with servers.redis() as redis_url, redis.Redis.from_url(redis_url) as client:
        limiter = WindowRateLimiter(RedisBackend(client=client), "telegram", limit=int(CEILING), window=1)  # type: ignore[no-untyped-call]

        async def admitted() -> None:
            while True:
                with limiter.acquire(raise_on_failure=False) as free:
                    if free:
                        return
                await asyncio.sleep(0.02)

        asyncio.run(_send(Bot(TOKEN, base_url=f"{url}/bot", request=_request()), seconds, admitted))


def _request() -> HTTPXRequest:
    return HTTPXRequest(connection_pool_size=16, pool_timeout=30)


async def _send(bot: Bot, seconds: float, admitted: Callable[[], Awaitable[None]] | None) -> None:
    """Eight senders, in turn over the places, obeying Retry-After."""
    until = time.monotonic() + seconds
    numbers = iter(range(10**9))

    async def sender() -> None:
        while time.monotonic() < until:
            if admitted is not None:
                await admitted()
            try:
                await bot.send_message(-1000 - next(numbers) % PLACES, "hello")
            except RetryAfter as asked:
                await asyncio.sleep(_seconds(asked.retry_after))

    async with bot:
        await asyncio.gather(*(sender() for _ in range(8)))


def _seconds(asked: Any) -> float:
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)
