"""The contract suite's rig for Slack: the real SDKs before a fake Slack, by Socket Mode or by signed HTTP."""

from __future__ import annotations

import contextlib
import html
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from adapters.slack import adapter as slack
from adapters.slack.emoji import UNICODE, slack_name
from adapters.slack.words import GAP
from orchestrator.ports import Address, Inbound
from orchestrator.settings import Settings
from tests.adapters.rig import TOO_FAST_SECONDS, Fault, FileStanding, PollStanding, Standing
from tests.fakes.slack import FakeSlack

ANA, BEN, SALON, COULISSES = "U0ANA", "U0BEN", "C0SALON", "C0COULISSES"
TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
BOLD = re.compile(r"(?<!\w)\*([^*\n\u200b][^*\n]*)\*(?!\w)")
MARKS = re.compile(r"(?<!\w)([*_~])(?=[^\s\u200b])(.+?)(?<=\S)\1(?!\w)")


@contextlib.contextmanager
def opened(*, http: bool = False) -> Iterator[SlackRig]:
    fake = FakeSlack()
    settings = Settings(
        slack_bot_token=fake.tokens["bot"],
        slack_app_token=None if http else fake.tokens["app"],
        slack_signing_secret=fake.tokens["secret"],
        slack_api_url=fake.url,
    )
    rig = SlackRig(fake, settings)
    stop = threading.Event()
    if http:
        fake.hook = rig.hook
    listener = threading.Thread(target=rig.adapter.listen, args=(rig.publish, lambda: True, stop))
    listener.start()
    try:
        yield rig
    finally:
        stop.set()
        listener.join(5)
        rig.adapter.close()
        fake.stop()
    assert not listener.is_alive(), "the listener did not end"


class SlackRig:
    """See tests.adapters.rig.Rig."""

    platform = "slack"
    shows_forms = True
    can_move = False
    ana = ANA
    place = Address(place_ref=SALON)
    other = Address(place_ref=COULISSES)

    def __init__(self, fake: FakeSlack, settings: Settings) -> None:
        self.fake = fake
        self.adapter = slack.open("slack", settings)
        self.published: list[Inbound] = []
        self.before_commit: Callable[[], object] = bool  # what a test wants to happen first
        space = fake.workspace
        for ref, name in ((ANA, "ana"), (BEN, "ben")):
            space.add_user(ref, name)
        space.add_channel(SALON, "salon", ANA, BEN)
        space.add_channel(COULISSES, "coulisses", BEN)

    def publish(self, inbounds: Sequence[Inbound]) -> None:
        self.before_commit()
        self.published += inbounds

    def hook(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self.adapter.hook(headers, body, self.publish)
        return answer.status, answer.body

    # --- what stands on the platform

    def posts(self) -> list[Standing]:
        space = self.fake.workspace
        return [
            standing(channel, message)
            for channel, messages in space.messages.items()
            for message in messages
            if message["user"] == space.bot
        ]

    def reactions(self) -> list[tuple[str, str]]:
        space = self.fake.workspace
        return [(ts, UNICODE[name]) for _, ts, name, user in space.reactions if user == space.bot]

    def form(self) -> str | None:
        view = self.fake.workspace.views.get(ANA)
        return " ".join(_texts(view)) if view else None

    def notices(self) -> list[str]:
        return [_readable(entry["text"]) for entry in self.fake.ledger if entry["act"] == "shown"]

    def poll(self, message_ref: str) -> PollStanding:
        raise NotImplementedError("Slack has no polls")

    def files(self) -> list[FileStanding]:
        space = self.fake.workspace
        shown = [message for message in space.messages[space.direct_chat(ANA)] if message.get("files")]
        pairs = [(message, space.files[file["id"]]) for message in shown for file in message["files"]]
        return [FileStanding(file["name"], file["content"], _readable(message["text"])) for message, file in pairs]

    # --- what ana does

    def says(self, text: str, *, under: str | None = None, reply_to: str | None = None) -> list[Inbound]:
        return self._heard(lambda: self.fake.says(ANA, SALON, text, under or reply_to))

    def tells_us(self, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.says(ANA, self.fake.workspace.direct_chat(ANA), text))

    def edits(self, message_ref: str, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.edits(ANA, SALON, message_ref, text))

    def reacts(self, message_ref: str, emoji: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.reacts(ANA, SALON, message_ref, slack_name(emoji) or "+1"))

    def presses(self, message_ref: str, label: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.presses(ANA, SALON, message_ref, label))

    def votes(self, message_ref: str, *options: int) -> list[Inbound]:
        raise NotImplementedError("Slack has no polls")

    def submits(self, text: str, *, named: bool = True) -> list[Inbound]:
        return self._heard(lambda: self.fake.submits(ANA, text, named=named))

    def joins(self, name: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.joins(SALON, name))

    def bot_says(self, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.bot_says(SALON, text))

    def again(self) -> list[Inbound]:
        return self._heard(self.fake.again)

    def _heard(self, act: Any) -> list[Inbound]:
        before = len(self.published)
        act()
        assert self.fake.delivered[-1].status == 200, "the delivery was not acknowledged"
        return self.published[before:]

    # --- faults

    def breaks(self, fault: Fault) -> None:
        faults = self.fake.faults
        if fault == "lost reply":
            self.fake.drop_reply_after(1)
        elif fault == "server error":
            faults.server_errors = 1
        elif fault == "away":
            self.fake.stop()
        elif fault == "too fast":
            faults.too_fast.append(TOO_FAST_SECONDS)
        elif fault == "token gone":
            faults.token_gone = True
        else:
            code = "not_in_channel" if fault == "not in place" else "user_disabled"
            self.fake.fail("chat.postMessage", code, lasting=True)

    def moves(self) -> str:
        raise NotImplementedError("a Slack channel keeps its id")

    def mends(self) -> None:
        self.fake.faults.lasting.clear()
        self.fake.faults.token_gone = False


def standing(channel: str, message: dict[str, Any]) -> Standing:
    """A message as a member sees it: the blocks, or the text where there are none."""
    sections = [block["text"] for block in message.get("blocks", []) if block["type"] == "section"]
    shown = "\n\n".join(section["text"] for section in sections) if sections else message["text"]
    elements = [e for block in message.get("blocks", []) if block["type"] == "actions" for e in block["elements"]]
    mark = message.get("metadata") or {}
    bare = (
        []
        if all(section.get("verbatim") for section in sections)
        else re.findall(r"https?://\S+", TOKEN.sub("", shown))
    )
    return Standing(
        ref=message["ts"],
        place_ref=channel,
        text=_readable(shown),
        under=message.get("thread_ts"),
        buttons=tuple(e["text"]["text"] for e in elements),
        live=tuple(_live(target) for target, _ in TOKEN.findall(shown)) + tuple(bare),
        bold=tuple(_readable(found) for found in BOLD.findall(shown)),
        key=(mark.get("event_payload") or {}).get("key"),
    )


def _live(target: str) -> str:
    if target.startswith("@"):
        return f"member:{target[1:]}"
    return "everyone" if target.startswith("!") else html.unescape(target)


def _readable(shown: str) -> str:
    plain = TOKEN.sub(lambda found: found[2] or found[1].lstrip("!"), shown)
    for _ in range(3):
        plain = MARKS.sub(r"\2", plain)
    return html.unescape(plain.replace(GAP, ""))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
