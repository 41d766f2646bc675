"""Careful reading of Slack's JSON: nothing a payload holds can make these functions raise."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

REF = re.compile(r"[A-Za-z0-9_.:+'-]{1,150}")
TS = re.compile(r"(\d{1,11})\.(\d{6})")
# Ours, for Slack publishes none: as long as any id may be. A skin tone ("::skin-tone-3") is part of a name.
MAX_EMOJI = 150


def inner(payload: Any, key: str) -> Json:
    """The object under `key`, or an empty one."""
    value = payload.get(key) if isinstance(payload, dict) else None
    return value if isinstance(value, dict) else {}


def items(payload: Json, key: str) -> list[Json]:
    """The objects in the list under `key`."""
    value = payload.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(payload: Json, key: str) -> str:
    """The text under `key`, or ""."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def ref(payload: Json, *keys: str) -> str | None:
    """The first id found under these keys (Slack's ids are plain ASCII; anything else is none)."""
    for key in keys:
        value = payload.get(key)
        if isinstance(value, str) and REF.fullmatch(value):
            return value
    return None


def is_emoji(name: str) -> bool:
    """May an emoji be called so? A workspace names its own in any script: "café", "ありがとう"."""
    return 0 < len(name) <= MAX_EMOJI and name.isprintable() and " " not in name


def stamp(payload: Json, *keys: str) -> str | None:
    """The first message timestamp ("1355517523.000005") found under these keys."""
    for key in keys:
        value = payload.get(key)
        if isinstance(value, str) and TS.fullmatch(value):
            return value
    return None


def thread(message: Json, ts: str | None) -> str | None:
    """The root of the thread that a message is in; the root of a thread is no reply in it."""
    root = stamp(message, "thread_ts")
    return root if root != ts else None


def moment(ts: str | None) -> int | None:
    """A Slack timestamp in microseconds since the epoch, exactly: Slack writes six decimals."""
    return int(ts.replace(".", "")) if ts else None
