"""A delivery that Slack repeats is known again, and no two events are taken for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.inbound import read
from orchestrator.ports import Ignored

PAYLOADS = Path(__file__).parent / "payloads" / "slack"
SAYING = {
    path.stem: case["payload"]
    for path in sorted(PAYLOADS.glob("*.json"))
    if "inbound" in (case := json.loads(path.read_text()))
}
# What a later event of the same kind about the same message has of its own.
OF_ITS_OWN = {"event_ts", "event_id", "event_time", "trigger_id", "action_ts", "hash"}
# One message is said once and deleted once: only another message makes another event.
ONCE = {"said", "commanded", "deleted"}


def refs(payload: Any) -> list[str]:
    found = read(payload)
    assert not isinstance(found, Ignored)
    return [one.event_ref for one in found]


def later(payload: Any, own: set[str] = OF_ITS_OWN) -> Any:
    """The same event about the same message, another time."""
    if isinstance(payload, list):
        return [later(item, own) for item in payload]
    if not isinstance(payload, dict):
        return payload
    return {key: _other(value) if key in own else later(value, own) for key, value in payload.items()}


def _other(value: Any) -> Any:
    if isinstance(value, int):
        return value + 61
    return value[:-1] + chr(ord(value[-1]) + 1)


@pytest.mark.parametrize("name", SAYING)
def test_a_delivery_sent_again_has_the_same_references(name: str) -> None:
    payload = SAYING[name]
    inside = payload.get("payload", payload)
    again = [
        {"envelope_id": f"{attempt}", "type": "events_api", "payload": inside, "retry_attempt": attempt}
        for attempt in (0, 1)
    ]
    assert refs(again[0]) == refs(again[1]) == refs(payload)


# A channel's id changes to another one once.
@pytest.mark.parametrize("name", [name for name in SAYING if name != "channel_id_changed"])
def test_the_same_thing_done_again_has_other_references(name: str) -> None:
    payload = SAYING[name]
    found = read(payload)
    assert not isinstance(found, Ignored)
    kind = found[0].kind
    own = OF_ITS_OWN | ({"ts", "deleted_ts"} if kind in ONCE else set())
    other = later(payload, own)
    if kind == "edited":  # the notice's own moment, not that of the message
        event = other.get("event", other)
        event["ts"] = _other(event["ts"])
    assert not set(refs(payload)) & set(refs(other))


def test_no_two_kinds_of_notice_about_one_place_and_moment_are_taken_for_one() -> None:
    kinds = ("channel_left", "channel_archive", "channel_deleted", "channel_unarchive", "channel_joined")
    told = [refs({"type": kind, "channel": "C0SALON", "event_ts": "1796027460.000200"})[0] for kind in kinds]
    assert len(set(told)) == len(kinds)
