"""Named queries over what members proposed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from orchestrator.store.tables import Handle, Idea
from orchestrator.store.upsert import insert


def keep(session: Session, handle: Handle, event_key: str, text: str, at: datetime) -> None:
    """Keep an idea of a member for their community; told again it is one. event_key: digest of what told it."""
    row = insert(session, Idea).values(
        community_id=handle.community_id,
        connection_id=handle.connection_id,
        event_key=event_key,
        handle_id=handle.id,
        member_id=handle.member_id,
        at=at,
        text=text,
    )
    session.execute(row.on_conflict_do_nothing())
