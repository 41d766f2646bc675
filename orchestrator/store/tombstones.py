"""Tombstones of those who were erased: what they did until then, told late or again, brings nobody back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.store.among import among
from orchestrator.store.tables import Tombstone
from orchestrator.store.upsert import insert

Who: TypeAlias = tuple[int, str]
"""connection_id and ref: what one platform calls one person."""

Erased: TypeAlias = Mapping[Who, datetime]
"""When people were erased."""

#: An act without a moment of its own (a vote, a press on Telegram) may have waited so long at the platform:
#: Telegram keeps what nobody took for 24 hours (https://core.telegram.org/bots/api#getting-updates).
UNDATED_WAITS = timedelta(hours=25)

#: So long may a command or a form of Slack be told again, which have no moment either: it keeps none back.
RETOLD_WITHIN = timedelta(minutes=10)


def digest(key: bytes, who: Who) -> str:
    """The only thing that is kept of somebody who was erased."""
    return hmac.new(key, f"{who[0]}:{who[1]}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def bury(session: Session, key: bytes, people: Iterable[Who], at: datetime) -> None:
    """Set a tombstone for each; who came back and goes again has one, of the later moment."""
    for who in people:
        made = insert(session, Tombstone).values(digest=digest(key, who), erased_at=at)
        session.execute(made.on_conflict_do_update(index_elements=["digest"], set_={"erased_at": at}))


def buried(session: Session, key: bytes | None, people: Iterable[Who]) -> dict[Who, datetime]:
    """Those of these people who have a tombstone, and its moment."""
    if key is None:
        return {}
    by_digest = {digest(key, who): who for who in people}
    rows = select(Tombstone.digest, Tombstone.erased_at).where(among(session, Tombstone.digest, list(by_digest)))
    return {by_digest[found]: at for found, at in session.execute(rows)} if by_digest else {}
