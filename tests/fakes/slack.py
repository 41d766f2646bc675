"""A fake Slack on the loopback: real HTTP and WebSocket, strict arguments, a ledger, members who act, faults.

Truth in tests is `ledger`: what happened on the platform, in order. Other processes read it at /_ledger.
"""

from __future__ import annotations

import html
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier
from wsproto.events import TextMessage

from tests.fakes.slack_server import APP_TOKEN, BOT_TOKEN, Server
from tests.fakes.slack_workspace import Workspace

SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
# Slack waits three seconds for an acknowledgement: https://docs.slack.dev/apis/events-api/#responding
PATIENCE = 3.0

Hook = Callable[[Mapping[str, str], bytes], tuple[int, bytes]]


@dataclass
class Delivered:
    """One delivery to the app: how it was answered (None: never in time) and after how many seconds."""

    body: bytes
    content_type: str
    status: int | None = None
    answer: bytes = b""
    seconds: float = 0.0


class FakeSlack:
    """One workspace with its server. Deliveries go over Socket Mode unless `hook` names another way.

    hook: the address of a listener (http://…), or a function (headers, body) -> (status, body).
    """

    def __init__(self, *, hook: str | Hook | None = None, port: int = 0) -> None:
        self.workspace = Workspace()
        self.server = Server(self.workspace, port)
        self.hook = hook
        self.patience = PATIENCE
        self.delivered: list[Delivered] = []
        self.tokens = {"bot": BOT_TOKEN, "app": APP_TOKEN, "secret": SIGNING_SECRET}
        self._events = 0

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def faults(self) -> Any:
        return self.server.faults

    @property
    def ledger(self) -> list[dict[str, Any]]:
        return self.workspace.ledger

    def stop(self) -> None:
        self.server.stop()

    # --- faults

    def fail(self, method: str, code: str, *, lasting: bool = False) -> None:
        """Refuse the next call of that method (or all that follow) with a code."""
        if lasting:
            self.faults.lasting[method] = code
        else:
            self.faults.codes.setdefault(method, []).append(code)

    def drop_reply_after(self, acts: int = 1) -> None:
        """Carry the n-th act from now out, and close the connection instead of answering."""
        self.faults.drop_reply_in = acts

    def renew_connections(self) -> None:
        """Tell every Socket Mode client to come again, as Slack does every few hours."""
        for socket in list(self.server.sockets.open):
            self.server.sockets.forget(socket)
            socket.send(TextMessage(json.dumps({"type": "disconnect", "reason": "refresh_requested"})))

    # --- deliveries

    def deliver(self, payload: dict[str, Any], kind: str = "events_api") -> Delivered:
        """Give the app one payload and wait for its acknowledgement."""
        if self.hook is None:
            sent = Delivered(json.dumps(payload).encode(), kind)
        elif kind == "events_api":
            sent = Delivered(json.dumps(payload).encode(), "application/json")
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            sent = Delivered(urlencode(form).encode(), "application/x-www-form-urlencoded")
        return self._send(sent)

    def again(self) -> Delivered:
        """Deliver the last payload a second time, as after a lost acknowledgement."""
        last = self.delivered[-1]
        return self._send(Delivered(last.body, last.content_type))

    def event(self, event: dict[str, Any]) -> Delivered:
        """Wrap one event as the Events API does, and deliver it."""
        self._events += 1
        stamp = self.workspace.stamp()
        body = {
            "token": "x",
            "team_id": "T0CERCLE",
            "api_app_id": "A0TERTULIA",
            "event": {"event_ts": stamp, **event},
            "type": "event_callback",
            "event_id": f"Ev{self._events:08d}",
            "event_time": int(float(stamp)),
            "authorizations": [{"team_id": "T0CERCLE", "user_id": self.workspace.bot, "is_bot": True}],
        }
        return self.deliver(body)

    def _send(self, delivered: Delivered) -> Delivered:
        self.delivered.append(delivered)
        started = time.monotonic()
        if self.hook is None:
            self._over_socket(delivered)
        else:
            self._over_http(delivered)
        delivered.seconds = time.monotonic() - started
        return delivered

    def _over_socket(self, delivered: Delivered) -> None:
        socket = self.server.sockets.pick(self.patience)
        envelope = f"envelope-{len(self.delivered)}"
        acknowledged = self.server.sockets.acks.setdefault(envelope, threading.Event())
        if socket is None:
            return
        payload = {"envelope_id": envelope, "type": delivered.content_type, "payload": json.loads(delivered.body)}
        socket.send(TextMessage(json.dumps({**payload, "accepts_response_payload": False})))
        if acknowledged.wait(self.patience):
            delivered.status = 200

    def _over_http(self, delivered: Delivered) -> None:
        now = str(int(time.time()))
        signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=now, body=delivered.body)
        headers = {
            "content-type": delivered.content_type,
            "x-slack-request-timestamp": now,
            "x-slack-signature": str(signature),
        }
        if callable(self.hook):
            delivered.status, delivered.answer = self.hook(headers, delivered.body)
            return
        request = urllib.request.Request(str(self.hook), delivered.body, headers)
        try:
            with urllib.request.urlopen(request, timeout=self.patience) as response:
                delivered.status, delivered.answer = response.status, response.read()
        except urllib.error.HTTPError as error:
            delivered.status = error.code
            error.close()
        except OSError:
            delivered.status = None

    # --- members

    def says(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """A member writes; returns the message's ts."""
        message = {"type": "message", "user": user, "text": html.escape(text, quote=False)}
        if thread_ts:
            message["thread_ts"] = thread_ts
        kept = self.workspace.add(channel, message)
        root = self.workspace.message(channel, thread_ts) if thread_ts else None
        parent = {"parent_user_id": root["user"]} if root else {}
        kind = "im" if channel.startswith("D") else "channel"
        self.event({**kept, **parent, "channel": channel, "channel_type": kind, "event_ts": kept["ts"]})
        return str(kept["ts"])

    def edits(self, user: str, channel: str, ts: str, text: str) -> None:
        message = self.workspace.message(channel, ts)
        assert message is not None
        before = dict(message)
        message |= {"text": html.escape(text, quote=False), "edited": {"user": user, "ts": self.workspace.stamp()}}
        self.event(
            {
                "type": "message",
                "subtype": "message_changed",
                "channel": channel,
                "channel_type": "channel",
                "message": message,
                "previous_message": before,
                "ts": self.workspace.stamp(),
            }
        )

    def reacts(self, user: str, channel: str, ts: str, name: str) -> None:
        self.workspace.reactions.append((channel, ts, name, user))
        item = {"type": "message", "channel": channel, "ts": ts}
        self.event({"type": "reaction_added", "user": user, "reaction": name, "item": item})

    def joins(self, channel: str, name: str) -> str:
        """A new person comes; returns their id."""
        ref = f"U{1000 + len(self.workspace.users)}{name.upper()[:6]}"
        self.workspace.add_user(ref, name)
        self.workspace.channels[channel]["members"].append(ref)
        self.event({"type": "member_joined_channel", "user": ref, "channel": channel, "channel_type": "C"})
        return ref

    def bot_says(self, channel: str, text: str) -> None:
        kept = self.workspace.add(channel, {"type": "message", "user": "U0OTHER", "bot_id": "B0OTHER", "text": text})
        self.event({**kept, "channel": channel, "channel_type": "channel"})

    def presses(self, user: str, channel: str, ts: str, label: str) -> str:
        """A member presses the button with that label; returns the trigger that a form may use."""
        message = self.workspace.message(channel, ts)
        assert message is not None
        elements = [e for block in message.get("blocks", []) for e in block.get("elements", [])]
        button = next(e for e in elements if e.get("type") == "button" and e["text"]["text"] == label)
        trigger = f"{self.workspace.stamp()}.trigger"
        self.workspace.triggers[trigger] = user
        under = {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}
        self.deliver(
            {
                "type": "block_actions",
                "user": {"id": user},
                "trigger_id": trigger,
                "container": {"type": "message", "message_ts": ts, "channel_id": channel, **under},
                "channel": {"id": channel},
                "message": message,
                "actions": [{**button, "action_ts": self.workspace.stamp()}],
            },
            "interactive",
        )
        return trigger

    def submits(self, user: str, text: str, *, named: bool = True) -> Delivered:
        """A member fills the form that is open before them in, and sends it."""
        view = self.workspace.views.pop(user)
        chosen = [] if named else [{"value": "unnamed"}]
        values = {
            "answer": {"text": {"type": "plain_text_input", "value": text}},
            "unnamed": {"unnamed": {"type": "checkboxes", "selected_options": chosen}},
        }
        payload = {
            "type": "view_submission",
            "user": {"id": user},
            "trigger_id": f"{self.workspace.stamp()}.submit",
            "view": {**view, "state": {"values": values}},
        }
        return self.deliver(payload, "interactive")

    def commands(self, user: str, channel: str, text: str) -> Delivered:
        """A member types /tertulia and these words."""
        trigger = f"{self.workspace.stamp()}.command"
        fields = {"command": "/tertulia", "text": text, "user_id": user, "channel_id": channel, "trigger_id": trigger}
        return self.deliver({**fields, "team_id": "T0CERCLE", "response_url": f"{self.url}/response"}, "slash_commands")
