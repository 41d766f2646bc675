"""The fake's HTTP side: /bot<token>/METHOD as Telegram answers it, and /_ledger for other processes."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.fakes import telegram_methods as methods
from tests.fakes.telegram_rules import File, Refusal

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


def parts(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart request; a part with a file name is a File."""
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in whole.iter_parts():
        name, file = str(part.get_param("name", header="content-disposition")), part.get_filename()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[name] = content.decode() if file is None else File(file, content)
    return found


class Server(ThreadingHTTPServer):
    """One fake on a free port of this machine."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fake: FakeTelegram, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.fake = fake
        self.lines: set[socket.socket] = set()
        threading.Thread(target=self.serve_forever, args=(0.02,), name="fake telegram", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, which may carry many requests."""
        self.lines.add(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End every connection: whoever is away answers nobody, not even those it was talking to."""
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle of an answer is nothing to print."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/_ledger":
            return self._answer(200, self.server.fake.ledger())
        return self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.server.fake
        if self.path == "/_act":
            return self._answer(200, fake.act(json.loads(body)))
        _, bot, method = [*self.path.partition("?")[0].split("/"), "", ""][:3]
        if bot != f"bot{fake.token}" or fake.token_gone:
            return self._refuse(Refusal(401, "Unauthorized"))
        return self._call(method, self._arguments(body))

    def _call(self, method: str, args: dict[str, Any]) -> None:
        fake = self.server.fake
        fault = fake.next_fault(method)
        if fault == "slow":
            time.sleep(fake.slow_seconds)
        if fault == "drop request":
            return self._hang_up()
        if fault == "too fast":
            return self._refuse(
                Refusal(429, f"Too Many Requests: retry after {fake.retry_after}", retry_after=fake.retry_after)
            )
        try:
            with fake.lock:
                fake.count(method)
                result = methods.call(fake, method, args)
        except Refusal as refusal:
            return self._refuse(refusal)
        if fault == "drop reply":
            return self._hang_up()
        if fault == "server error":
            return self._answer(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"})
        return self._answer(200, {"ok": True, "result": result, "not_yet_invented": {"by": "Telegram"}})

    def _arguments(self, body: bytes) -> dict[str, Any]:
        if "json" in (self.headers.get("Content-Type") or ""):
            decoded: dict[str, Any] = json.loads(body or b"{}")
            return decoded
        if "multipart" in (self.headers.get("Content-Type") or ""):
            return parts(str(self.headers["Content-Type"]), body)
        given = body.decode() or self.path.partition("?")[2]
        return dict(parse_qsl(given, keep_blank_values=True))

    def _refuse(self, refusal: Refusal) -> None:
        answer: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
        if refusal.parameters:
            answer["parameters"] = refusal.parameters
        self._answer(refusal.code, answer)

    def _answer(self, status: int, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        """The connection breaks before an answer."""
        self.close_connection = True
        self.connection.close()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(time.time() - self.server.fake.skew, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to print."""
