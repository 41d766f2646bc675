"""Asks a platform what a member is called, after the commit and only when it matters."""

from __future__ import annotations

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow.app import App
from orchestrator.flow.hearing import Hearing
from orchestrator.ports import Adapter
from orchestrator.store import members, sharing
from orchestrator.store.members import Speaker
from orchestrator.store.tables import Handle

logger = log.get("names")

#: Names asked for in one sweep: a few calls, so that a large community is learned in an hour and nobody waits.
AT_ONCE = 5


def learn(hearing: Hearing, speaker: Speaker) -> None:
    """Plan to ask for the name of somebody who answered and whose name we do not know."""
    adapter = hearing.adapter(speaker.connection_id)
    if adapter is not None:
        ref = hearing.session.get_one(Handle, speaker.handle_id).ref
        hearing.afterwards.append(lambda: _ask(hearing.app, adapter, speaker.handle_id, ref))


def _ask(app: App, adapter: Adapter, handle_id: int, ref: str) -> None:
    try:
        seen = adapter.member(ref)
    except TertuliaError as error:  # a recap then says "a member"
        logger.info("names.unknown", handle=handle_id, error=type(error).__name__)
        return
    if seen.name:
        with app.store.write() as session:
            sharing.enter(session)
            members.set_seen(session, handle_id, ref, seen)


def learn_some(app: App) -> None:
    """Ask for the names of a few members who spoke or came, and whose name nobody has told, each once a process."""
    with app.store.read() as session:
        nameless = members.nameless(session, app.asked_names, AT_ONCE)
    for handle_id, connection, ref in nameless:
        app.asked_names.add(handle_id)
        adapter = app.adapters.get(connection)
        if adapter is not None:
            _ask(app, adapter, handle_id, ref)
