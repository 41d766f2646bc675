"""The fake Slack's front door: the Web API and Socket Mode on one port of the loopback, with faults."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, TextMessage

from tests.fakes import slack_files
from tests.fakes.slack_methods import ACTS, carry_out
from tests.fakes.slack_workspace import Workspace

BOT_TOKEN = "xoxb-fake-bot-token"
APP_TOKEN = "xapp-fake-app-token"


class Faults:
    """What shall go wrong next, and how often it did (a fault that never fired proves nothing)."""

    def __init__(self) -> None:
        self.codes: dict[str, list[str]] = {}
        self.lasting: dict[str, str] = {}
        self.drop_reply_in: int | None = None
        self.server_errors = 0
        self.too_fast: list[float] = []
        self.odd_answers: list[Any] = []  # said instead of the answer to what was carried out
        self.delay = 0.0
        self.token_gone = False
        self.fired: dict[str, int] = {}

    def fire(self, name: str) -> None:
        self.fired[name] = self.fired.get(name, 0) + 1

    def drops_reply(self) -> bool:
        """Counts acts down; true when this act's reply must be lost."""
        if self.drop_reply_in is None:
            return False
        self.drop_reply_in -= 1
        if self.drop_reply_in > 0:
            return False
        self.drop_reply_in = None
        self.fire("reply dropped")
        return True

    def refuses(self, method: str) -> str | None:
        once = self.codes.get(method)
        code = once.pop(0) if once else self.lasting.get(method)
        if code:
            self.fire(code)
        return code


class Sockets:
    """The open WebSocket connections; each envelope goes to one of them."""

    def __init__(self) -> None:
        self.open: list[Socket] = []
        self.acks: dict[str, threading.Event] = {}
        self.changed = threading.Condition()

    def pick(self, timeout: float) -> Socket | None:
        with self.changed:
            self.changed.wait_for(lambda: self.open, timeout)
            if not self.open:
                return None
            self.open.append(self.open.pop(0))
            return self.open[-1]

    def forget(self, socket: Socket) -> None:
        """Send nothing more on this connection."""
        with self.changed:
            if socket in self.open:
                self.open.remove(socket)


class Socket:
    """One WebSocket, framed by wsproto over the raw connection of an HTTP handler."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.raw = handler.connection
        self.wire = WSConnection(ConnectionType.SERVER)
        headers = [(name.lower().encode(), value.encode()) for name, value in handler.headers.items()]
        self.wire.initiate_upgrade_connection(headers, handler.path)
        self.sending = threading.Lock()

    def send(self, event: Any) -> None:
        with self.sending:
            self.raw.sendall(self.wire.send(event))

    def run(self, heard: Callable[[str], None]) -> None:
        """Answer pings and hand texts on until the other side is gone."""
        text = ""
        while data := self.raw.recv(65536):
            self.wire.receive_data(data)
            for event in self.wire.events():
                if isinstance(event, Ping):
                    self.send(event.response())
                elif isinstance(event, TextMessage):
                    text += event.data
                    if event.message_finished:
                        heard(text)
                        text = ""
                elif isinstance(event, CloseConnection):
                    return


class Server:
    """The HTTP server and its threads."""

    def __init__(self, workspace: Workspace, port: int = 0) -> None:
        self.workspace, self.faults, self.sockets = workspace, Faults(), Sockets()
        self.clock_ahead = 0.0  # seconds that this server's clock is ahead
        outer = self

        class Handler(_Handler):
            server_of = outer

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.url = workspace.url = f"http://127.0.0.1:{self.http.server_port}"
        self._thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every WebSocket: from now on nothing can connect."""
        self.http.shutdown()
        self.http.server_close()
        self._thread.join()
        for socket in list(self.sockets.open):
            with contextlib.suppress(OSError):
                socket.raw.shutdown(2)


class _Handler(BaseHTTPRequestHandler):
    server_of: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((timestamp or time.time()) + self.server_of.clock_ahead, usegmt=True)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/_ledger":
            with self.server_of.workspace.lock:
                return self._say(200, self.server_of.workspace.ledger)
        if path == "/link":
            return self._socket()
        return self.do_POST()

    def do_POST(self) -> None:
        method = urlsplit(self.path).path.removeprefix("/api/")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        faults = self.server_of.faults
        time.sleep(faults.delay)
        if method.startswith(slack_files.UPLOAD):  # such an address is secret itself: no token goes there
            return self._say(200 if slack_files.take(self.server_of.workspace, method, body) else 400, "OK")
        if refusal := self._unauthorised(method):
            return self._say(200, {"ok": False, "error": refusal})
        if method == "apps.connections.open":
            link = self.server_of.url.replace("http:", "ws:") + "/link?ticket=1"
            return self._say(200, {"ok": True, "url": link})
        if method in ACTS and faults.too_fast:
            faults.fire("too fast")
            return self._say(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": f"{faults.too_fast.pop():g}"})
        if code := faults.refuses(method):
            return self._say(200, {"ok": False, "error": code})
        answer = carry_out(self.server_of.workspace, method, self._args(body))
        return self._reply(method, answer)

    def _reply(self, method: str, answer: dict[str, Any]) -> None:
        faults, headers = self.server_of.faults, {}
        status = 200
        if method in ACTS and faults.drops_reply():
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if method in ACTS and faults.server_errors:
            faults.server_errors -= 1
            faults.fire("server error")
            status, answer = 503, {"ok": False, "error": "service_unavailable"}
        elif answer.get("error") == "ratelimited":
            status, headers = 429, {"Retry-After": "1"}
        if faults.odd_answers:
            faults.fire("odd answer")
            answer = faults.odd_answers.pop(0)
        self._say(status, answer, headers)

    def _args(self, body: bytes) -> dict[str, Any]:
        sent = dict(parse_qsl(urlsplit(self.path).query))
        if "json" in (self.headers.get("content-type") or ""):
            return {**sent, **json.loads(body or b"{}")}
        return sent | dict(parse_qsl(body.decode(), keep_blank_values=True))

    def _unauthorised(self, method: str) -> str | None:
        given = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if not given:
            return "not_authed"
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        return "invalid_auth" if given != wanted or self.server_of.faults.token_gone else None

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(sent)))
        self.send_header("x-oauth-scopes", self.server_of.workspace.scopes)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def _socket(self) -> None:
        sockets = self.server_of.sockets
        socket = Socket(self)
        list(socket.wire.events())
        socket.send(AcceptConnection())
        socket.send(TextMessage(json.dumps({"type": "hello", "num_connections": 1})))
        with sockets.changed:
            sockets.open.append(socket)
            sockets.changed.notify_all()
        try:
            socket.run(self._acknowledged)
        except OSError:
            pass
        finally:
            sockets.forget(socket)
            self.close_connection = True

    def _acknowledged(self, text: str) -> None:
        waiting = self.server_of.sockets.acks.get(json.loads(text).get("envelope_id", ""))
        if waiting:
            waiting.set()
