"""Receiving: our own getUpdates loop, or a webhook kept set; nothing is confirmed before it is committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from adapters.telegram import inbound
from adapters.telegram.wire import Wire
from orchestrator import log
from orchestrator.errors import DeliveryFailed, TertuliaError
from orchestrator.ports import Inbound, Publish

# Asked for at every start, because Telegram remembers the last list; reactions and chat_member are off
# unless asked for (Bot API, getUpdates.allowed_updates).
ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "message_reaction",
    "callback_query",
    "poll_answer",
    "my_chat_member",
    "chat_member",
]

LONG_POLL = 25  # seconds Telegram holds an empty answer back
BATCH = 100  # "Values between 1-100 are accepted"
# Seconds to step back from another poller: little the first time (it may be `doctor` having a look), longer
# when it comes back within RETURNS.
STEP_BACK, FIRST_STEP_BACK, RETURNS = 30.0, 3.0, 120.0
CONFIRM = 1.5  # seconds for the last word before we stop
IDLE = 1.0  # seconds between two looks at a lease that another process holds
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between tries while Telegram or our database is away
# After a week without updates Telegram starts their numbers anew, somewhere else: an old offset is dropped
# well before.
FORGET_OFFSET = 24 * 3600.0

_log = log.get("telegram")


class Ears(Struct, frozen=True):
    """What one `listen` is given, and who we are."""

    wire: Wire
    publish: Publish
    may_listen: Callable[[], bool]
    stop: threading.Event
    who: Callable[[], tuple[str | None, str | None]]  # our id and @name

    def go_on(self) -> bool:
        """Asked all through a long poll: a lease is shorter than one, and is renewed by being asked for."""
        return not self.stop.is_set() and self.may_listen()

    def heard(self) -> None:
        """Telegram answered, or it is another process's turn to listen."""
        self.wire.heard_at = time.monotonic()


def poll(ears: Ears) -> None:
    """Ask for updates, publish them, then confirm them with the next request, until told to stop."""
    offset: int | None = None
    heard_at, failures = time.monotonic(), 0
    while not ears.stop.is_set():
        if not ears.may_listen():
            offset = None  # whoever listens meanwhile confirms what we have not
            ears.heard()
            ears.stop.wait(IDLE)
            continue
        if time.monotonic() - heard_at > FORGET_OFFSET:
            offset = None
        try:
            following = _once(ears, offset)
            failures = 0
        except Exception as error:
            _mend(ears, error, failures)
            failures += 1
            continue
        if following is not None:
            offset, heard_at = following, time.monotonic()
    _confirm(ears, offset)


def keep_webhook(ears: Ears, url: str, secret: str) -> None:
    """Set the webhook once we may listen, and again whenever we may anew; deliveries come to `hook`."""
    is_set, failures = False, 0
    while not ears.stop.is_set():
        if not ears.may_listen():
            is_set = False
            ears.heard()
        elif not is_set:
            try:
                args = {"url": url, "secret_token": secret, "allowed_updates": ALLOWED_UPDATES}
                ears.wire.call("setWebhook", args)
                is_set, failures = True, 0
                ears.heard()
            except TertuliaError as error:
                _mend(ears, error, failures)
                failures += 1
        else:
            ears.heard()
        ears.stop.wait(IDLE)


def _once(ears: Ears, offset: int | None) -> int | None:
    """One long poll; the offset that confirms what it brought, once that is committed."""
    body = ears.wire.long_poll(_args(offset), ears.go_on)
    if body is None:
        return None
    inbounds, following = inbound.read_batch(body, *ears.who())
    if inbounds:
        ears.publish(inbounds)
    ears.heard()
    return following


def waiting(wire: Wire) -> list[Inbound]:
    """What waits at Telegram, looked at without confirming anything. Raises as `Wire.call`."""
    body = wire.call("getUpdates", _args(None, wait=0))
    return inbound.read_batch(b'{"result":' + body + b"}", None, None)[0]


def _args(offset: int | None, wait: int = LONG_POLL, limit: int = BATCH) -> dict[str, Any]:
    known = {} if offset is None else {"offset": offset}
    return {**known, "timeout": wait, "limit": limit, "allowed_updates": ALLOWED_UPDATES}


def _mend(ears: Ears, error: Exception, failures: int) -> None:
    """Do what helps against an error, and wait as long as it asks for."""
    pause = PATIENCE[min(failures, len(PATIENCE) - 1)]
    if isinstance(error, DeliveryFailed):
        if "webhook is active" in error.code:
            _remove_webhook(ears.wire)
        if "terminated by other" in error.code:
            pause = _step_back(ears.wire)
        pause = max(pause, error.retry_after or 0.0)
    _log.warning("telegram.not_listening", what=str(error), again_in=pause)
    ears.stop.wait(pause)


def _step_back(wire: Wire) -> float:
    now = time.monotonic()
    returned = wire.conflict_at is not None and now - wire.conflict_at < RETURNS
    wire.conflict_at = now
    return STEP_BACK if returned else FIRST_STEP_BACK


def _remove_webhook(wire: Wire) -> None:
    _log.warning("telegram.webhook_removed", why="this connection polls; two ways at once are impossible")
    try:
        wire.call("deleteWebhook")
    except TertuliaError as error:
        _log.warning("telegram.webhook_stays", what=str(error))


def _confirm(ears: Ears, offset: int | None) -> None:
    """Tell Telegram at the end what is committed, so that the next start does not hear it again."""
    if offset is None or not ears.may_listen():
        return
    try:
        ears.wire.call("getUpdates", _args(offset, wait=0, limit=1), within=CONFIRM)
    except TertuliaError as error:
        _log.info("telegram.not_confirmed", what=str(error))
