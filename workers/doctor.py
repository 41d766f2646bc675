"""The examination behind `tertulia doctor`: each check gives findings, none changes anything."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.errors import TertuliaError
from orchestrator.flow.app import App
from orchestrator.playbook import load
from orchestrator.ports import Adapter, Address, Finding
from orchestrator.store import migrate
from orchestrator.store.tables import Connection, Place
from workers import broker

#: Seconds by which this machine's clock may differ from the database's before we say so.
CLOCK_SECONDS = 2.0


def examine(app: App) -> list[Finding]:
    """Everything that is wrong, the foundations first."""
    findings = [*_database(app)]
    connections = {} if findings else _places(app)
    findings += [*_redis(app), *_playbooks(app), *_tokens(app)]
    for name, adapter in app.adapters.items():
        findings += _connection(name, adapter, connections.get(name, []))
    return findings


def _database(app: App) -> Iterator[Finding]:
    try:
        if not migrate.is_current(app.store):
            yield Finding("D101", "the database is empty or of another version", "run `tertulia migrate`")
            return
        yield from _clock(app)
    except SQLAlchemyError:
        yield Finding("D102", "the database does not answer", "start it, or correct TERTULIA_DATABASE_URL")


def _clock(app: App) -> Iterator[Finding]:
    if app.store.is_sqlite:
        return
    with app.store.read() as session:
        theirs = session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    apart = abs(float(theirs) - app.now().timestamp())
    if apart > CLOCK_SECONDS:
        yield Finding("D103", f"this machine's clock is {apart:.0f} s off the database's", "let NTP set both clocks")


def _redis(app: App) -> Iterator[Finding]:
    if app.settings.redis_url is None:
        return
    try:
        with broker.client(app.settings) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except redis.RedisError:
        yield Finding("D111", "Redis does not answer", "start it, or correct TERTULIA_REDIS_URL")
        return
    if policy != "noeviction":
        mend = "set maxmemory-policy to noeviction in Redis"
        yield Finding("D112", f"Redis may throw our bells away (maxmemory-policy is {policy})", mend)


def _playbooks(app: App) -> Iterator[Finding]:
    folder = app.settings.playbooks
    if folder is None:
        return
    if not folder.exists():
        yield Finding("D121", f"TERTULIA_PLAYBOOKS names {folder}, which is not there", "make it, or name another")
        return
    loaded = load.load([folder])
    if loaded.problems:
        yield Finding("D122", f"the playbooks have {len(loaded.problems)} mistakes", "run `tertulia check`")


def _tokens(app: App) -> Iterator[Finding]:
    """Once one token is set, a connection that a playbook names without one is never rehearsed by accident."""
    folder = app.settings.playbooks
    if not app.settings.has_tokens or folder is None or not folder.exists():
        return
    named = {
        connection
        for playbook in load.load([folder]).playbooks
        for places in playbook.spaces.values()
        for connection in places
    }
    settings = {"slack": "TERTULIA_SLACK_BOT_TOKEN", "telegram": "TERTULIA_TELEGRAM_TOKEN"}
    for connection in sorted(named - set(app.adapters)):
        what = f"your playbooks write to {connection}, which has no token"
        yield Finding("D131", what, f"set {settings.get(connection, 'its token')}")


def _places(app: App) -> dict[str, list[Address]]:
    live = select(Connection.name, Place.ref, Place.topic_ref).join(Place, Place.connection_id == Connection.id)
    found: dict[str, list[Address]] = {}
    with app.store.read() as session:
        for name, ref, topic_ref in session.execute(live.where(Place.retired_at.is_(None))):
            found.setdefault(name, []).append(Address(place_ref=ref, topic_ref=topic_ref or None))
    return found


def _connection(name: str, adapter: Adapter, places: list[Address]) -> list[Finding]:
    try:
        return adapter.check(places)
    except TertuliaError as error:
        mend = getattr(error, "mend", "") or "look at its token and at the network"
        return [Finding("D141", f"{name} could not be examined: {error}", mend)]
