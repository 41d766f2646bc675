"""Takes a name or a quotation out of what we post: at once out of what waits, by an edit out of what stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from orchestrator.flow.app import App
from orchestrator.ports import Edit
from orchestrator.render.markdown import clean, escape
from orchestrator.rituals.contract import Word
from orchestrator.rituals.excerpt import excerpt
from orchestrator.rules.names import first_name
from orchestrator.rules.traces import Instead, Traces
from orchestrator.store import deliveries, mentions, rituals
from orchestrator.store.mentions import Said
from orchestrator.store.tables import Delivery, Handle, Member, Place, Run

#: What our edits of posts that named or quoted somebody are called among deliveries.
STAGE = "unsaid"

#: Edits may wait so long for a platform that is away.
EDITED_WITHIN = timedelta(days=7)


def name(app: App, session: Session, member: Member, which: ColumnElement[bool], now: datetime) -> set[int]:
    """Leave a member's name out of these deliveries; gives the connections with something to send."""
    said = mentions.take_out_of(session, which, name_of(member), words(app, session, member.community_id))
    return {edit(session, one, now) for one in said}


def quotation(app: App, session: Session, run: Run, before: str, after: str | None, now: datetime) -> set[int]:
    """Let what a run's posts quoted of an answer follow it: its new wording, None where it was deleted."""
    instead = words(app, session, rituals.of_runs(session, [run])[run.id].community.id)
    if after is not None:
        instead = Instead(instead.name, str(escape(excerpt(after))))
    posts = (Delivery.run_id == run.id) & Delivery.handle_id.is_(None)
    said = mentions.take_out_of(session, posts, Traces(sayings=sayings([before])), instead)
    return {edit(session, one, now) for one in said}


def name_of(member: Member) -> Traces:
    """By which names a member stands in our posts."""
    return Traces(names=spelt([member.name]), first_names=spelt([first_name(member.name)]))


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
    """Let a post of ours show what it says now; where it is on its way, once it arrived. Gives its connection."""
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
