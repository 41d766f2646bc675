"""Slack's deliveries, by signed HTTP or by Socket Mode: published first, acknowledged after the commit."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from socket import SHUT_RDWR
from typing import Any

from msgspec import Struct
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from adapters.slack.inbound import read, read_wire
from orchestrator.log import get
from orchestrator.ports import HookAnswer, Ignored, Publish

log = get("tertulia.slack")

# Slack's largest deliveries are interactions that carry their message: tens of kilobytes.
LARGEST_BODY = 1_000_000
ANYTHING = re.compile("", re.DOTALL)
PUBLISH = "publish"

# A connection that stays away this long, in seconds, is made anew (slackapi/python-slack-sdk#1701).
PATIENCE = 30.0
RETRY_EVERY = 5.0
FRAME = 65_536
CLOSE_WITHIN = 2.5


# --- commands, buttons and forms, routed by Bolt


def routes() -> App:
    """A Bolt app for what members do to us on purpose. It answers only after its listener has published."""
    app = App(
        client=WebClient(),  # without a token: these listeners only publish, the verbs act
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None),
        process_before_response=True,
        request_verification_enabled=False,  # the hook verified the raw bytes; the socket is Slack's own
        raise_error_for_unhandled_request=True,
    )
    for route in (app.command, app.action, app.view):
        route(ANYTHING)(_publish)
    app.error(_failed)
    return app


def _publish(ack: Callable[[], Any], body: dict[str, Any], context: Mapping[str, Any]) -> None:
    keep(read(body), context[PUBLISH])
    ack()


def _failed(error: Exception) -> BoltResponse:
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200)  # a kind we do not use: Slack still gets its OK
    log.warning("slack.not_kept", error=type(error).__name__)
    return BoltResponse(status=503)


def _dispatch(app: App, body: Any, mode: str, publish: Publish, headers: Mapping[str, str] | None = None) -> int:
    """Let Bolt route one command, button or form; the HTTP status to answer."""
    try:
        request = BoltRequest(body=body, headers=dict(headers or {}), context={PUBLISH: publish}, mode=mode)
        return app.dispatch(request).status
    except Exception as error:  # Bolt breaks on shapes that Slack does not send
        log.warning("slack.not_read", error=type(error).__name__)
        return 400


def keep(found: Any, publish: Publish) -> None:
    """Publish what a payload said, if it said anything."""
    if found and not isinstance(found, Ignored):
        publish(found)


# --- signed HTTP


def answer(
    app: App, verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes, publish: Publish
) -> HookAnswer:
    """Take one HTTP delivery: 401 unless Slack signed these bytes in the last 5 minutes, 503 unless kept.

    https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """
    if len(body) > LARGEST_BODY:
        return HookAnswer(413)
    if not _signed(verifier, headers, body):
        return HookAnswer(401)
    if not body.lstrip().startswith(b"{"):
        return HookAnswer(_dispatch(app, body.decode(), "http", publish, headers))
    return _event(body, publish)


def _signed(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        return bool(verifier.is_valid_request(body, dict(headers)))
    except (ValueError, UnicodeDecodeError, TypeError):  # a moment that is no number, bytes that are no text
        return False


def _event(body: bytes, publish: Publish) -> HookAnswer:
    found: Any = read_wire(body)
    if found is None:
        try:
            payload = json.loads(body)  # it takes half a character, which msgspec refuses
        except (ValueError, RecursionError):
            return HookAnswer(400)
        if isinstance(payload, dict) and payload.get("type") == "url_verification":
            return HookAnswer(200, str(payload.get("challenge", "")).encode())
        found = read(payload)
    try:
        keep(found, publish)
    except Exception as error:
        log.warning("slack.not_kept", error=type(error).__name__)
        return HookAnswer(503)  # Slack sends it again: at once, after a minute, after five
    return HookAnswer(200)


# --- Socket Mode


class Line(Struct, frozen=True):
    """What Socket Mode needs; `heard` is called as long as we are connected."""

    web: WebClient
    app_token: str
    publish: Publish
    heard: Callable[[], None]


def listen(app: App, line: Line, stop: threading.Event) -> None:
    """Receive over a WebSocket until `stop`. Two processes may: Slack gives each event to one of them.

    https://docs.slack.dev/apis/events-api/using-socket-mode/
    """
    while not stop.is_set():
        socket = SocketModeClient(line.app_token, web_client=line.web, receive_buffer_size=FRAME)
        socket.socket_mode_request_listeners.append(partial(_take, app, line.publish))
        try:
            _stay(socket, line.heard, stop)
        finally:
            _close(socket)


def _stay(socket: SocketModeClient, heard: Callable[[], None], stop: threading.Event) -> None:
    """Keep connected until `stop`; return earlier when the connection stays away."""
    seen = time.monotonic()
    while not stop.is_set() and time.monotonic() - seen < PATIENCE:
        if socket.is_connected():
            seen = time.monotonic()
            heard()
        elif socket.current_session is None:
            _connect(socket)
            if socket.is_connected():
                continue
        stop.wait(RETRY_EVERY)


def _connect(socket: SocketModeClient) -> None:
    try:
        socket.connect()
    except Exception as error:
        log.warning("slack.not_connected", error=type(error).__name__)


def _take(app: App, publish: Publish, socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
    """One envelope: acknowledged only once it is kept, so that Slack sends it again otherwise."""
    if request.type == "events_api":
        try:
            keep(read(request.payload), publish)
        except Exception as error:
            log.warning("slack.not_kept", error=type(error).__name__)
            return
    elif _dispatch(app, request.payload, "socket_mode", publish) != 200:
        return
    socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))


def _close(socket: SocketModeClient) -> None:
    """End the connection and its threads, in less than CLOSE_WITHIN seconds whatever the network does."""
    socket.closed = True
    socket.auto_reconnect_enabled = False
    ending = threading.Thread(target=_end, args=(socket,), daemon=True)
    ending.start()
    ending.join(CLOSE_WITHIN)


def _end(socket: SocketModeClient) -> None:
    socket.current_app_monitor.shutdown()  # type: ignore[no-untyped-call]
    # The reader sits in recv for up to 3 s, the dispatcher waits a second for work: wake both.
    session = socket.current_session
    if session is not None and session.sock is not None:
        with contextlib.suppress(OSError):
            session.sock.shutdown(SHUT_RDWR)
    socket.message_queue.put(None)
    socket.close()
