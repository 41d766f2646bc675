"""Every call to Telegram against the published reference, for every kind of act and hostile words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram import outbound
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import Address, Call, Form, Outgoing
from tests.adapters.hostile import acts
from tests.fakes import telegram_rules as rules

ADDRESSES = st.sampled_from(
    [
        Address(place_ref="-1001234567890"),
        Address(place_ref="-1001234567890", topic_ref="45"),
        Address(place_ref="@cercle_salon"),
        Address(member_ref="99887766"),
    ]
)
NUMBERS = st.integers(1, 2**50).map(str)
EMOJI = st.sampled_from(sorted(outbound.ALLOWED_REACTIONS)) | st.text(min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(to=ADDRESSES, outgoing=acts(NUMBERS, EMOJI))
def test_every_call_is_one_that_the_reference_takes(to: Address, outgoing: Outgoing) -> None:
    if isinstance(outgoing, Form):
        with pytest.raises(DeliveryFailed):
            outbound.calls(to, outgoing, "k1")
        return
    for call in outbound.calls(to, outgoing, "k1", bot_name="tertulia_bot"):
        _check(call)


def _check(call: Call) -> None:
    file = {"document": rules.File(call.args["document"], call.content)} if call.content else {}
    rules.arguments(call.method, call.args | file)
    if call.method == "sendPoll":
        rules.poll(call.args, now=call.args.get("close_date", 0) - 3600)
    if "caption" in call.args:
        rules.marked(call.args["caption"], call.args.get("caption_entities", []), 1024)
    if call.method == "answerCallbackQuery":  # "0-200 characters"
        assert len(call.args["text"].encode("utf-16-le")) <= 400
    elif "text" in call.args:
        rules.text(call.args)
    if "reply_markup" in call.args:
        rules.markup(call.args["reply_markup"])
    if "reaction" in call.args:
        rules.reaction(call.args["reaction"])
