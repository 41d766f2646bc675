"""The Telegram connection as it sends: what an answer or none means, secrets, limits, and the fake itself."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.telegram import adapter, faults
from adapters.telegram.adapter import Telegram
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved, Refused
from orchestrator.ports import Address, Button, Post
from orchestrator.settings import Settings
from tests.adapters.telegram_bot import (
    OLD,
    PLACE,
    SALON,
    call,
    circle,
    made,
)
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with circle() as one:
        yield one


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Telegram]:
    with closing(made(fake)) as one:
        yield one


# --- what an answer, or none, means


def test_a_connection_that_was_refused_is_surely_not_sent(fake: FakeTelegram, bot: Telegram) -> None:
    fake.close()
    with pytest.raises(DeliveryFailed) as failed:
        bot.send(PLACE, Post("?"), "k")
    assert (failed.value.code, failed.value.permanent) == ("unreachable", False)


def test_a_request_that_broke_off_is_unknown(fake: FakeTelegram, bot: Telegram) -> None:
    fake.faults.append("drop request")
    with pytest.raises(DeliveryUnknown):
        bot.send(PLACE, Post("?"), "k")


def test_a_name_that_could_not_be_learnt_means_not_sent(fake: FakeTelegram, bot: Telegram) -> None:
    fake.close()
    with pytest.raises(DeliveryFailed):
        bot.send(PLACE, Post("?", (Button("Répondre", "answer-1", "answer"),)), "k")


@pytest.mark.parametrize(("status", "unsure"), [(200, True), (502, True), (504, True), (403, False), (301, False)])
def test_an_answer_that_is_no_json_comes_from_something_between(status: int, unsure: bool) -> None:
    error = faults.unreadable(status)
    assert isinstance(error, DeliveryUnknown) == unsure


TOLD = [
    (400, "Bad Request: chat not found", True),
    (400, "Bad Request: message thread not found", True),
    (400, "Bad Request: message to be replied not found", True),
    (400, "Bad Request: not enough rights to send text messages to the chat", True),
    (400, "Bad Request: TOPIC_CLOSED", True),
    (400, "Bad Request: something new", True),
    (401, "Unauthorized", True),
    (403, "Forbidden: bot was blocked by the user", True),
    (403, "Forbidden: bot was kicked from the supergroup chat", True),
    (403, "Forbidden: user is deactivated", True),
    (403, "Forbidden: bot can't initiate conversation with a user", True),
    (404, "Not Found", True),
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", False),
    (429, "Too Many Requests: retry after 7", False),
]


@pytest.mark.parametrize(("status", "description", "permanent"), TOLD)
def test_a_refusal_has_a_cause_a_mend_and_tells_whether_to_try_again(
    status: int, description: str, permanent: bool
) -> None:
    reply = faults.Reply(ok=False, description=description, parameters=faults.Parameters(retry_after=7))
    error = faults.refused(status, reply)
    assert isinstance(error, DeliveryFailed)
    assert error.what and error.mend
    assert error.permanent == permanent
    assert error.retry_after == (7 if status == 429 else None)


@pytest.mark.parametrize(
    ("status", "description", "what"),
    [
        (404, "Not Found", "this is no Bot API, or the token is misspelt"),
        (400, "Bad Request: member not found", "that person is not in this place"),
        (400, "Bad Request: quote not found", "Telegram refused: Bad Request: quote not found"),
        (413, "Request Entity Too Large", "the file is larger than the 50 MB that Telegram takes from a bot"),
        (400, "Bad Request: message caption is too long", "the line beside the file was too long"),
    ],
)
def test_a_refusal_is_not_taken_for_another_that_shares_a_word(status: int, description: str, what: str) -> None:
    error = faults.refused(status, faults.Reply(ok=False, description=description))
    assert isinstance(error, DeliveryFailed)
    assert (error.what, error.permanent) == (what, True)


@pytest.mark.parametrize(
    ("description", "gone"),
    [
        ("Forbidden: bot was kicked from the group chat", True),
        ("Forbidden: bot was kicked from the supergroup chat", True),
        ("Forbidden: bot was kicked from the channel chat", True),
        ("Forbidden: bot is not a member of the supergroup chat", True),
        ("Forbidden: the group chat was deleted", True),
        ("Bad Request: group chat was deactivated", True),
        ("Bad Request: CHANNEL_PRIVATE", True),
        ("Forbidden: bot was blocked by the user", False),
        ("Bad Request: chat not found", False),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", False),
        ("Bad Request: TOPIC_CLOSED", False),
        ("Bad Request: not enough rights to send text messages to the chat", False),
    ],
)
def test_only_a_place_that_takes_nothing_more_from_us_is_gone(description: str, gone: bool) -> None:
    error = faults.refused(403, faults.Reply(ok=False, description=description))
    assert isinstance(error, DeliveryFailed)
    assert (error.gone, error.permanent) == (gone, True)


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.says)
def test_every_sentence_of_the_table_can_be_reached(fault: faults.Fault) -> None:
    error = faults.refused(400, faults.Reply(ok=False, description=f"Bad Request: {fault.says}"))
    assert isinstance(error, DeliveryFailed)
    assert (error.what, error.mend) == (fault.what, fault.mend)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_of_telegrams_own_may_have_been_carried_out(status: int) -> None:
    assert isinstance(faults.refused(status, faults.Reply(ok=False)), DeliveryUnknown)


def test_a_group_that_became_a_supergroup_names_its_new_id(fake: FakeTelegram, bot: Telegram) -> None:
    fake.moves(OLD, -1007777777777)
    with pytest.raises(PlaceMoved) as moved:
        bot.send(Address(place_ref=str(OLD)), Post("?"), "k")
    assert moved.value.new_ref == "-1007777777777"


# --- secrets and limits


def test_the_token_is_in_no_log_and_no_error(
    fake: FakeTelegram, bot: Telegram, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger().setLevel(logging.INFO)
    bot.send(PLACE, Post("Bonjour"), "k")
    fake.token_gone = True
    with pytest.raises(DeliveryFailed) as failed:
        bot.send(PLACE, Post("Bonjour"), "k")
    said = caplog.text + "".join(capsys.readouterr()) + repr(failed.value) + failed.value.mend
    assert fake.token not in said


def test_the_overall_limit_is_a_setting(fake: FakeTelegram) -> None:
    with closing(made(fake, telegram_per_second=10)) as bot:
        limits = {limit.scope: limit.every for limit in bot.capabilities.limits}
    assert limits == {"connection": 0.1, "place": 1.0, "group": 3.0}


def test_without_a_token_there_is_no_connection() -> None:
    with pytest.raises(Refused):
        adapter.open("telegram", Settings())


# --- the fake itself keeps what it promises


def test_strict_windows_refuse_the_second_message_within_a_second(fake: FakeTelegram, bot: Telegram) -> None:
    fake.limits.strict = True
    bot.send(PLACE, Post("un"), "k1")
    with pytest.raises(DeliveryFailed) as failed:
        bot.send(PLACE, Post("deux"), "k2")
    assert failed.value.retry_after


def test_an_unknown_method_and_a_wrong_argument_are_refused(fake: FakeTelegram) -> None:
    assert call(fake, "sendTelepathy")[0] == 404
    assert call(fake, "sendMessage", chat_id=SALON, text="x", txet="y")[0] == 400


def test_the_ledger_can_be_read_by_another_process(fake: FakeTelegram, bot: Telegram) -> None:
    bot.send(PLACE, Post("Bonjour"), "k")
    with closing(http.client.HTTPConnection("127.0.0.1", fake.server.server_port)) as there:
        there.request("GET", "/_ledger")
        ledger = json.loads(there.getresponse().read())
    assert [(one["chat_id"], one["text"]) for one in ledger["messages"]] == [(SALON, "Bonjour")]


@pytest.mark.parametrize(
    ("date", "at"), [(1_795_509_000, 1_795_509_000_000_000), (1_795_509_000_621, None), (-1, None)]
)
def test_a_moment_that_no_calendar_has_is_not_kept(date: int, at: int | None) -> None:
    answer = {"message_id": 7, "date": date, "chat": {"id": -100777}}
    receipt = adapter._receipt(json.dumps(answer).encode(), Address(place_ref="-100777"), Post("x"))
    assert (receipt.message_ref, receipt.at) == ("7", at)
