"""How we speak to somebody: a playbook of their community, in their own language where it is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from orchestrator.flow import speak
from orchestrator.flow.ask import REPLY_WITHIN
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Post
from orchestrator.store import answers, deliveries, rituals
from orchestrator.store.tables import Handle, Member


def of_handle(session: Session, handle: Handle) -> Playbook | None:
    """The voice for a member, None while their community has no live ritual."""
    known = rituals.live(session, handle.community_id)
    if not known:
        return None
    return speak.in_language(known[0].playbook, session.get_one(Member, handle.member_id).language)


def say(session: Session, handle: Handle, event_key: str, text: str, now: datetime) -> None:
    """Plan a sentence to a member that answers the act with that key, as `ask.reply` would have done at once."""
    deliveries.plan(
        session,
        run=None,
        stage=answers.direct_stage(""),
        target=f"handle:{handle.id}:{event_key}",
        body=Post(text),
        handle=handle,
        not_before=now,
        late_until=now + REPLY_WITHIN,
        counts=False,
    )
