"""Slack's deliveries: who is let in, what is answered, and that the acknowledgement follows the commit."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from slack_sdk.signature import SignatureVerifier

from adapters.slack import adapter as slack
from orchestrator.ports import HookAnswer, Inbound
from orchestrator.settings import Settings
from tests.adapters import rig_slack
from tests.adapters.rig_slack import ANA, SALON, SlackRig
from tests.fakes.slack import SIGNING_SECRET

MESSAGE = {
    "type": "message",
    "channel": SALON,
    "channel_type": "channel",
    "user": ANA,
    "ts": "1796027400.000100",
    "text": "a",
}
EVENT = {"type": "event_callback", "event": MESSAGE}
COMMAND = b"command=%2Ftertulia&text=stop&user_id=U0ANA&channel_id=C0SALON&trigger_id=1.2.a"


@pytest.fixture(params=["socket", "http"])
def rig(request: pytest.FixtureRequest) -> Iterator[SlackRig]:
    with rig_slack.opened(http=request.param == "http") as rig:
        yield rig


# --- signed HTTP


def signed(body: bytes, *, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    moment = str(int(at or time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    return {"x-slack-request-timestamp": moment, "x-slack-signature": str(signature)}


def hook(body: bytes, headers: dict[str, str], publish: Callable[[Sequence[Inbound]], None]) -> HookAnswer:
    settings = Settings(slack_bot_token="xoxb-1", slack_signing_secret=SIGNING_SECRET)
    return slack.open("slack", settings).hook(headers, body, publish)


def nothing(_: Sequence[Inbound]) -> None:
    raise AssertionError("published without being signed")


def full(_: Sequence[Inbound]) -> None:
    raise OSError("the disk is full")


BODY = json.dumps(EVENT).encode()
FORGED = {
    "not signed": {},
    "another secret": signed(BODY, secret="f" * 32),
    "another body": signed(BODY + b" "),
    "too old": signed(BODY, at=time.time() - 3600),
    "from the future": signed(BODY, at=time.time() + 3600),
    "no number": {**signed(BODY), "x-slack-request-timestamp": "yesterday"},
    "no signature": {"x-slack-request-timestamp": str(int(time.time()))},
    "odd letters": {**signed(BODY), "x-slack-signature": "v0=é"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_only_slack_is_let_in_and_nobody_learns_why_not(headers: dict[str, str]) -> None:
    assert hook(BODY, headers, nothing) == HookAnswer(401)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert (
        hook(
            b"\xff\xfe", {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "v0=1"}, nothing
        ).status
        == 401
    )


def test_without_a_signing_secret_nobody_is_let_in() -> None:
    adapter = slack.open("slack", Settings(slack_bot_token="xoxb-1"))
    assert adapter.hook(signed(BODY), BODY, nothing) == HookAnswer(401)


def test_a_huge_body_is_refused_before_it_is_hashed() -> None:
    assert hook(b"x" * 1_000_001, {}, nothing).status == 413


def test_slacks_test_of_our_address_is_answered() -> None:
    body = b'{"type":"url_verification","challenge":"3eZbrw1aB","token":"x"}'
    assert hook(body, signed(body), nothing) == HookAnswer(200, b"3eZbrw1aB")


@pytest.mark.parametrize("body", [BODY, COMMAND], ids=["event", "command"])
def test_what_could_not_be_kept_is_asked_for_again(body: bytes) -> None:
    assert hook(body, signed(body), full).status == 503


@pytest.mark.parametrize("body", [BODY, COMMAND], ids=["event", "command"])
def test_what_was_kept_is_answered_quickly_and_without_words(body: bytes) -> None:
    kept: list[Inbound] = []
    assert hook(body, signed(body), kept.extend) == HookAnswer(200)
    assert len(kept) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"event_callback","event":{"type":"brand_new"}}',
        b"payload=%7B%22type%22%3A%22shortcut%22%7D",
        b"ssl_check=1&token=x",
    ],
)
def test_what_says_nothing_to_us_still_gets_its_ok(body: bytes) -> None:
    assert hook(body, signed(body), nothing).status == 200


def test_half_a_character_hides_no_event() -> None:
    kept: list[Inbound] = []
    body = json.dumps({**EVENT, "team_id": "\ud83d"}).encode()
    assert hook(body, signed(body), kept.extend) == HookAnswer(200)
    assert len(kept) == 1


@pytest.mark.parametrize(
    "body", [b"{", b"payload=%7B", b"payload=%7B%22type%22%3A%22view_submission%22%7D", b"[]", b"nonsense"]
)
def test_signed_nonsense_does_no_harm(body: bytes) -> None:
    assert hook(body, signed(body), nothing).status in (200, 400)


# --- both ways in


def says(rig: SlackRig) -> None:
    rig.fake.says(ANA, SALON, "bonjour")


def commands(rig: SlackRig) -> None:
    rig.fake.commands(ANA, SALON, "stop")


@pytest.mark.parametrize("act", [says, commands])
def test_the_acknowledgement_follows_the_commit(rig: SlackRig, act: Callable[[SlackRig], None]) -> None:
    at_commit: list[int | None] = []
    rig.before_commit = lambda: at_commit.append(rig.fake.delivered[-1].status)
    act(rig)
    assert (at_commit, rig.fake.delivered[-1].status) == ([None], 200)


@pytest.mark.parametrize("act", [says, commands])
def test_what_was_not_kept_is_not_acknowledged_and_comes_again(rig: SlackRig, act: Callable[[SlackRig], None]) -> None:
    def full() -> None:
        raise OSError("the disk is full")

    rig.fake.patience = 0.5
    rig.before_commit = full
    act(rig)
    assert rig.fake.delivered[-1].status in (None, 503)
    rig.before_commit = bool
    rig.fake.again()
    assert (rig.fake.delivered[-1].status, len(rig.published)) == (200, 1)


def test_a_sent_form_closes(rig: SlackRig) -> None:
    rig.fake.workspace.views[ANA] = {"id": "V1", "type": "modal", "callback_id": "answer", "private_metadata": "{}"}
    sent = rig.fake.submits(ANA, "du miel")
    assert (sent.status, sent.answer) == (200, b"")


def test_a_renewed_connection_goes_on_receiving() -> None:
    with rig_slack.opened() as rig:
        rig.fake.patience = 15.0  # slack_sdk first waits for its old connection to fall silent (3 s)
        rig.says("avant")
        rig.fake.renew_connections()
        rig.says("après")
    assert [one.text for one in rig.published] == ["avant", "après"]


def test_listening_ends_even_when_slack_cannot_be_reached() -> None:
    adapter = slack.open(
        "slack", Settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1", slack_api_url="http://127.0.0.1:9")
    )
    stop = threading.Event()
    listener = threading.Thread(target=adapter.listen, args=(nothing, lambda: True, stop))
    listener.start()
    stop.set()
    listener.join(10)
    assert not listener.is_alive()
