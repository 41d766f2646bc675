"""Posts to places, planned many at once: one statement a batch instead of two a post."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.ports import Outgoing
from orchestrator.store import bulk, deliveries
from orchestrator.store.tables import Asked, Delivery, Handle, Place, Run

Row = dict[str, Any]


def target_of(there: Place | Handle) -> str:
    """What a delivery is known by within its stage: its place, or its member over all their handles."""
    return f"place:{there.id}" if isinstance(there, Place) else f"member:{there.member_id}"


def row(path: str, run: Run, stage: str, there: Place | Handle, post: Outgoing, **more: Any) -> Row:
    """A post to be, as `deliveries.plan` would write it; `path` is the ritual's full name.

    more: not_before, late_until, if_unsure, state, under_id, unasked.
    """
    target = target_of(there)
    body = deliveries.encode(post)
    return {
        "key": hashlib.sha256(f"{path}|{run.key}|{stage}|{target}".encode()).hexdigest()[:16],
        "run_id": run.id,
        "stage": stage,
        "target": target,
        "connection_id": there.connection_id,
        "place_id": there.id if isinstance(there, Place) else None,
        "handle_id": there.id if isinstance(there, Handle) else None,
        "body": body,
        "digest": deliveries.digest(target, body),
        "counts": True,
        "token": 0,
        "tries": 0,
        "looks": 0,
        **more,
    }


def keep(session: Session, rows: Sequence[Row]) -> None:
    """Plan these posts; one that is planned already stays as it is."""
    bulk.put(session, Delivery, rows)


def remember(session: Session, asked: Sequence[tuple[Run, str]], now: datetime) -> None:
    """Keep the questions that runs drew in their rituals' memory, one a run."""
    rows = [{"ritual_id": run.ritual_id, "run_id": run.id, "question": question, "at": now} for run, question in asked]
    bulk.put(session, Asked, rows, key="run_id", anew=["question"])
