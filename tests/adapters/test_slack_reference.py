"""Every call to Slack against the published reference, for every kind of act and hostile words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import outbound
from adapters.slack.emoji import UNICODE
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import Address, Button, Call, ClosePoll, Outgoing, Poll, Post
from tests.adapters.hostile import acts
from tests.adapters.slack_reference import check_call

ADDRESSES = st.builds(Address, place_ref=st.sampled_from(["C0SALON", "G0BACK", "D0ANA"]), member_ref=st.just("U0ANA"))
STAMPS = st.from_regex(r"[0-9]{10}\.[0-9]{6}", fullmatch=True)


@settings(max_examples=150, deadline=None)
@given(to=ADDRESSES, outgoing=acts(STAMPS, st.sampled_from(sorted(UNICODE.values()))))
def test_every_call_is_one_that_the_reference_takes(to: Address, outgoing: Outgoing) -> None:
    if isinstance(outgoing, Poll | ClosePoll):
        with pytest.raises(DeliveryFailed):
            outbound.calls(to, outgoing, "k1")
        return
    for call in outbound.calls(to, outgoing, "k1"):
        check_call(call.method, call.args)
        everyone = isinstance(outgoing, Post) and outgoing.mention_everyone
        assert set(re.findall(r"<!.*?>", _formatted(call))) <= ({"<!channel>"} if everyone else set())


def _formatted(call: Call) -> str:
    """The texts in which Slack looks for mentions."""
    blocks = call.args.get("blocks", call.args.get("view", {}).get("blocks", []))
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    return "\n".join([call.args.get("text", ""), call.args.get("initial_comment", ""), *sections])


def test_a_label_may_show_what_would_be_a_mention_elsewhere() -> None:
    (call,) = outbound.calls(Address(place_ref="C0SALON"), Post("?", (Button("<!channel>", "choice-1"),)), "k1")
    assert call.args["blocks"][1]["elements"][0]["text"]["text"] == "<!channel>"
