"""Every answer's security headers, and the check that a form was sent from our own page."""

from __future__ import annotations

from ipaddress import ip_address
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

#: What programs ask under any name (a container's, say): nothing there is secret, and nothing can be done.
FOR_PROGRAMS = ("/healthz", "/readyz", "/metrics")


class Guard:
    """Refuses what another site could make a browser send: a foreign Host, a foreign Origin.

    A stranger's DNS name may point at this console (at 127.0.0.1, behind which a container is published, or at an
    address of a private network), and that page's script would then share our origin. But it must name itself in
    Host. So only addresses are answered, `localhost`, and the very name in TERTULIA_CONSOLE_ADDRESS; on loopback,
    only loopback addresses.
    """

    def __init__(self, app: ASGIApp, address: str) -> None:
        self.app = app
        self.own_name = _name(address)
        self.on_loopback = _is_loopback(self.own_name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if what := self._refuses(scope["method"], scope["path"], Headers(scope=scope)):
            await PlainTextResponse(what, 403)(scope, receive, _with_headers(send))
            return
        await self.app(scope, receive, _with_headers(send))

    def _refuses(self, method: str, path: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        reads = method in ("GET", "HEAD")
        if not self._is_ours(_name(host)) and not (reads and path in FOR_PROGRAMS and not self.on_loopback):
            where = "127.0.0.1" if self.on_loopback else "its address"
            return f"this console answers on {where} only"
        if reads:
            return None
        origin = headers.get("origin")
        same = urlsplit(origin).netloc == host if origin else headers.get("sec-fetch-site") in (None, "same-origin")
        return None if same else "this form was not sent from our own page"

    def _is_ours(self, name: str) -> bool:
        if self.on_loopback or name == "localhost":
            return _is_loopback(name)
        return name == self.own_name or _is_address(name)


def _name(host: str) -> str:
    """A Host header's name or address, without its port and brackets; nothing for what is neither."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return wrapped
