"""The only wiring: settings → App."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

import adapters
from adapters.rehearsal.adapter import Rehearsal
from orchestrator.errors import Refused
from orchestrator.flow.app import App, wall_clock
from orchestrator.ports import Adapter
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store import migrate
from orchestrator.store.session import Store


def settings_for(settings: Settings, rehearsal: bool) -> Settings:
    """A rehearsal has a database of its own, unless one was named."""
    if not rehearses(settings, rehearsal) or "database_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"database_url": "sqlite:///var/rehearsal.db"})


def rehearses(settings: Settings, asked: bool) -> bool:
    """Without any token, or when asked, every connection is rehearsed: never by accident."""
    return asked or not settings.has_tokens


def store(settings: Settings, *, rehearsal: bool = False, must_fit: bool = False) -> Store:
    """The database of the settings; the folder of a SQLite file is made. `must_fit`: Refused when it does not."""
    url = settings_for(settings, rehearsal).database_url
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database:
        Path(parts.database).parent.mkdir(parents=True, exist_ok=True)
    kept = Store(url)
    if must_fit and not migrate.is_current(kept):
        raise Refused("the database is empty or of another version", "run `tertulia migrate`, or start `tertulia run`")
    return kept


def open(settings: Settings, *, rehearsal: bool = False, must_fit: bool = True) -> App:
    """An App of the settings. Raises Refused when the database does not fit, unless told otherwise."""
    kept = store(settings, rehearsal=rehearsal, must_fit=must_fit)
    rehearsing = rehearses(settings, rehearsal)
    connections = rehearsed(kept, wall_clock) if rehearsing else connected(settings)
    render = Renderer(settings.templates)
    settings = settings_for(settings, rehearsal)
    return App(settings=settings, store=kept, adapters=connections, render=render, rehearses=rehearsing)


def rehearsed(kept: Store, now: Callable[[], datetime]) -> dict[str, Adapter]:
    """Every connection, played by the rehearsal adapter with that platform's limits."""
    return {name: Rehearsal(name, kept, _pure_side(name), now) for name in adapters.PLATFORMS}


def connected(settings: Settings) -> dict[str, Adapter]:
    """The connections that have a token."""
    tokens = {"slack": settings.slack_bot_token, "telegram": settings.telegram_token}
    return {
        name: adapters.part(name, "adapter").open(name, settings)
        for name in adapters.PLATFORMS
        if tokens[name] is not None
    }


def _pure_side(platform: str) -> Any:
    return adapters.part(platform, "outbound")
