"""What ops ask: /healthz (is every part alive), /readyz (may traffic come), /metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orchestrator.flow import vitals
from orchestrator.flow.app import App
from orchestrator.flow.vitals import Signs

#: Seconds a database gets to answer before we say that it does not: whoever asks waits no longer than about ten.
PATIENCE_SECONDS = 4.0

T = TypeVar("T")


async def healthz(request: Request) -> Response:
    """Every part of the house, with when it was last seen: 200, or 503 when one is silent."""
    return await _answer(request, vitals.parts)


async def readyz(request: Request) -> Response:
    """Can this process reach its database, and does it fit?"""
    return await _answer(request, vitals.ready)


async def metrics(request: Request) -> Response:
    """Prometheus text; 503 while the database does not answer."""
    counted = await _asked(partial(vitals.count, request.app.state.app))
    return Response(generate_latest(vitals.registry), 503 if counted is None else 200, media_type=CONTENT_TYPE_LATEST)


async def _answer(request: Request, look: Callable[[App], Signs]) -> Response:
    seen = await _asked(partial(look, request.app.state.app)) or vitals.without_database()
    ok = all(part["ok"] for part in seen.values())
    return JSONResponse({"ok": ok, "parts": seen}, 200 if ok else 503)


async def _asked(look: Callable[[], T]) -> T | None:
    """What a look into the database brought; None when it fails, or hangs (that thread ends when its look does)."""
    with anyio.move_on_after(PATIENCE_SECONDS):
        try:
            return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
        except SQLAlchemyError:
            return None
    return None
