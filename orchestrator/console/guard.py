"""Every answer's security headers, and the check that a form was sent from our own page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Refuses what another site could make a browser send: a foreign Host on loopback, a foreign Origin."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self.app = app
        self.on_loopback = address.rsplit(":", 1)[0] in ("127.0.0.1", "localhost", "[::1]")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if what := self._refuses(scope["method"], Headers(scope=scope)):
            await PlainTextResponse(what, 403)(scope, receive, _with_headers(send))
            return
        await self.app(scope, receive, _with_headers(send))

    def _refuses(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        # A name that a stranger's DNS points at 127.0.0.1 must not reach the console.
        if self.on_loopback and host.rsplit(":", 1)[0] not in ("127.0.0.1", "localhost", "[::1]"):
            return "this console answers on 127.0.0.1 only"
        if method in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        same = urlsplit(origin).netloc == host if origin else headers.get("sec-fetch-site") in (None, "same-origin")
        return None if same else "this form was not sent from our own page"


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return wrapped
