"""Silences a ritual, a playbook or everything, at once also for what is already planned; and ends that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.store import rituals
from orchestrator.store.tables import Community, PlaybookRow, Ritual

Silenced = Community | PlaybookRow | Ritual


def pause(session: Session, path: str | None, now: datetime) -> list[str]:
    """Silence PLAYBOOK/RITUAL, PLAYBOOK, or everything (None); give the names now silent.

    Raises Refused for an unknown name. Each claim of a delivery asks again, so nothing planned leaves.
    """
    rows = _rows(session, path)
    silence(rows, now)
    return [row.name for row in rows]


def silence(rows: Sequence[Silenced], now: datetime) -> None:
    """Silence these rows of one kind; one that is silent already stays so since then."""
    for row in rows:
        row.paused_at = row.paused_at or now


def resume(session: Session, path: str | None, now: datetime) -> list[str]:
    """End that very pause; give the names. What was silenced by itself below stays silent.

    A ritual that stopped because nobody answered begins to count anew. Raises Refused for an unknown name.
    """
    rows = _rows(session, path)
    end_silence(session, rows, now)
    return [row.name for row in rows]


def end_silence(session: Session, rows: Sequence[Silenced], now: datetime) -> None:
    """End the pause of these rows of one kind, and let their rituals count unanswered runs anew."""
    for row in rows:
        row.paused_at = None
    session.execute(update(Ritual).where(Ritual.id.in_(_below(session, rows))).values(resumed_at=now))


def still_paused(session: Session, path: str | None) -> list[str]:
    """The playbooks and rituals under `path` that are silent by themselves, as paths."""
    below = _below(session, _rows(session, path))
    rows = session.execute(
        select(PlaybookRow.name, PlaybookRow.paused_at, Ritual.name)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .where(Ritual.id.in_(below), Ritual.retired_at.is_(None))
        .where(Ritual.paused_at.is_not(None) | PlaybookRow.paused_at.is_not(None))
        .order_by(PlaybookRow.name, Ritual.name)
    )
    return list(dict.fromkeys(book if paused_at else f"{book}/{ritual}" for book, paused_at, ritual in rows))


def _rows(session: Session, path: str | None) -> Sequence[Silenced]:
    if path is None:
        found = session.scalars(select(Community).order_by(Community.name)).all()
        if not found:
            raise Refused("no playbook is live", "make one live first: tertulia apply")
        return found
    if "/" in path:
        return [rituals.find(session, path).row]
    return rituals.find_playbooks(session, path)


def _below(session: Session, rows: Sequence[Silenced]) -> list[int]:
    """The rituals at or under these rows."""
    every = select(Ritual.id).join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
    ids = [row.id for row in rows]
    column = {Community: PlaybookRow.community_id, PlaybookRow: PlaybookRow.id, Ritual: Ritual.id}[type(rows[0])]
    return list(session.scalars(every.where(column.in_(ids))))
