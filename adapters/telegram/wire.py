"""Calls to the Bot API over the SDK's request layer, on one background loop of our own.

The SDK's `Bot` parses what we want raw (its `do_api_request` warns for every method it knows), so the
layer below it is used: `HTTPXRequest`, with our own timeouts, no rate limiter and no retry.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future, wait
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec
from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # the SDK exports no other way to build RequestData

from adapters.telegram import faults
from orchestrator.errors import DeliveryUnknown

# Seconds. Together below a delivery's lease (20 s), so that no send outlives its claim.
CONNECT, POOL, WRITE, READ = 4.0, 2.0, 3.0, 9.0
POOL_SIZE = 8  # httpx gets slower with its pool (facts/perf.md, D)
LOOK = 0.25  # how soon a waiting call sees that it shall stop

T = TypeVar("T")

_reply = msgspec.json.Decoder(faults.Reply)


class Wire:
    """One bot's way to Telegram. Calls may come from any thread; the loop starts with the first."""

    def __init__(self, root: str, token: str) -> None:
        self._base = f"{root.rstrip('/')}/bot{token}/"
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._requests: list[HTTPXRequest] = []
        self.listening = False
        self.heard_at: float | None = None  # monotonic seconds when listening last went well
        self.conflict_at: float | None = None  # monotonic seconds when another poller threw us out
        self.skew: float | None = None  # seconds our clock is ahead of Telegram's
        for noisy in ("httpx", "httpcore", "telegram"):  # httpx logs the token in its URL at INFO
            logging.getLogger(noisy).setLevel(logging.WARNING)

    def call(self, method: str, args: Mapping[str, Any] | None = None, within: float | None = None) -> bytes:
        """The `result` of a call as JSON bytes, given up after `within` seconds.

        Raises DeliveryFailed, PlaceMoved or DeliveryUnknown.
        """
        answer = self._run(self._ask(method, args or {}, 0))
        try:
            status, body = answer.result(within)
        except (TimeoutError, CancelledError):
            answer.cancel()
            raise DeliveryUnknown("we stopped waiting before Telegram answered") from None
        return result(status, body)

    def ask(self, method: str, args: Mapping[str, Any], shape: type[T], within: float | None = None) -> T:
        """The `result` of a call in that shape. Raises as `call`, and DeliveryUnknown for another shape."""
        answer = self.call(method, args, within)
        try:
            return msgspec.json.decode(answer, type=shape)
        except msgspec.ValidationError as error:
            raise DeliveryUnknown(f"{method} answered in a shape we do not know ({error})") from None

    def long_poll(self, args: Mapping[str, Any], go_on: Callable[[], bool]) -> bytes | None:
        """The whole answer of getUpdates; None once `go_on`, asked all the while, says no. Raises as `call`."""
        waiting = self._run(self._ask("getUpdates", args, float(args.get("timeout", 0))))
        try:
            while not wait([waiting], LOOK).done:
                if not go_on():
                    return None
            status, body = waiting.result()
        except CancelledError:
            return None
        finally:
            waiting.cancel()
        result(status, body)
        return body

    def close(self) -> None:
        """Cancel what is under way, close connections, end the loop."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop).result(READ)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(READ)

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for request in self._requests:
            await request.shutdown()

    async def _ask(self, method: str, args: Mapping[str, Any], patience: float) -> tuple[int, bytes]:
        request = self._requests[1 if method == "getUpdates" else 0]
        data = RequestData([RequestParameter.from_input(name, value) for name, value in args.items()])
        try:
            return await request.do_request(
                self._base + method, "POST", request_data=data, read_timeout=READ + patience
            )
        except TelegramError as error:
            raise faults.lost(error) from None

    def _run(self, work: Coroutine[Any, Any, tuple[int, bytes]]) -> Future[tuple[int, bytes]]:
        with self._lock:
            if self._loop is None:
                self._loop = self._start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._requests = [self._request(POOL_SIZE), self._request(1)]
        self._thread = threading.Thread(target=_forever, args=(loop,), name="telegram", daemon=True)
        self._thread.start()
        return loop

    def _request(self, size: int) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=size,
            connect_timeout=CONNECT,
            pool_timeout=POOL,
            write_timeout=WRITE,
            read_timeout=READ,
            httpx_kwargs={"event_hooks": {"response": [self._note_clock]}},
        )

    async def _note_clock(self, response: httpx.Response) -> None:
        told = response.headers.get("date")
        if told:
            try:
                self.skew = time.time() - parsedate_to_datetime(told).timestamp()
            except ValueError:
                self.skew = None


def result(status: int, body: bytes) -> bytes:
    """The result in an answer's body. Raises what the answer means; b"true" where it is as good as done."""
    try:
        reply = _reply.decode(body)
    except msgspec.DecodeError:
        raise faults.unreadable(status) from None
    if reply.ok:
        return bytes(reply.result)
    if faults.is_done(reply):
        return b"true"
    raise faults.refused(status, reply)


def _forever(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
