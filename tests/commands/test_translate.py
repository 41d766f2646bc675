"""`tertulia translate`: a line in, a line out, whatever the line holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.commands.translate import command

MESSAGE = {
    "type": "event_callback",
    "event": {"type": "message", "channel": "C0SALON", "user": "U0ANA", "ts": "1796027400.000000", "text": "a &lt; b"},
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=12), inside, max_size=5),
    max_leaves=20,
)


def translate(platform: str, *lines: bytes) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, [platform, "-"], input=b"\n".join(lines) + b"\n")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout_bytes.splitlines()]


def test_a_payload_is_shown_with_every_field() -> None:
    assert translate("slack", json.dumps(MESSAGE).encode()) == [
        {
            "inbound": [
                {
                    "kind": "said",
                    "event_ref": "C0SALON:1796027400.000000",
                    "at": "2026-11-30T08:30:00Z",
                    "place_ref": "C0SALON",
                    "thread_ref": None,
                    "message_ref": "1796027400.000000",
                    "member_ref": "U0ANA",
                    "reply_to_ref": None,
                    "text": "a < b",
                    "data": {},
                }
            ]
        }
    ]


def test_a_line_stays_one_line_for_readers_that_know_more_ends_of_lines() -> None:
    event = {**MESSAGE["event"], "text": "un\u2028deux\u2029trois\x85quatre"}  # type: ignore[dict-item]
    done = CliRunner().invoke(command, ["slack", "-"], input=json.dumps(event).encode())
    [line] = done.stdout_bytes.decode().splitlines()
    assert json.loads(line)["inbound"][0]["text"] == event["text"]


def test_a_fraction_of_a_second_is_kept_to_the_microsecond() -> None:
    event = {**MESSAGE["event"], "ts": "1796027400.000123"}  # type: ignore[dict-item]
    [line] = translate("slack", json.dumps(event).encode())
    assert line["inbound"][0]["at"] == "2026-11-30T08:30:00.000123Z"


@pytest.mark.parametrize("platform", ["slack", "telegram"])
@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"\xff\xfe", b"nonsense", b"[" * 100_000, b"1" * 10_000],
    ids=["empty", "cut", "no text", "words", "too deep", "huge number"],
)
def test_what_is_not_json_is_said_to_be_not_json(platform: str, line: bytes) -> None:
    assert translate(platform, line) == [{"ignored": "not JSON"}]


@pytest.mark.parametrize("platform", ["slack", "telegram"])
@pytest.mark.parametrize("line", [b"null", b"[]", b"3", b'"x"', b"{}", b'{"type":"never_heard_of"}'])
def test_json_that_says_nothing_is_ignored_with_a_reason(platform: str, line: bytes) -> None:
    [shown] = translate(platform, line)
    assert shown["ignored"]


def test_every_line_has_its_own_answer_in_order() -> None:
    shown = translate("slack", b"{", json.dumps(MESSAGE).encode(), b"{}")
    assert [next(iter(line)) for line in shown] == ["ignored", "inbound", "ignored"]


@pytest.mark.parametrize("platform", ["slack", "telegram"])
@settings(max_examples=60, deadline=None)
@given(payload=JSON)
def test_no_json_can_make_it_fail(platform: str, payload: Any) -> None:
    [shown] = translate(platform, json.dumps(payload).encode())
    assert set(shown) in ({"inbound"}, {"ignored"})


def test_half_a_character_is_never_a_crash() -> None:
    said = {"message_id": 3, "date": 1, "chat": {"id": -5, "type": "group"}, "from": {"id": 7, "is_bot": False}}
    broken = {"update_id": 1, "message": {**said, "date": "\ud800"}}
    told = {"update_id": 1, "message": {**said, "from": {**said["from"], "first_name": "A"}, "text": "\ud800 oui"}}  # type: ignore[dict-item]

    first, second = translate("telegram", json.dumps(broken).encode(), json.dumps(told).encode())

    assert first == {"ignored": "not a shape we know"}
    assert second["inbound"][0]["text"].endswith(" oui")
