"""Every kind of Telegram update, as recorded, and what we understand of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Update
from telegram.constants import UpdateType

from adapters.telegram import inbound, rich
from adapters.telegram.loop import ALLOWED_UPDATES
from orchestrator.ports import Ignored, Inbound

PAYLOADS = Path(__file__).with_name("payloads") / "telegram"
CASES: dict[str, dict[str, Any]] = {
    name: case for file in sorted(PAYLOADS.glob("*.json")) for name, case in json.loads(file.read_text()).items()
}
US = ("4242424242", "tertulia_bot")


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_update_says_what_its_golden_file_tells(name: str) -> None:
    case = CASES[name]
    told = inbound.read(case["update"], *US)
    if "ignored" in case:
        assert told == Ignored(case["ignored"])
    else:
        assert msgspec.to_builtins(told) == case["inbound"]


@pytest.mark.parametrize("name", CASES)
def test_the_wire_tells_the_same_as_the_decoded_value(name: str) -> None:
    update, told = CASES[name]["update"], inbound.read(CASES[name]["update"], *US)
    wanted = [] if isinstance(told, Ignored) else told
    delivery = inbound.read_wire(json.dumps(update).encode(), *US)
    assert delivery == (None if told == inbound.STRANGE else wanted)
    answer = json.dumps({"ok": True, "result": [update]}).encode()
    assert inbound.read_batch(answer, *US) == (wanted, update["update_id"] + 1)


def test_every_kind_of_update_has_a_recorded_payload() -> None:
    recorded = {kind for case in CASES.values() for kind in case["update"]}
    assert {str(kind.value) for kind in UpdateType} <= recorded


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
@pytest.mark.parametrize("name", [name for name in CASES if name != "message_of_another_shape"])
def test_a_recorded_update_is_one_that_the_sdk_reads(name: str) -> None:
    update = CASES[name]["update"]
    assert Update.de_json(update, None).update_id == update["update_id"]


def test_every_kind_asked_for_is_understood() -> None:
    understood = {kind for case in CASES.values() if "inbound" in case for kind in case["update"]}
    assert understood - {"update_id"} == set(ALLOWED_UPDATES)


def test_a_join_told_by_two_updates_is_one_fact() -> None:
    note, change = CASES["new_chat_members"]["update"], CASES["chat_member_joined"]["update"]
    assert _read(note)[0].event_ref == _read(change)[0].event_ref


def test_a_move_told_by_both_chats_is_one_fact() -> None:
    old, new = CASES["migrate_to_chat_id"]["update"], CASES["migrate_from_chat_id"]["update"]
    assert _read(old)[0].event_ref == _read(new)[0].event_ref


def test_facts_of_one_update_are_told_apart() -> None:
    for name, case in CASES.items():
        refs = [one["event_ref"] for one in case.get("inbound", ())]
        assert len(refs) == len(set(refs)), name


def test_one_strange_update_hides_no_other() -> None:
    good, strange = CASES["message_text"]["update"], CASES["message_of_another_shape"]["update"]
    body = json.dumps({"ok": True, "result": [good, strange]}).encode()
    inbounds, following = inbound.read_batch(body, *US)
    assert [one.text for one in inbounds] == ["Bonjour, ça va ?"]
    assert following == strange["update_id"] + 1


HALF = b'"\\ud83d"'  # the first half of a character: a name cut in its middle


def test_half_a_character_hides_no_update() -> None:
    update = json.dumps(CASES["message_text"]["update"]).encode().replace(b'"Ana"', HALF)
    wanted = _read(CASES["message_text"]["update"])
    assert HALF in update
    assert inbound.read_delivery(update, *US) == wanted
    assert inbound.read_batch(b'{"ok":true,"result":[' + update + b"]}", *US)[0] == wanted


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"ok":true}', b'{"result":{}}', b"[" * 100_000])
def test_what_is_no_answer_is_told_and_what_is_no_delivery_says_nothing(body: bytes) -> None:
    assert inbound.read_delivery(body, *US) == []
    with pytest.raises((ValueError, RecursionError)):
        inbound.read_batch(body, *US)


def test_kinds_that_are_null_are_absent() -> None:
    update = {**CASES["message_text"]["update"], "channel_post": None, "poll": None, "edited_message": None}
    assert _read(update) == _read(CASES["message_text"]["update"])


def test_an_empty_answer_confirms_nothing() -> None:
    assert inbound.read_batch(b'{"ok":true,"result":[]}', *US) == ([], None)


def test_without_a_name_every_addressed_command_may_be_ours() -> None:
    told = inbound.read(CASES["command_to_another_bot"]["update"])
    assert isinstance(told, list) and told[0].data == {"word": "stop", "rest": ""}


def test_without_an_id_a_reply_to_any_bot_may_be_to_us() -> None:
    told = inbound.read(CASES["message_reply_to_us"]["update"])
    assert isinstance(told, list) and told[0].to_us


@pytest.mark.parametrize(
    ("markup", "data"),
    [
        (
            {"inline_keyboard": [[{"text": "x", "url": "https://t.me/us_bot?start=answer-c0de"}]]},
            {"under": "answer-c0de"},
        ),
        (
            {
                "inline_keyboard": [
                    [{"text": "x", "callback_data": "skip-c0de"}],
                    [{"text": "y", "url": "https://x.org"}],
                ]
            },
            {},
        ),
        ({"inline_keyboard": 7}, {}),
        ("strange", {}),
    ],
)
def test_a_reply_tells_the_key_of_the_answer_button_above_it(markup: Any, data: dict[str, Any]) -> None:
    update = json.loads(json.dumps(CASES["message_reply_to_us"]["update"]))
    update["message"]["reply_to_message"]["reply_markup"] = markup
    assert _read(update)[0].data == data


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


NESTED: dict[str, Callable[[Any], Any]] = {
    "quotations": lambda inner: {"type": "blockquote", "blocks": [inner]},
    "details": lambda inner: {"type": "details", "summary": "", "blocks": [inner]},
    "lists": lambda inner: {"type": "list", "items": [{"label": "", "blocks": [inner]}]},
    "formats": lambda inner: {"type": "bold", "text": [inner]},
    "captions": lambda inner: {"type": "map", "caption": inner},
}


@pytest.mark.parametrize(("levels", "found"), [(16, "haut\nfond"), (5_000, "haut")])
@pytest.mark.parametrize("name", NESTED)
def test_a_rich_message_is_read_as_deep_as_telegram_lets_it_be(name: str, levels: int, found: str) -> None:
    inner: Any = {"type": "paragraph", "text": "fond"}
    for _ in range(levels):
        inner = NESTED[name](inner)
    assert rich.words({"blocks": [{"type": "paragraph", "text": "haut"}, inner]}) == found


def test_a_rich_message_is_not_endless() -> None:
    block = {"type": "paragraph", "text": ["mot "] * 100}
    assert len(rich.words({"blocks": [block] * 1000})) == 32_768


RICH = ["type", "text", "blocks", "items", "cells", "label", "caption", "credit", "summary", "expression"]


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(RICH), inner)))
@settings(max_examples=300, deadline=None)
def test_no_rich_message_makes_it_crash(value: Any) -> None:
    assert isinstance(rich.words(value), str) and isinstance(rich.words({"blocks": value}), str)


def _read(update: Any) -> list[Inbound]:
    told = inbound.read(update, *US)
    assert isinstance(told, list)
    return told


# --- for any input

SHAPES = [case["update"] for case in CASES.values()]
KEYS = sorted({key for shape in SHAPES for part in shape.values() if isinstance(part, dict) for key in part})
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(JSON | st.dictionaries(st.sampled_from(["update_id", *ALLOWED_UPDATES]), JSON, max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_json_makes_it_crash(value: Any) -> None:
    _sound(inbound.read(value, *US))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_bent_payload_makes_it_crash(data: st.DataObject) -> None:
    update = json.loads(json.dumps(data.draw(st.sampled_from(SHAPES))))
    part: Any = update
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
            part = part[key]
            continue
        part[key] = data.draw(JSON)
        break
    _sound(inbound.read(update, *US))


BENT = st.sampled_from([None, True, False, 0, -1, 10**30, 1.0, 1.5, "", "member", "\ud800", [], {}, [{}], {"id": 1}])


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_bent_payload_makes_the_ways_in_disagree(data: st.DataObject) -> None:
    update = json.loads(json.dumps(data.draw(st.sampled_from(SHAPES))))
    kind = data.draw(st.sampled_from([key for key in update if key != "update_id"]))
    part = data.draw(st.sampled_from([update, *([update[kind]] if isinstance(update[kind], dict) else [])]))
    part[data.draw(st.sampled_from([*part, *KEYS, "poll"]))] = data.draw(BENT)
    line = json.dumps(update).encode()
    slow = inbound.read(json.loads(line), *US)
    wanted = [] if isinstance(slow, Ignored) else slow
    assert inbound.read_wire(line, *US) in (None, wanted)
    assert inbound.read_delivery(line, *US) == wanted
    assert inbound.read_batch(b'{"result":[' + line + b"]}", *US)[0] == wanted


@given(st.binary(max_size=200))
def test_no_bytes_make_the_wire_crash(body: bytes) -> None:
    told = inbound.read_wire(body, *US)
    assert told is None or isinstance(told, list)


def _sound(told: list[Inbound] | Ignored) -> None:
    """It can be kept by a database and shown by a program."""
    if isinstance(told, Ignored):
        assert told.reason
        return
    for one in told:
        msgspec.msgpack.encode(one)
        assert "\x00" not in (one.text or "")
        json.dumps(msgspec.to_builtins(one), ensure_ascii=False).encode()
        assert one.event_ref
        if one.at is not None:
            datetime.fromtimestamp(one.at // 1_000_000, UTC)
