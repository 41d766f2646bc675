"""The console's ASGI app: its routes, and nothing else. Pages read rows and write rows; they never send."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from orchestrator.console import health, room
from orchestrator.console.guard import Guard
from orchestrator.flow.app import App

STATIC = Path(__file__).parent / "static"


def console(app: App) -> Starlette:
    """The console of one App. The practice room is there only while connections are rehearsed."""
    web = Starlette(
        routes=[
            Route("/", _home),
            *(_PRACTICE if app.rehearses else _NO_PRACTICE),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            Route("/metrics", health.metrics),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, address=app.settings.console_address)],
    )
    web.state.app = app
    return web


async def _home(_request: Request) -> Response:
    return RedirectResponse("/room")


async def _real(_request: Request) -> Response:
    """In the practice room guardrails are not asked: what it holds must never reach members."""
    return HTMLResponse(room.pages.get_template("real.html").render(), 404)


_PRACTICE = (Route("/room", room.show), Route("/room/act", room.act, methods=["POST"]))
_NO_PRACTICE = (Route("/room", _real), Route("/room/act", _real, methods=["POST"]))
