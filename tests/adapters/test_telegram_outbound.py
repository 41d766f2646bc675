"""Each outgoing act as the exact call of the Bot API."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.telegram import outbound
from adapters.telegram.outbound import ALLOWED_REACTIONS, CAPABILITIES, allowed, calls
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import (
    Address,
    Button,
    ClosePoll,
    Document,
    Edit,
    Form,
    Notice,
    Outgoing,
    Poll,
    Post,
    React,
    Remove,
)
from tests.fakes import telegram_rules as rules

GROUP = Address(place_ref="-1001234567890")
TOPIC = Address(place_ref="-1001234567890", topic_ref="45")
NAMED = Address(place_ref="@cercle_salon")
ANA = Address(member_ref="99887766")
ANSWER = Button("Répondre", "answer-0123456789abcdef", "answer")
YES, NO = Button("Oui", "approve-42", style="good"), Button("Non", "skip-42", style="bad")
NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}
LINK = {"text": "Répondre", "url": "https://t.me/tertulia_bot?start=answer-0123456789abcdef"}
CHOICES = [{"text": "Oui", "callback_data": "approve-42"}, {"text": "Non", "callback_data": "skip-42"}]


def keyboard(*rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": list(rows)}}


@pytest.mark.parametrize(
    ("to", "outgoing", "method", "args"),
    [
        (GROUP, Post("Bonjour"), "sendMessage", {"chat_id": -1001234567890, "text": "Bonjour", **NO_PREVIEW}),
        (
            GROUP,
            Post("**Bonjour**"),
            "sendMessage",
            {
                "chat_id": -1001234567890,
                "text": "Bonjour",
                "entities": [{"type": "bold", "offset": 0, "length": 7}],
                **NO_PREVIEW,
            },
        ),
        (
            TOPIC,
            Post("Bonjour"),
            "sendMessage",
            {"chat_id": -1001234567890, "message_thread_id": 45, "text": "Bonjour", **NO_PREVIEW},
        ),
        (
            Address("-1001234567890", topic_ref="1"),
            Post("Bonjour"),
            "sendMessage",
            {"chat_id": -1001234567890, "text": "Bonjour", **NO_PREVIEW},
        ),
        (NAMED, Post("Bonjour"), "sendMessage", {"chat_id": "@cercle_salon", "text": "Bonjour", **NO_PREVIEW}),
        (
            GROUP,
            Post("Rappel", under="500"),
            "sendMessage",
            {
                "chat_id": -1001234567890,
                "text": "Rappel",
                **NO_PREVIEW,
                "reply_parameters": {"message_id": 500, "allow_sending_without_reply": True},
            },
        ),
        (
            GROUP,
            Post("Question ?", (ANSWER,)),
            "sendMessage",
            {"chat_id": -1001234567890, "text": "Question ?", **NO_PREVIEW, **keyboard([LINK])},
        ),
        (ANA, Post("Question ?", (ANSWER,)), "sendMessage", {"chat_id": 99887766, "text": "Question ?", **NO_PREVIEW}),
        (
            ANA,
            Post("Publier ?", (YES, NO)),
            "sendMessage",
            {"chat_id": 99887766, "text": "Publier ?", **NO_PREVIEW, **keyboard(CHOICES)},
        ),
        (
            GROUP,
            Post("Rendez-vous", mention_everyone=True),
            "sendMessage",
            {"chat_id": -1001234567890, "text": "Rendez-vous", **NO_PREVIEW},
        ),
        (
            GROUP,
            Edit("500", "Publié."),
            "editMessageText",
            {"chat_id": -1001234567890, "message_id": 500, "text": "Publié.", **NO_PREVIEW},
        ),
        (
            GROUP,
            Edit("500", "?", (YES, NO)),
            "editMessageText",
            {"chat_id": -1001234567890, "message_id": 500, "text": "?", **NO_PREVIEW, **keyboard(CHOICES)},
        ),
        (
            GROUP,
            React("501", "✅"),
            "setMessageReaction",
            {"chat_id": -1001234567890, "message_id": 501, "reaction": [{"type": "emoji", "emoji": "👌"}]},
        ),
        (
            GROUP,
            Poll("Quel sujet ?", ("Prix", "Recrutement")),
            "sendPoll",
            {
                "chat_id": -1001234567890,
                "question": "Quel sujet ?",
                "options": [{"text": "Prix"}, {"text": "Recrutement"}],
                "is_anonymous": False,
            },
        ),
        (
            TOPIC,
            Poll("Lesquels ?", ("Prix", "IA"), True, 1_796_200_200_900_000, True, "500", "Pour **mercredi**"),
            "sendPoll",
            {
                "chat_id": -1001234567890,
                "message_thread_id": 45,
                "question": "Lesquels ?",
                "options": [{"text": "Prix"}, {"text": "IA"}],
                "is_anonymous": False,
                "allows_multiple_answers": True,
                "hide_results_until_closes": True,
                "close_date": 1_796_200_200,
                "description": "Pour mercredi",
                "description_entities": [{"type": "bold", "offset": 5, "length": 8}],
                "reply_parameters": {"message_id": 500, "allow_sending_without_reply": True},
            },
        ),
        (GROUP, ClosePoll("500"), "stopPoll", {"chat_id": -1001234567890, "message_id": 500}),
        (GROUP, Remove("500"), "deleteMessage", {"chat_id": -1001234567890, "message_id": 500}),
        (
            GROUP,
            Notice("1234567890123456789", "C'est **noté**"),
            "answerCallbackQuery",
            {"callback_query_id": "1234567890123456789", "text": "C'est noté"},
        ),
    ],
)
def test_an_act_is_exactly_this_call(to: Address, outgoing: Outgoing, method: str, args: dict[str, Any]) -> None:
    (call,) = calls(to, outgoing, "k1", bot_name="tertulia_bot")
    assert (call.method, call.args) == (method, args)
    rules.arguments(method, call.args)  # names and types of the published reference


def test_a_document_is_its_name_its_caption_and_beside_them_its_bytes() -> None:
    (call,) = calls(ANA, Document("ana.json", b"{}", "Voici **tout**."), "k1")
    caption = {"caption": "Voici tout.", "caption_entities": [{"type": "bold", "offset": 6, "length": 4}]}
    assert (call.method, call.content) == ("sendDocument", b"{}")
    assert call.args == {"chat_id": 99887766, "document": "ana.json", **caption}


def test_buttons_that_do_not_fit_beside_one_another_stand_in_rows() -> None:
    long = (Button("Une réponse assez longue", "a"), Button("Une autre réponse", "b"))
    (call,) = calls(GROUP, Post("?", long), "k1")
    assert [len(row) for row in call.args["reply_markup"]["inline_keyboard"]] == [1, 1]


def test_a_key_of_64_characters_fits_into_a_button_and_a_link() -> None:
    key = "answer-" + "x" * 57
    for kind in ("answer", "choice"):
        (call,) = calls(GROUP, Post("?", (Button("Oui", key, kind),)), "k1")
        rules.markup(call.args["reply_markup"])


def test_a_preview_without_a_token_names_a_bot_to_be() -> None:
    (call,) = calls(GROUP, Post("?", (ANSWER,)), "k1")
    assert call.args["reply_markup"]["inline_keyboard"][0][0]["url"].startswith("https://t.me/your_bot?start=")


def test_a_notice_fits_into_200_characters() -> None:
    (silent,) = calls(GROUP, Notice("1", ""), "k1")
    assert silent.args == {"callback_query_id": "1"}
    (call,) = calls(GROUP, Notice("1", "é" * 300), "k1")
    assert len(call.args["text"]) == 200


@pytest.mark.parametrize(
    ("ours", "theirs"), [("✅", "👌"), ("👀", "👀"), ("🙏", "🙏"), ("❤️", "❤"), ("❤", "❤"), ("🦖", "👍")]
)
def test_a_reaction_is_one_that_telegram_allows(ours: str, theirs: str) -> None:
    assert allowed(ours) == theirs


def test_the_allowed_reactions_are_those_of_the_reference() -> None:
    assert len(ALLOWED_REACTIONS) == 73
    assert not any("\ufe0f" in emoji for emoji in ALLOWED_REACTIONS)


def test_a_form_is_refused_for_good() -> None:
    form = Form("t", "k", "title", "question", "label", "unnamed", "notice", "submit", "cancel")
    with pytest.raises(DeliveryFailed) as failed:
        calls(GROUP, form, "k1")
    assert failed.value.permanent
    assert not CAPABILITIES.forms


@pytest.mark.parametrize("to", [Address(), Address(place_ref="salon"), Address(member_ref="U123")])
def test_an_address_that_is_none_is_refused_for_good(to: Address) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        calls(to, Post("Bonjour"), "k1")
    assert failed.value.permanent


def test_the_limits_never_let_more_than_20_into_a_minute_of_a_group() -> None:
    (group,) = [limit for limit in outbound.LIMITS if limit.scope == "group"]
    assert group.burst + (60 / group.every - 1) <= 20


def test_a_poll_that_leaves_when_its_end_has_come_is_sent_without_one() -> None:
    poll = Poll("Quel sujet ?", ("Prix", "IA"), closes_at=1_796_200_200_000_000)

    assert outbound.with_its_end_ahead(poll, 1_796_200_000) == poll
    late = outbound.with_its_end_ahead(poll, 1_796_200_195)
    assert "close_date" not in calls(GROUP, late, "k", bot_name="b")[0].args
    assert outbound.with_its_end_ahead(Post("?"), 1_796_200_195) == Post("?")
