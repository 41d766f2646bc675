"""Who may talk to the console, by the Host and Origin that a browser cannot forge."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from orchestrator.console.guard import HEADERS, Guard

LAPTOP, CONTAINER, NAMED = "127.0.0.1:8484", "0.0.0.0:8484", "console.internal:8484"


async def _answer(_request: Request) -> Response:
    return PlainTextResponse("in")


def visit(address: str, method: str, path: str, headers: dict[str, str]) -> int:
    routes = [Route(where, _answer, methods=["GET", "POST"]) for where in ("/room", "/healthz", "/metrics")]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, address=address)])
    answer = asyncio.run(_ask(app, method, path, headers))
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    return answer.status_code


async def _ask(app: Starlette, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://any") as browser:
        return await browser.request(method, path, headers=headers)


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        (LAPTOP, "127.0.0.1:8484", 200),
        (LAPTOP, "localhost:8484", 200),
        (LAPTOP, "[::1]:8484", 200),
        (LAPTOP, "localhost", 200),
        (LAPTOP, "192.168.1.5:8484", 403),
        (LAPTOP, "stranger.example:8484", 403),
        (LAPTOP, "127.0.0.1.stranger.example:8484", 403),
        (LAPTOP, "[::1", 403),
        (CONTAINER, "127.0.0.1:8484", 200),  # published on 127.0.0.1 of the host
        (CONTAINER, "localhost:8484", 200),
        (CONTAINER, "192.168.1.5:8484", 200),
        (CONTAINER, "stranger.example:8484", 403),  # its DNS says 127.0.0.1
        (CONTAINER, "stranger.example", 403),
        (CONTAINER, "", 403),
        (NAMED, "console.internal:8484", 200),
        (NAMED, "stranger.example:8484", 403),
    ],
)
def test_a_name_that_is_not_ours_reaches_no_page(address: str, host: str, status: int) -> None:
    assert visit(address, "GET", "/room", {"host": host}) == status
    origin = {"origin": f"http://{host}"}  # a rebound page is of one origin with us
    assert visit(address, "POST", "/room", {"host": host, **origin}) == status


def test_programs_ask_for_health_under_a_containers_name_but_not_on_a_laptop() -> None:
    for path in ("/healthz", "/metrics"):
        assert visit(CONTAINER, "GET", path, {"host": "console:8484"}) == 200
        assert visit(CONTAINER, "POST", path, {"host": "console:8484"}) == 403
        assert visit(LAPTOP, "GET", path, {"host": "stranger.example:8484"}) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8484"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://stranger.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({}, 200),  # a program, not a browser
    ],
)
def test_a_form_is_taken_from_our_own_page_only(headers: dict[str, str], status: int) -> None:
    for address in (LAPTOP, CONTAINER):
        assert visit(address, "POST", "/room", {"host": "127.0.0.1:8484", **headers}) == status
