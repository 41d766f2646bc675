"""What ops ask: /healthz (is every part alive), /readyz (may traffic come), /metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orchestrator.flow import vitals
from orchestrator.flow.app import App


async def healthz(request: Request) -> Response:
    """Every part of the house, with when it was last seen: 200, or 503 when one is silent."""
    return await _answer(request, vitals.parts)


async def readyz(request: Request) -> Response:
    """Can this process reach its database, and does it fit?"""
    return await _answer(request, vitals.ready)


async def metrics(request: Request) -> Response:
    """Prometheus text."""
    await run_in_threadpool(vitals.count, request.app.state.app)
    return Response(generate_latest(vitals.registry), media_type=CONTENT_TYPE_LATEST)


async def _answer(request: Request, look: Callable[[App], dict[str, Any]]) -> Response:
    try:
        seen = await run_in_threadpool(look, request.app.state.app)
    except SQLAlchemyError:
        seen = vitals.without_database()
    ok = all(part["ok"] for part in seen.values())
    return JSONResponse({"ok": ok, "parts": seen}, 200 if ok else 503)
