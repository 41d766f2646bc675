"""One connection to Slack: the only place where this platform's I/O is put together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from slack_sdk.signature import SignatureVerifier

from adapters.slack import directory, doctor, outbound, receive
from adapters.slack.fields import moment
from adapters.slack.web import PAGE, Web, client
from orchestrator.ports import (
    Address,
    Call,
    Capabilities,
    Document,
    Edit,
    Finding,
    Form,
    HookAnswer,
    MemberSeen,
    Notice,
    Outgoing,
    PlaceSeen,
    Post,
    Publish,
    Receipt,
)
from orchestrator.settings import Settings

# Our clock and Slack's may differ by a little when we look for a post "since": the key decides, not the moment.
MARGIN_US = 60_000_000


def open(name: str, settings: Settings) -> Slack:
    """The connection called `name`. No I/O yet."""
    return Slack(settings)


class Slack:
    """Slack as the core knows it (orchestrator.ports.Adapter)."""

    def __init__(self, settings: Settings) -> None:
        token = settings.slack_bot_token
        self._settings = settings
        self._web = Web(settings.slack_api_url, token.get_secret_value() if token else None)
        self._direct: dict[str, str] = {}
        self._heard_at: float | None = None  # monotonic seconds when Socket Mode was last connected

    @property
    def capabilities(self) -> Capabilities:
        return outbound.CAPABILITIES

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]:
        return outbound.calls(to, outgoing, key)

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        """Act once (see ports). Acting on a message in a direct chat first asks for that chat's id."""
        if to.place_ref is None and to.member_ref and not isinstance(outgoing, Post | Form):
            to = Address(place_ref=self._direct_chat(to.member_ref), member_ref=to.member_ref)
        if isinstance(outgoing, Document):
            self.calls(to, outgoing, key)  # the last gate
            self._web.upload(to.place_ref or "", outgoing, outbound.comment_of(outgoing))
            return Receipt(place_ref=to.place_ref)
        answer: Mapping[str, Any] = {}
        for call in outbound.calls(to, outgoing, key):
            answer = self._web.act(call)
        return _receipt(to, outgoing, answer)

    def find(self, to: Address, outgoing: Outgoing, key: str, since: int) -> list[Receipt] | None:
        """Posts of ours that carry `key`, oldest first.

        Edits, reactions and removals may be sent again without harm: for them nothing is found ([]).
        A form, a notice or a file carries no key to look for (None).
        """
        if isinstance(outgoing, Form | Notice | Document):
            return None
        if not isinstance(outgoing, Post):
            return []
        place = to.place_ref or self._direct_chat(to.member_ref or "")
        method = "conversations.replies" if outgoing.under else "conversations.history"
        messages = self._web.pages(
            method,
            "messages",
            channel=place,
            ts=outgoing.under,
            oldest=_ts(since - MARGIN_US),
            include_all_metadata="true",
            limit=PAGE,
        )
        refs = sorted(message["ts"] for message in messages if _carries(message, key))
        return [Receipt(message_ref=ref, place_ref=place, at=moment(ref)) for ref in refs]

    def listen(self, publish: Publish, may_listen: Callable[[], bool], stop: threading.Event) -> None:
        """Socket Mode where an app token is set; else only wait: the hook receives.

        `may_listen` is not asked: Slack gives every event to one of the connections, two are safer.
        """
        token = self._settings.slack_app_token
        if token is None:
            stop.wait()
            return
        opener = client(self._settings.slack_api_url, None)
        self._heard_at = self._heard_at or time.monotonic()
        line = receive.Line(opener, token.get_secret_value(), publish, self._heard)
        receive.listen(self._routes, line, stop)

    def silent_for(self) -> float:
        """With signed HTTP a silent Slack and a quiet one look the same: 0."""
        return time.monotonic() - self._heard_at if self._heard_at is not None else 0.0

    def _heard(self) -> None:
        self._heard_at = time.monotonic()

    def hook(self, headers: Mapping[str, str], body: bytes, publish: Publish) -> HookAnswer:
        """Signed HTTP deliveries; without a signing secret nobody is let in."""
        secret = self._settings.slack_signing_secret
        if secret is None:
            return HookAnswer(401)
        return receive.answer(self._routes, SignatureVerifier(secret.get_secret_value()), headers, body, publish)

    def resolve(self, ref: str) -> PlaceSeen:
        return directory.resolve(self._web, ref)

    def places(self) -> list[PlaceSeen]:
        return directory.places(self._web)

    def member(self, ref: str) -> MemberSeen:
        return directory.member(self._web, ref)

    def people(self, place_ref: str) -> list[MemberSeen]:
        return directory.people(self._web, place_ref)

    def check(self, places: Sequence[Address]) -> list[Finding]:
        return doctor.findings(self._web, self._settings, places)

    def close(self) -> None:
        """Nothing is held between calls; `listen` ends by its own `stop`."""

    @cached_property
    def _routes(self) -> Any:
        return receive.routes()

    def _direct_chat(self, member_ref: str) -> str:
        """The id of the direct chat with a member: https://docs.slack.dev/reference/methods/conversations.open/"""
        if member_ref not in self._direct:
            answer = self._web.act(Call("conversations.open", {"users": member_ref}))
            self._direct[member_ref] = str(answer["channel"]["id"])
        return self._direct[member_ref]


def _receipt(to: Address, outgoing: Outgoing, answer: Mapping[str, Any]) -> Receipt:
    if not isinstance(outgoing, Post | Edit):
        return Receipt(place_ref=to.place_ref)
    ref = answer.get("ts")
    return Receipt(
        message_ref=ref, place_ref=answer.get("channel"), at=moment(ref) if isinstance(outgoing, Post) else None
    )


def _carries(message: Mapping[str, Any], key: str) -> bool:
    mark = message.get("metadata") or {}
    return mark.get("event_type") == outbound.EVENT_TYPE and (mark.get("event_payload") or {}).get("key") == key


def _ts(moment_us: int) -> str:
    return f"{moment_us // 1_000_000}.{moment_us % 1_000_000:06d}"
