"""The exact calls of every stage of a vote on each platform; golden/poll.json holds them.

After a change that is meant: `python -m tests.rituals.test_poll_payloads`, then look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import adapters
from orchestrator.ports import Address, ClosePoll, Edit, Notice, Outgoing, Poll, Post
from orchestrator.render import Renderer
from orchestrator.rituals import poll
from orchestrator.rituals.contract import Facts, PlaceFacts, Tell, Vote
from tests.render.samples import playbook, ritual
from tests.rituals.examples import MONDAY, SLACK, TELEGRAM, facts, heard

GOLDEN = Path(__file__).parent / "golden" / "poll.json"
ENDS = MONDAY + timedelta(days=2)
MODEL = poll.Model.model_validate({"question": "De quoi parle-t-on ?", "options": ["Nos prix", "L’IA"]})
#: A place of each sort: how it is called here, what the kind knows of it, and its address.
PLACES: dict[str, tuple[str, PlaceFacts, Address]] = {
    "slack": ("slack", SLACK, Address(place_ref="C0SALON", member_ref="U0ANA")),
    "telegram group": ("telegram", replace(TELEGRAM, polls=True), Address(place_ref="-1001", member_ref="701")),
    "telegram channel": ("telegram", TELEGRAM, Address(place_ref="-1002", member_ref="701")),
}


def at(place: PlaceFacts, *, closed: bool = False) -> Facts:
    votes = tuple(Vote(n, "open", (n // 2,), MONDAY) for n in range(3)) if closed else ()
    now = ENDS if closed else MONDAY
    return facts(places=(place,), now=now, opened_at=MONDAY, closes_at=ENDS, votes=votes)


def acts(place: PlaceFacts) -> Iterator[tuple[str, Outgoing]]:
    """What a vote does in a place, in the order it does it."""
    render, book = Renderer(), playbook()
    held = ritual(kind="poll", model=MODEL, text="Il est temps.")
    for stage, closed in (("open", False), ("open", True), ("results", True)):
        said = render.act(poll.say(MODEL, stage, at(place, closed=closed))[0], book, held, "0123456789abcdef")
        if stage == "open" and closed:
            assert isinstance(said, Post | ClosePoll)
            yield "close", Edit("7.000001", said.text) if isinstance(said, Post) else ClosePoll("7")
        else:
            assert isinstance(said, Post | Poll)
            yield stage, said
    if not place.polls:
        pressed = heard("press", verb="vote", arg="1")
        (told,) = [one for one in poll.hear(MODEL, "open", pressed, at(place)) if isinstance(one, Tell)]
        yield "noted", Notice("42", str(render.text(told.template, book, told.values)))


def calls() -> dict[str, Any]:
    """place → what is done there → the calls."""
    found: dict[str, Any] = {}
    for name, (platform, place, to) in PLACES.items():
        outbound: Any = adapters.part(platform, "outbound")
        for what, act in acts(place):
            act = replace_ref(act) if platform == "telegram" else act
            made = [{"method": call.method, "args": call.args} for call in outbound.calls(to, act, "k1")]
            found.setdefault(name, {})[what] = made
    return found


def replace_ref(act: Outgoing) -> Outgoing:
    """Telegram numbers its messages."""
    return Edit("7", act.text, act.buttons) if isinstance(act, Edit) else act


def test_every_stage_is_exactly_these_calls() -> None:
    assert calls() == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(calls(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
