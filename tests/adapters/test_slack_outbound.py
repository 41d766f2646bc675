"""What we send to Slack: exactly these calls, within the published limits of every field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import doctor, outbound
from adapters.slack.faults import FAULTS, FINE, UNSURE, broken, refused
from adapters.slack.inbound import EVENTS
from orchestrator.errors import DeliveryFailed, DeliveryUnknown
from orchestrator.ports import Address, Button, Call, Document, Edit, Form, Notice, Outgoing, Post, React, Remove

SALON = Address(place_ref="C0SALON")
MANIFEST = Path(__file__).parents[2] / "deploy" / "slack-manifest.yaml"


def call(outgoing: Outgoing, to: Address = SALON) -> Call:
    [made] = outbound.calls(to, outgoing, "k1")
    return made


def test_a_post_is_exactly_this_call() -> None:
    buttons = (Button("Répondre", "answer-01", "answer"), Button("Non", "skip-1", style="bad"))
    assert call(Post("Bonjour **toi**", buttons, under="1796027400.000100")) == Call(
        "chat.postMessage",
        {
            "channel": "C0SALON",
            "text": "Bonjour *toi*",
            "blocks": [
                {"type": "section", "text": {"type": "mrkdwn", "text": "Bonjour *toi*", "verbatim": True}},
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "button",
                            "text": {"type": "plain_text", "text": "Répondre", "emoji": True},
                            "action_id": "answer-01",
                            "value": "answer-01",
                        },
                        {
                            "type": "button",
                            "text": {"type": "plain_text", "text": "Non", "emoji": True},
                            "action_id": "skip-1",
                            "value": "skip-1",
                            "style": "danger",
                        },
                    ],
                },
            ],
            "metadata": {"event_type": "tertulia_delivery", "event_payload": {"key": "k1"}},
            "unfurl_links": False,
            "unfurl_media": False,
            "thread_ts": "1796027400.000100",
        },
    )


def test_the_other_acts_are_exactly_these_calls() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "neuf", "verbatim": True}}
    assert call(Edit("1.000002", "neuf")) == Call(
        "chat.update", {"channel": "C0SALON", "ts": "1.000002", "text": "neuf", "blocks": [section]}
    )
    assert call(React("1.000002", "👀")) == Call(
        "reactions.add", {"channel": "C0SALON", "timestamp": "1.000002", "name": "eyes"}
    )
    assert call(Remove("1.000002")) == Call("chat.delete", {"channel": "C0SALON", "ts": "1.000002"})
    assert call(Notice("t.1", "neuf"), Address(place_ref="C0SALON", member_ref="U0ANA")) == Call(
        "chat.postEphemeral", {"channel": "C0SALON", "user": "U0ANA", "text": "neuf", "blocks": [section]}
    )


def test_a_notice_is_shown_in_the_thread_that_was_pressed_in() -> None:
    to = Address(place_ref="C0SALON", topic_ref="1796027400.000100", member_ref="U0ANA")
    assert call(Notice("t.1", "neuf"), to).args["thread_ts"] == "1796027400.000100"


def test_a_post_to_a_member_goes_to_their_id() -> None:
    assert call(Post("x"), Address(member_ref="U0ANA")).args["channel"] == "U0ANA"


def test_a_document_is_asked_for_and_shown_around_its_upload() -> None:
    document = Document("ana.json", b"{}", "Voici **tout**.")
    asked, shown = outbound.calls(Address(place_ref="D0ANA"), document, "k1")
    assert asked == Call("files.getUploadURLExternal", {"filename": "ana.json", "length": 2}, b"{}")
    files = [{"id": outbound.FILE_TO_BE, "title": "ana.json"}]
    args = {"files": files, "channel_id": "D0ANA", "initial_comment": "Voici *tout*."}
    assert shown == Call("files.completeUploadExternal", args)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["Oui", "Non", "Peut-être"], [3]),
        (["Prix · 3", "IA · 12"] * 6, [5, 5, 2]),
        (["Une réponse qui ne tient pas à côté", "Prix", "IA"], [1, 1, 1]),
        (["Une réponse qui ne tient pas à côté"] * 30, [5] * 6),
    ],
)
def test_short_buttons_share_a_row_and_long_ones_have_their_own(labels: list[str], rows: list[int]) -> None:
    buttons = tuple(Button(label, f"vote-{number}") for number, label in enumerate(labels))
    blocks = call(Post("?", buttons)).args["blocks"][1:]
    assert [len(block["elements"]) for block in blocks] == rows


def test_a_form_keeps_its_key_and_place_and_asks_one_question() -> None:
    form = Form(
        "t.1",
        "answer-01",
        "Ta réponse à la question du lundi",
        "**Q** ?",
        "Réponse",
        "sans mon nom",
        "montrée",
        "Envoyer",
        "Non",
    )
    made = call(form)
    view = made.args["view"]
    assert (made.method, made.args["trigger_id"]) == ("views.open", "t.1")
    assert json.loads(view["private_metadata"]) == {"key": "answer-01", "place": "C0SALON"}
    assert view["title"]["text"] == "Ta réponse à la questio…"
    assert [block["type"] for block in view["blocks"]] == ["section", "input", "input"]
    assert view["blocks"][2]["optional"] is True


def test_a_long_question_goes_on_in_another_section_of_a_post_and_of_a_form() -> None:
    question = f"{'mot ' * 850}?\n\nEt après ?"
    form = Form("t.1", "answer-01", "Réponse", question, "Réponse", "", "", "Envoyer", "Non")
    *asked, _field = call(form).args["view"]["blocks"]
    posted = call(Post(question)).args["blocks"]
    assert asked == posted and len(posted) == 2
    for block in posted:
        check_block(block)
    assert posted[-1]["text"]["text"].endswith("?\n\nEt après ?")


def test_a_form_opened_in_a_thread_remembers_it() -> None:
    form = Form("t.1", "edit-01", "Le texte", "", "Nouveau texte", "", "", "Demander", "Non")
    view = call(form, Address(place_ref="C0SALON", topic_ref="1796027400.000100")).args["view"]
    kept = {"key": "edit-01", "place": "C0SALON", "thread": "1796027400.000100"}
    assert json.loads(view["private_metadata"]) == kept


def test_a_form_may_open_with_a_text_and_ask_nobody_for_their_name() -> None:
    form = Form("t.1", "edit-01", "Le texte", "", "Nouveau texte", "", "", "Demander", "Non", value="Salut <!here>")
    view = call(form).args["view"]
    (field,) = view["blocks"]
    assert (field["element"]["initial_value"], field["element"]["multiline"]) == ("Salut <!here>", True)


def test_everyone_is_mentioned_by_permission_only() -> None:
    assert call(Post("Bonjour", mention_everyone=True)).args["text"] == "<!channel>\n\nBonjour"
    assert "<!" not in json.dumps(call(Post("<!channel> Bonjour")).args)


def test_the_last_gate_stops_a_mass_mention_that_slipped_through() -> None:
    with pytest.raises(DeliveryFailed) as stopped:
        outbound._guard(Call("chat.postMessage", {"text": "<!here>"}), allowed=False)
    assert stopped.value.permanent and stopped.value.mend


def test_an_unknown_emoji_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(DeliveryFailed):
        call(React("1.000002", "🪬"))


WORDS = st.text(max_size=400) | st.sampled_from(["x" * 9000, "é" * 5000, "&" * 4000, "👩‍👩‍👧" * 900])


@settings(max_examples=40, deadline=None)
@given(text=WORDS, label=WORDS, count=st.integers(0, 60), everyone=st.booleans())
def test_no_text_breaks_a_published_limit(text: str, label: str, count: int, everyone: bool) -> None:
    buttons = tuple(Button(label, f"choice-{number}") for number in range(count))
    args = call(Post(text, buttons, mention_everyone=everyone)).args
    assert 0 < len(args["text"]) <= 3900
    assert len(args["blocks"]) <= 50
    for block in args["blocks"]:
        check_block(block)


@settings(max_examples=40, deadline=None)
@given(words=WORDS)
def test_no_words_break_a_form(words: str) -> None:
    view = call(Form("t", "answer-01", words, words, words, words, words, words, words)).args["view"]
    assert all(1 <= len(view[part]["text"]) <= 24 for part in ("title", "submit", "close"))
    assert len(view["private_metadata"]) <= 3000
    for block in view["blocks"]:
        check_block(block)


def check_block(block: dict[str, Any]) -> None:
    if block["type"] == "section":
        assert 1 <= len(block["text"]["text"]) <= 3000
    elif block["type"] == "input":
        assert 1 <= len(block["label"]["text"]) <= 2000
        for option in block["element"].get("options", []):
            assert 1 <= len(option["text"]["text"]) <= 75
    else:
        assert 1 <= len(block["elements"]) <= 25
        assert all(1 <= len(button["text"]["text"]) <= 75 for button in block["elements"])


# --- faults


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_every_code_has_a_fact_and_a_mend_in_plain_words(code: str) -> None:
    fault = FAULTS[code]
    assert fault.what and fault.mend and code not in fault.what


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_only_a_place_that_takes_nothing_more_from_us_is_gone(code: str) -> None:
    fault = refused("chat.postMessage", code, 200, None)
    assert isinstance(fault, DeliveryFailed)
    assert fault.gone == (code in ("not_in_channel", "channel_not_found", "is_archived"))
    assert fault.permanent == FAULTS[code].permanent


# https://docs.slack.dev/reference/methods/files.getUploadURLExternal/#errors and …/files.completeUploadExternal/
UPLOADS = """
channel_not_found file_not_found file_type_not_allowed file_update_failed file_upload_size_restricted
file_uploads_disabled file_uploads_except_images_disabled invalid_channel malware_detected missing_argument
missing_scope not_in_channel posting_to_general_channel_denied restricted_action storage_limit_reached
"""


@pytest.mark.parametrize("code", UPLOADS.split())
def test_what_an_upload_may_be_refused_with_is_told_in_plain_words(code: str) -> None:
    assert code in FAULTS


@pytest.mark.parametrize("code", sorted(UNSURE))
def test_an_answer_that_does_not_say_whether_it_was_done_is_unknown(code: str) -> None:
    assert isinstance(refused("chat.postMessage", code, 200, None), DeliveryUnknown)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (503, "", DeliveryUnknown),
        (200, "Received a response in a non-JSON format: <html>", DeliveryUnknown),
        (403, "Received a response in a non-JSON format: <html>", DeliveryFailed),
        (200, "never_heard_of", DeliveryFailed),
        (429, "", DeliveryFailed),
    ],
)
def test_an_odd_answer_is_told_apart(status: int, code: str, kind: type[Exception]) -> None:
    assert isinstance(refused("chat.postMessage", code, status, None), kind)


def test_what_is_so_already_is_fine_for_that_call_only() -> None:
    for method, codes in FINE.items():
        for code in codes:
            assert refused(method, code, 200, None) is None
            assert refused("chat.postMessage", code, 200, None) is not None


def test_too_fast_is_never_permanent_and_always_has_a_pause() -> None:
    fault = refused("chat.postMessage", "ratelimited", 429, None)
    assert isinstance(fault, DeliveryFailed)
    assert fault.retry_after and not fault.permanent


def test_an_error_of_our_own_side_is_unknown() -> None:
    assert isinstance(broken(ValueError("?")), DeliveryUnknown)


# --- the manifest


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return found


def test_the_manifest_asks_for_exactly_the_scopes_and_events_we_use() -> None:
    found = manifest()
    assert tuple(found["oauth_config"]["scopes"]["bot"]) == doctor.SCOPES
    assert tuple(found["settings"]["event_subscriptions"]["bot_events"]) == doctor.EVENTS


def test_every_event_we_subscribe_to_is_one_we_understand() -> None:
    assert {name.partition(".")[0] for name in doctor.EVENTS} <= set(EVENTS)


def test_members_can_write_to_the_app() -> None:
    home = manifest()["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, False)


def test_there_is_one_command() -> None:
    assert [entry["command"] for entry in manifest()["features"]["slash_commands"]] == ["/tertulia"]
