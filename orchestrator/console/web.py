"""The console's ASGI app: its routes, and nothing else. Pages read rows and write rows; they never send."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
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
            Route("/room", room.show),
            Route("/room/act", room.act, methods=["POST"]),
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
