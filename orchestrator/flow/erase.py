"""Forgets a member who confirmed it: a last sentence to them, then nothing of them is left but numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import TertuliaError
from orchestrator.flow import silence, unsay, voices
from orchestrator.flow.app import App
from orchestrator.flow.decisions import as_written
from orchestrator.ports import Address, Post
from orchestrator.rituals.contract import Word
from orchestrator.rules.names import first_name
from orchestrator.rules.traces import Traces
from orchestrator.store import erasure, errands, mentions, sharing
from orchestrator.store.tables import Connection, Errand, Handle, Member

logger = log.get("erase")

#: Whoever tells them the last sentence erases them; so much later somebody else does.
TAKEN_OVER_AFTER = timedelta(seconds=20)


def erase(app: App, errand_id: int) -> None:
    """Tell them, then take them out of every table; done twice, or by two at once, it happens once."""
    if not _may_go_on(app, errand_id):
        return
    crash_point("erase.told")
    with app.store.write() as session:
        sharing.alone(session)
        errand = errands.take(session, errand_id)
        if errand is None:
            return
        connections = _erase(app, session, errand)
        crash_point("erase.before_commit")
    app.ring("deliver", sorted(connections))
    logger.info("erase.done", connections=sorted(connections))


def _may_go_on(app: App, errand_id: int) -> bool:
    """Say goodbye, best effort, while there is somebody to say it to. Only one process does."""
    now = app.now()
    with app.store.write() as session:
        errand = errands.tell(session, errand_id, now)
        if errand is None:
            told_at = errands.told_at(session, errand_id)
            return told_at is not None and told_at <= now - TAKEN_OVER_AFTER
        handle = session.get_one(Handle, errand.handle_id)
        playbook = voices.of_handle(session, handle)
        adapter = app.adapters.get(session.get_one(Connection, handle.connection_id).name)
        ref = handle.ref
    if playbook is None or adapter is None:
        return True
    try:
        adapter.send(
            Address(member_ref=ref), Post(app.render.word(Word("forgotten"), playbook)), f"farewell-{errand_id}"
        )
    except TertuliaError as error:
        logger.info("erase.untold", error=type(error).__name__)
    return True


def _erase(app: App, session: Session, errand: Errand) -> set[int]:
    """Everything in one transaction; the connections with something to edit."""
    now = app.now()
    handles = erasure.everything_of(session, errand.handle_id)
    ids = erasure.members_of(handles)
    connections = _fall_silent(app, session, ids)
    traces = traces_of(app, session, handles)
    instead = unsay.words(app, session, session.get_one(Handle, errand.handle_id).community_id)
    said = mentions.take_out(session, ids, traces, instead)
    theirs = {handle.id for handle in handles}
    connections |= {unsay.edit(session, one, now) for one in said if one.delivery.handle_id not in theirs}
    erasure.erase(session, handles, now, errand.at)
    return connections


def _fall_silent(app: App, session: Session, ids: Sequence[int]) -> set[int]:
    """As after "stop": what hosts were asked stands without them, and thanks to come leave them out."""
    now = app.now()
    members = [session.get_one(Member, one) for one in ids]
    for member in members:
        member.opted_out_at = member.opted_out_at or now
    connections = set[int]()
    for member in members:
        connections |= silence.fall(app, session, member.id, now)
    return connections


def traces_of(app: App, session: Session, handles: Sequence[Handle]) -> Traces:
    """By what the person behind these handles is known in what we posted."""
    ids = erasure.members_of(handles)
    known = mentions.known_by(session, ids, handles)
    hosts_read = map(as_written, known.names)  # whoever was a host stands so in what hosts were told
    names, first_names = unsay.spelt([*known.names, *hosts_read]), unsay.spelt(map(first_name, known.names))
    people = [session.get_one(Member, one) for one in ids]
    return Traces(
        refs=frozenset(handle.ref for handle in handles),
        names=names,
        first_names=first_names,
        sayings=unsay.sayings(known.texts),
        ordinary=unsay.ordinary(app, session, people, names | first_names),
    )
