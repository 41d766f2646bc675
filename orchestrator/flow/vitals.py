"""The signs of life: which parts beat, whether the database fits, and what waits."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select

from orchestrator.flow.app import App
from orchestrator.store import heartbeats, migrate
from orchestrator.store.tables import Approval, Delivery, Inbox

#: A part that did no work for this long is silent. Parts beat every 10 s, and tell when they last did their work;
#: red shows within 60 s.
SILENT_AFTER = timedelta(seconds=45)

#: A connection silent for this long was taken away for good; a part is always wanted.
FORGOTTEN_AFTER = timedelta(hours=24)

#: What a part is called in a sentence.
NAMES = {"listen": "listener", "worker": "worker", "clock": "clock", "console": "console"}

MENDS = {
    "listen": "start `tertulia run listen` again: meanwhile platforms keep what members say for a while",
    "worker": "start `tertulia run worker` again: nothing is posted meanwhile, and nothing is lost",
    "clock": "start `tertulia run clock` again: due rituals wait, within their on_missed",
    "console": "start `tertulia run console` again",
}

#: A connection is heard by the listener; it may be red while the listener is well.
CONNECTION_MEND = "run `tertulia doctor`, which tells what is between us and it; else start `tertulia run listen` again"

Signs = dict[str, dict[str, Any]]
"""By part: {"ok": bool, "seen_at": str or None, "what": str, "mend": str}."""

registry = CollectorRegistry()
_waiting = Gauge("tertulia_waiting", "Rows that wait, by kind", ["kind"], registry=registry)
_silent = Gauge("tertulia_part_silent_seconds", "Seconds since a part was last seen", ["part"], registry=registry)


def parts(app: App, here: bool = False) -> Signs:
    """The database, all four parts, and every connection heard in the last day; `here`: what runs on this host."""
    now = app.now()
    with app.store.read() as session:
        seen = heartbeats.last_seen(session, socket.gethostname() if here else "")
    recent = {part: seen_at for part, seen_at in sorted(seen.items()) if now - seen_at < FORGOTTEN_AFTER}
    wanted = {} if here else {part: _missing(part) for part in MENDS}
    signs = {part: _part(part, seen_at, now) for part, seen_at in recent.items()}
    return {"database": _sign(now, "the database answers", "")} | wanted | signs


def ready(app: App) -> Signs:
    """The database answers and fits this version."""
    if migrate.is_current(app.store):
        return {"database": _sign(app.now(), "the database answers and fits", "")}
    return {"database": _sign(None, "the database is of another version", "run `tertulia migrate`", ok=False)}


def without_database() -> Signs:
    """What we know when the database is away."""
    mend = "start the database, or correct TERTULIA_DATABASE_URL"
    return {"database": _sign(None, "the database does not answer", mend, ok=False)}


def waiting(app: App) -> dict[str, int]:
    """How many rows wait, by kind."""
    with app.store.read() as session:
        numbers = {
            f"delivery {state}": session.scalar(select(func.count()).where(Delivery.state == state)) or 0
            for state in ("due", "sending", "unknown", "held")
        }
        numbers["inbox"] = session.scalar(select(func.count(Inbox.id))) or 0
        numbers["approval"] = session.scalar(select(func.count()).where(Approval.state == "asked")) or 0
    return numbers


def count(app: App) -> dict[str, int]:
    """Bring the gauges up to date; give what waits."""
    numbers = waiting(app)
    for kind, number in numbers.items():
        _waiting.labels(kind).set(number)
    with app.store.read() as session:
        seen = heartbeats.last_seen(session)
    for part, seen_at in seen.items():
        _silent.labels(part).set((app.now() - seen_at).total_seconds())
    return numbers


def _part(part: str, seen_at: datetime, now: datetime) -> dict[str, Any]:
    silent, is_ours = int((now - seen_at).total_seconds()), part in MENDS
    if now - seen_at <= SILENT_AFTER:
        return _sign(seen_at, f"the {NAMES[part]} is at work" if is_ours else f"{part} is heard", "")
    if is_ours:
        return _sign(seen_at, f"the {NAMES[part]} has done nothing for {silent} s", MENDS[part], ok=False)
    return _sign(seen_at, f"{part} has not been heard for {silent} s", CONNECTION_MEND, ok=False)


def _missing(part: str) -> dict[str, Any]:
    return _sign(None, f"the {NAMES[part]} does not run", MENDS[part].replace(" again", "", 1), ok=False)


def _sign(seen_at: datetime | None, what: str, mend: str, *, ok: bool = True) -> dict[str, Any]:
    return {"ok": ok, "seen_at": seen_at and f"{seen_at:%Y-%m-%dT%H:%M:%SZ}", "what": what, "mend": mend}
