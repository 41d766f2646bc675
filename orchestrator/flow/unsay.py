"""Takes a name or a quotation out of what we post: at once out of what waits, by an edit out of what stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from orchestrator.flow import effects
from orchestrator.flow.app import App
from orchestrator.ports import Edit
from orchestrator.render.markdown import clean, escape
from orchestrator.rituals.contract import Word
from orchestrator.rituals.excerpt import excerpt
from orchestrator.rules.names import first_name
from orchestrator.rules.traces import Instead, Traces, requoted, without
from orchestrator.store import deliveries, mentions, rituals
from orchestrator.store.mentions import Said
from orchestrator.store.tables import Answer, Delivery, Handle, Member, Place, Run

#: Between two edits of one message that a member's own edits bring about.
BETWEEN_EDITS = timedelta(minutes=1)

#: Edits may wait so long for a platform that is away.
EDITED_WITHIN = timedelta(days=7)


def name(
    app: App, session: Session, which: ColumnElement[bool], traces: Traces, member: Member, now: datetime
) -> set[int]:
    """Leave a member's name out of these deliveries; gives the connections with something to send."""
    instead = words(app, session, member.community_id)
    said = mentions.take_out_of(session, which, lambda text: without(text, traces, instead))
    return {edit(session, one, now) for one in said}


def quotation(app: App, session: Session, about: Answer, before: str, now: datetime, *, gone: bool = False) -> set[int]:
    """Let what members read of an answer follow it: its new wording, or a word that it is gone.

    Only whole quotations are changed, and none that quotes another member who wrote the same.
    """
    run = session.get_one(Run, about.run_id)
    effects.lock(session, run)  # its recap may be written at this very moment
    instead = words(app, session, rituals.of_runs(session, [run])[run.id].community.id).saying
    if not gone:
        instead = str(escape(excerpt(about.text)))
    old = sayings([before])
    others = select(Answer.text).where(Answer.run_id == run.id, Answer.member_id != about.member_id)
    theirs = sayings(filter(None, session.scalars(others)))
    posts = (Delivery.run_id == run.id) & Delivery.counts & Delivery.handle_id.is_(None)
    said = mentions.take_out_of(session, posts, lambda text: requoted(text, old, theirs, instead))
    return {edit(session, one, now) for one in said}


def name_of(member: Member) -> Traces:
    """By which names a member stands in a text that is about them."""
    return Traces(names=spelt([member.name]), first_names=spelt([first_name(member.name)]))


def signature_of(app: App, session: Session, member: Member) -> Traces:
    """The same for texts about many things."""
    known = name_of(member)
    return replace(known, ordinary=ordinary(app, session, [member], known.names | known.first_names))


def ordinary(app: App, session: Session, people: Sequence[Member], names: Collection[str]) -> frozenset[str]:
    """Those of these names of a person that our texts use as words, or that others in their communities bear too."""
    here, ids = {one.community_id for one in people}, {one.id for one in people}
    others = select(Member.name).where(Member.community_id.in_(here), Member.id.not_in(ids), Member.erased_at.is_(None))
    borne = {word.casefold() for name in session.scalars(others) for word in (name, first_name(name))}
    ours = app.render.sources() + "".join(
        one.playbook.model_dump_json(exclude={"people", "hosts", "signature"})
        for community_id in here
        for one in rituals.live(session, community_id)
    )
    return frozenset(one for one in names if one.casefold() in borne or _is_word_of(one, ours))


def _is_word_of(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def words(app: App, session: Session, community_id: int) -> Instead:
    """What stands for a name and for a quotation in our posts, in the community's language."""
    known = rituals.live(session, community_id)
    if not known:
        return Instead("—", "…")
    word = app.render.word
    return Instead(word(Word("member"), known[0].playbook), word(Word("erased"), known[0].playbook))


def sayings(texts: Iterable[str]) -> frozenset[str]:
    """Texts in every spelling in which our posts quote them: as they were written, or on one line."""
    return spelt(one for text in texts for one in (text, excerpt(text, len(text))))


def spelt(texts: Iterable[str]) -> frozenset[str]:
    """A text in every spelling in which our posts hold it."""
    return frozenset(spelt for text in texts for spelt in (text, clean(text), str(escape(text))) if spelt.strip())


def edit(session: Session, said: Said, now: datetime) -> int:
    """Let a post of ours show what it says now; where it is on its way, once it arrived. Gives its connection.

    One edit of a message waits at most, and a minute lies between two: whoever edits an answer over and over does
    not keep a place busy.
    """
    row, new = said
    ref = new.message_ref if isinstance(new, Edit) else row.message_ref or ""
    act = Edit(ref, new.text, new.buttons)
    mine = (Delivery.stage == mentions.UNSAID, Delivery.target.startswith(f"delivery:{row.id}:"))
    before = list(session.scalars(select(Delivery).where(*mine).order_by(Delivery.id)))
    last = before[-1] if before else None
    if last is not None and last.state in deliveries.WAITING and deliveries.reword(session, last, act):
        return row.connection_id
    deliveries.plan(
        session,
        run=None,
        stage=mentions.UNSAID,
        target=f"delivery:{row.id}:{len(before)}",
        body=act,
        not_before=max(now, (last.sent_at or now) + BETWEEN_EDITS) if last is not None else now,
        late_until=now + EDITED_WITHIN,
        place=session.get(Place, row.place_id) if row.place_id is not None else None,
        handle=session.get(Handle, row.handle_id) if row.handle_id is not None else None,
        under_id=row.id if not ref else None if last is None else last.id,  # the newest text comes last
        counts=False,
    )
    return row.connection_id
