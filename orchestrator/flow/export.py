"""Hands a member everything we hold about them, as one readable file, privately."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow import erase, voices
from orchestrator.flow.app import App
from orchestrator.flow.asker import Asker
from orchestrator.ports import Address, Document
from orchestrator.rituals.contract import Word
from orchestrator.store import dossier, erasure, mentions
from orchestrator.store.tables import Handle

logger = log.get("export")

NAME = "tertulia-{:%Y-%m-%d}.json"


def send(who: Asker) -> None:
    """Best effort, after the commit: the file is made then, and kept nowhere. Where it cannot leave, they are told."""
    hearing, playbook = who.hearing, who.voice()
    adapter, ref = hearing.adapter(who.item.connection_id), who.item.inbound.member_ref
    if playbook is None or adapter is None:
        return
    app, event_key, handle_ids = hearing.app, who.event_key, [handle.id for handle in who.handles]
    here, sorry = app.render.word(Word("export here"), playbook), app.render.word(Word("export failed"), playbook)

    def hand_over() -> None:
        with app.store.read() as session:
            content = _file(app, session, handle_ids)
        document = Document(NAME.format(app.now()), content, here)
        try:
            adapter.send(Address(member_ref=ref), document, f"export-{event_key}")
        except TertuliaError as error:
            logger.info("export.not_sent", error=type(error).__name__)
            with app.store.write() as session:
                voices.say(session, session.get_one(Handle, handle_ids[0]), event_key, sorry, app.now())

    hearing.afterwards.append(hand_over)


def _file(app: App, session: Session, handle_ids: Collection[int]) -> bytes:
    """What would be erased of them, handed over."""
    handles = {one.id: one for handle_id in handle_ids for one in erasure.everything_of(session, handle_id)}
    theirs = list(handles.values())
    named = mentions.posts(session, erasure.members_of(theirs), erase.traces_of(app, session, theirs))
    return dossier.file(session, theirs, named)
