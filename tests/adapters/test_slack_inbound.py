"""Slack's payloads: each documented shape says what it should, and no JSON at all can do harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.acts import read_words
from adapters.slack.inbound import EVENTS, read, read_wire
from adapters.slack.reasons import INTERACTIONS, OTHERS, OUTER
from orchestrator.ports import Ignored, Inbound

CASES = sorted((Path(__file__).parent / "payloads" / "slack").glob("*.json"))

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
SLACKISH = st.sampled_from(
    ["1796027400.000100", "C0SALON", "U0ANA", "message", "bot_message", "message_changed", "im", ""]
)
ANYTHING = st.recursive(
    SCALARS | SLACKISH,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
NAMES = """
type subtype channel user ts event_ts thread_ts text item reaction message previous_message event payload authorizations
bot_id channel_type parent_user_id root edited deleted_ts container actions view state values private_metadata user_id
command trigger_id event_time old_channel_id new_channel_id envelope_id
"""
FIELDS = st.sampled_from(NAMES.split())
KINDS = st.sampled_from([*EVENTS, *OTHERS, *OUTER, *INTERACTIONS, "event_callback", "block_actions", "view_submission"])


def case(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_documented_payload_says_what_it_should(path: Path) -> None:
    wanted = case(path)
    found = read(wanted["payload"])
    if "ignored" in wanted:
        assert found == Ignored(wanted["ignored"])
    else:
        assert found == [Inbound(**one) for one in wanted["inbound"]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_fast_path_agrees_with_the_slow_one(path: Path) -> None:
    payload = case(path)["payload"]
    found = read_wire(json.dumps(payload).encode())
    assert found is None or found == read(payload)


@pytest.mark.parametrize(
    "name",
    [
        "message",
        "reply-in-our-thread",
        "reaction_added",
        "reaction_added-by-an-emoji-of-the-community",
        "member_joined_channel",
    ],
)
def test_plain_talk_takes_the_fast_path(name: str) -> None:
    payload = case(Path(__file__).parent / "payloads" / "slack" / f"{name}.json")["payload"]
    assert read_wire(json.dumps(payload).encode()) is not None


@pytest.mark.parametrize("name", ["", "tada ", "ta\nda", "x" * 151, "\u200bx", "\ud800", None, 7])
def test_what_names_no_emoji_is_no_reaction_whichever_way_it_is_read(name: Any) -> None:
    payload = case(Path(__file__).parent / "payloads" / "slack" / "reaction_added.json")["payload"]
    payload["event"]["reaction"] = name
    assert read(payload) == Ignored("something we need is missing")
    assert read_wire(json.dumps(payload).encode()) is None


def test_a_message_and_the_mention_of_it_are_one_event() -> None:
    mention, message = (
        read({"type": kind, "channel": "C0SALON", "user": "U0ANA", "ts": "1796027400.000100", "text": "<@U0BOT> aide"})
        for kind in ("app_mention", "message")
    )
    assert isinstance(mention, list) and isinstance(message, list)
    assert mention[0].event_ref == message[0].event_ref


def test_two_edits_of_one_message_are_two_events() -> None:
    refs = set()
    for second, text in (("61", "b"), ("62", "c")):
        event = {
            "type": "message",
            "subtype": "message_changed",
            "channel": "C0SALON",
            "ts": f"17960274{second}.000000",
            "message": {"user": "U0ANA", "ts": "1796027400.000100", "text": text},
            "previous_message": {"user": "U0ANA", "ts": "1796027400.000100", "text": "a"},
        }
        found = read(event)
        assert isinstance(found, list)
        refs.add(found[0].event_ref)
    assert len(refs) == 2


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("stop", "stop", ""),
        (" STOP ! ", "stop", ""),
        ("aide", "aide", ""),
        ("oublie-moi", "oublie-moi", ""),
        ("forget me", "forget_me", ""),
        ("mes données", "mes_données", ""),
        ("idée : un potager", "idée", "un potager"),
        ("idea a garden", "idea", "a garden"),
        ("link ABCD-1234", "link", "ABCD-1234"),
    ],
)
def test_a_word_to_us_is_a_command(text: str, word: str, rest: str) -> None:
    assert read_words(text) == {"word": word, "rest": rest}


@pytest.mark.parametrize(
    "text", ["me too", "stop talking about it", "start with prices", "link broken", "idée", "", "merci"]
)
def test_talk_that_begins_like_a_command_is_none(text: str) -> None:
    assert read_words(text) is None


@settings(max_examples=150, deadline=None)
@given(payload=ANYTHING)
def test_no_json_can_make_it_fail(payload: Any) -> None:
    assert isinstance(read(payload), list | Ignored)


@settings(max_examples=150, deadline=None)
@given(
    kind=KINDS,
    fields=st.dictionaries(FIELDS, ANYTHING | st.dictionaries(FIELDS, ANYTHING, max_size=6), max_size=9),
    wrapped=st.booleans(),
)
def test_no_broken_event_can_make_it_fail(kind: str, fields: dict[str, Any], wrapped: bool) -> None:
    event = {**fields, "type": kind}
    payload = (
        {"type": "event_callback", "event": event, "authorizations": fields.get("authorizations")} if wrapped else event
    )
    found = read(payload)
    for one in found if isinstance(found, list) else ():
        assert one.event_ref.isascii() or one.kind in ("pressed", "commanded", "reacted", "unreacted")
        msgspec.msgpack.encode(one)  # it can be kept


@settings(max_examples=150, deadline=None)
@given(fields=st.dictionaries(FIELDS, SLACKISH | st.dictionaries(FIELDS, SLACKISH, max_size=4), max_size=9), kind=KINDS)
def test_the_fast_path_never_disagrees(fields: dict[str, Any], kind: str) -> None:
    payload = {"type": "event_callback", "event": {**fields, "type": kind}, "event_time": 1796027400}
    found = read_wire(json.dumps(payload).encode())
    assert found is None or found == read(payload)


PLAIN = [case(path)["payload"] for path in CASES if read_wire(json.dumps(case(path)["payload"]).encode()) is not None]
BENT = SLACKISH | st.sampled_from([None, True, 0, 10**30, "U0BOT", "<@U0BOT>", "é", "\ud800", [], {}, [{}]])


@settings(max_examples=300, deadline=None)
@given(data=st.data(), payload=st.sampled_from(PLAIN))
def test_no_bent_payload_makes_the_ways_disagree(data: st.DataObject, payload: dict[str, Any]) -> None:
    payload = json.loads(json.dumps(payload))
    parts = [payload, payload["event"], *payload["authorizations"], payload["event"].get("item", payload)]
    part = data.draw(st.sampled_from(parts))
    part[data.draw(st.sampled_from([*part]) | FIELDS)] = data.draw(BENT)
    line = json.dumps(payload).encode()
    found = read_wire(line)
    assert found is None or found == read(json.loads(line))


@given(body=st.binary(max_size=60))
def test_bytes_that_are_no_json_take_the_slow_path(body: bytes) -> None:
    assert read_wire(body) is None
