"""Forgets a member who confirmed it: a last sentence to them, then nothing of them is left but numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import TertuliaError
from orchestrator.flow import silence, unpraised, voices
from orchestrator.flow.app import App
from orchestrator.flow.decisions import as_written
from orchestrator.ports import Address, Edit, Post
from orchestrator.render.markdown import clean, escape
from orchestrator.rituals.contract import Word
from orchestrator.rituals.excerpt import excerpt
from orchestrator.rules.names import first_name
from orchestrator.rules.traces import Instead, Traces
from orchestrator.store import deliveries, erasure, errands, mentions, rituals, sharing
from orchestrator.store.mentions import Said
from orchestrator.store.tables import Connection, Errand, Handle, Member, Place

logger = log.get("erase")

#: Whoever tells them the last sentence erases them; so much later somebody else does.
TAKEN_OVER_AFTER = timedelta(seconds=20)

#: What our edits of posts that named somebody are called among deliveries.
STAGE = "erased"

#: Edits may wait so long for a platform that is away.
EDITED_WITHIN = timedelta(days=7)


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
    traces = traces_of(session, handles)
    instead = _instead(app, session, session.get_one(Handle, errand.handle_id))
    said = mentions.take_out(session, ids, traces, instead)
    theirs = {handle.id for handle in handles}
    connections |= {_edit(session, one, now) for one in said if one.delivery.handle_id not in theirs}
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
        silence.fall(session, member.id, now)
        connections |= unpraised.fall(app, session, member.id)
    return connections


def traces_of(session: Session, handles: Sequence[Handle]) -> Traces:
    """By what the person behind these handles is known in what we posted."""
    known = mentions.known_by(session, erasure.members_of(handles), handles)
    hosts_read = map(as_written, known.names)  # whoever was a host stands so in what hosts were told
    return Traces(
        refs=frozenset(handle.ref for handle in handles),
        names=_spelt([*known.names, *hosts_read]),
        first_names=_spelt(map(first_name, known.names)),
        sayings=_spelt(one for text in known.texts for one in (text, excerpt(text))),
    )


def _spelt(texts: Iterable[str]) -> frozenset[str]:
    """A text in every spelling in which our posts hold it."""
    return frozenset(spelt for text in texts for spelt in (text, clean(text), str(escape(text))) if spelt.strip())


def _instead(app: App, session: Session, handle: Handle) -> Instead:
    """What stands for them in our posts, in the community's language."""
    known = rituals.live(session, handle.community_id)
    if not known:
        return Instead("—", "…")
    word = app.render.word
    return Instead(word(Word("member"), known[0].playbook), word(Word("erased"), known[0].playbook))


def _edit(session: Session, said: Said, now: datetime) -> int:
    """Let a post of ours that named them say so no more, on its platform; where it is on its way, once it arrived."""
    row, new = said
    ref = new.message_ref if isinstance(new, Edit) else row.message_ref or ""
    deliveries.plan(
        session,
        run=None,
        stage=STAGE,
        target=f"delivery:{row.id}:{row.digest[:16]}",
        body=Edit(ref, new.text, new.buttons),
        not_before=now,
        late_until=now + EDITED_WITHIN,
        place=session.get(Place, row.place_id) if row.place_id is not None else None,
        handle=session.get(Handle, row.handle_id) if row.handle_id is not None else None,
        under_id=None if ref else row.id,
        counts=False,
    )
    return row.connection_id
