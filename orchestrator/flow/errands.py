"""What members asked for that nobody else may write meanwhile: linking, parting, forgetting. Each has a row."""

from __future__ import annotations

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.flow import erase, silence, unpraised, voices
from orchestrator.flow.app import App
from orchestrator.flow.asker import Asker
from orchestrator.playbook.schema import Playbook
from orchestrator.rituals.contract import Word
from orchestrator.store import errands, links, sharing
from orchestrator.store.session import is_away
from orchestrator.store.tables import Connection, Errand, Handle, Member

logger = log.get("errands")

SAID = {
    "one already": Word("link one already"),
    "same platform": Word("link same platform"),
    "a host": Word("link host"),
}


def leave(who: Asker, what: str, other_id: int | None = None) -> None:
    """Leave it to be done in a transaction of its own, right after this one; the sweep finds it otherwise."""
    errands.keep(who.hearing.session, what, who.handles[0].id, who.event_key, who.item.at, other_id)
    app = who.hearing.app
    who.hearing.afterwards.append(lambda: settle(app))


def settle(app: App) -> None:
    """Do what waits, oldest first, each alone in its transaction."""
    with app.store.read() as session:
        waiting = errands.waiting(session)
    for errand_id in waiting:
        try:
            _do(app, errand_id)
        except Exception as error:
            # An errand that takes so long that the server ends its transaction keeps no other back either.
            if is_away(error) and not getattr(error, "connection_invalidated", False):
                raise
            logger.error("errands.broke", errand=errand_id, reference=log.keep_bug())


def _do(app: App, errand_id: int) -> None:
    with app.store.read() as session:
        what = errands.what(session, errand_id)
    if what == "forget":
        erase.erase(app, errand_id)
    elif what is not None:
        _link_or_part(app, errand_id)


def _link_or_part(app: App, errand_id: int) -> None:
    with app.store.write() as session:
        sharing.alone(session)
        errand = errands.take(session, errand_id)
        if errand is None:
            return  # another process was quicker
        connections = set[int]()
        handle, other = session.get_one(Handle, errand.handle_id), None
        if errand.what == "link":
            word, connections = _link(app, session, errand)
            other = session.get(Handle, errand.other_id) if word is None else None
        else:
            word = _part(session, errand)
        _tell(app, session, errand, handle, word or other)
        if other is not None:
            _tell(app, session, errand, other, handle)
            connections.add(other.connection_id)
        crash_point("errands.before_commit")
    app.ring("deliver", sorted({handle.connection_id, *connections}))


def _tell(app: App, session: Session, errand: Errand, handle: Handle, what: Word | Handle | None) -> None:
    """Say what became of it; of two accounts that are one now both are told which the other is."""
    playbook = voices.of_handle(session, handle)
    if playbook is not None and what is not None:
        text = app.render.word(what, playbook) if isinstance(what, str) else _linked(app, session, playbook, what)
        voices.say(session, handle, errand.event_key, text, app.now())


def _linked(app: App, session: Session, playbook: Playbook, other: Handle) -> str:
    platform = session.get_one(Connection, other.connection_id).platform
    values = {"account": other.name or other.ref, "platform": platform.capitalize()}
    return str(app.render.text("member/linked", playbook, values))


def _link(app: App, session: Session, errand: Errand) -> tuple[Word | None, set[int]]:
    """In every community where both have a handle: why not, None where they are one now.

    What either asked for holds for what is planned for the other.
    """
    outcomes: set[str] = set()
    connections: set[int] = set()
    now = app.now()
    for one, other in links.pairs(session, errand.handle_id, errand.other_id or 0):
        if any(session.get_one(Member, handle.member_id).is_host for handle in (one, other)):
            outcomes.add("a host")  # whoever types a host's code, or has a host type theirs, would be one
            continue
        outcome, kept = links.join(session, one.member_id, other.member_id, now)
        outcomes.add(outcome)
        member = session.get_one(Member, kept)
        if member.opted_out_at is not None:
            connections |= silence.fall(app, session, kept, now)
        elif member.no_praise_at is not None:
            connections |= unpraised.fall(app, session, kept)
    if "linked" in outcomes:
        return None, connections
    return next((word for outcome, word in SAID.items() if outcome in outcomes), Word("link unknown")), connections


def _part(session: Session, errand: Errand) -> Word:
    parted = [links.separate(session, handle.member_id) for handle in links.siblings(session, errand.handle_id)]
    return Word("unlinked") if any(parted) else Word("not linked")
