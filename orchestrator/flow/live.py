"""Makes one playbook's version and rituals live, and finds each ritual's next moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.flow import edited, moments
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.schema import Ritual as Written
from orchestrator.store import rituals
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Community, PlaybookRow, Ritual, Run

Outcome = dict[str, list[Any]]
"""Paths by what was done: added, changed, renamed (pairs), retired, unchanged."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A playbook about to be live, beside the version that was."""

    session: Session
    now: datetime
    community: Community
    above: PlaybookRow
    version_id: int
    new: Playbook
    old: Playbook | None
    rows: dict[str, Ritual]  # by name, retired ones too


def make_live(session: Session, community: Community, playbook: Playbook, now: datetime) -> Outcome:
    """Make a playbook's version the live one; tell what became of each ritual."""
    above = rituals.keep_playbook(session, community.id, playbook.playbook)
    old = rituals.bodies(session, [above.live_version_id]) if above.live_version_id else {}
    edition = Edition(
        session=session,
        now=now,
        community=community,
        above=above,
        version_id=rituals.keep_version(session, above.id, playbook, now),
        new=playbook,
        old=next(iter(old.values()), None),
        rows={row.name: row for row in session.scalars(select(Ritual).where(Ritual.playbook_id == above.id))},
    )
    outcome: Outcome = {"added": [], "changed": [], "renamed": [], "retired": [], "unchanged": []}
    for written in playbook.rituals.values():
        what, path = _ritual(edition, written)
        outcome[what].append(path)
    for row in edition.rows.values():
        if row.name not in playbook.rituals and row.retired_at is None:
            _retire(session, row, now)
            outcome["retired"].append(f"{above.name}/{row.name}")
    above.live_version_id = edition.version_id
    session.flush()
    return outcome


def _ritual(edition: Edition, written: Written) -> tuple[str, Any]:
    path = f"{edition.above.name}/{written.name}"
    row, former = _row(edition, written)
    if row is None:
        _add(edition, written)
        return "added", path
    before = edition.old.rituals.get(former or written.name) if edition.old else None
    came_back = row.retired_at is not None
    row.version_id, row.kind, row.retired_at = edition.version_id, written.kind, None
    known = Known(row, edition.above, edition.community, edition.new)
    if before is None or came_back:
        _pause_as_written(row, None, written, edition.now)
        _plan_next(edition, known)
        return "added", path
    _pause_as_written(row, before, written, edition.now)
    _follow(edition, known, before)
    if former is not None:
        return "renamed", (f"{edition.above.name}/{former}", path)
    return ("unchanged" if _same(edition, before, written) else "changed"), path


def _row(edition: Edition, written: Written) -> tuple[Ritual | None, str | None]:
    """The ritual's row, and its former name where `was` renames it now."""
    row = edition.rows.get(written.name)
    if row is not None or written.was is None or written.was in edition.new.rituals:
        return row, None
    row = edition.rows.pop(written.was, None)
    if row is None:
        return None, None
    row.former, row.name = row.name, written.name
    edition.rows[written.name] = row
    return row, row.former


def _add(edition: Edition, written: Written) -> None:
    row = Ritual(playbook_id=edition.above.id, version_id=edition.version_id, name=written.name, kind=written.kind)
    _pause_as_written(row, None, written, edition.now)
    edition.session.add(row)
    edition.session.flush()
    edition.rows[written.name] = row
    _plan_next(edition, Known(row, edition.above, edition.community, edition.new))


def _pause_as_written(row: Ritual, before: Written | None, written: Written, now: datetime) -> None:
    """`paused:` acts when it is written or taken away; between, `pause` and `resume` have the word."""
    if written.paused != (before.paused if before else False):
        row.paused_at = now if written.paused else None


def _follow(edition: Edition, known: Known, before: Written) -> None:
    """What an edit means for the next moment and for runs that are made ahead."""
    assert edition.old is not None
    if _times(edition.old, before) != _times(edition.new, known.written):
        edited.moved(edition.session, known.row, edition.now)
        _plan_next(edition, known)
    elif known.row.next_due_at is not None:
        known.row.next_at = moments.first_at(known.written, known.row.next_due_at)
    if not _same(edition, before, known.written):
        edited.reworded(edition.session, known, edition.now)


def _times(playbook: Playbook, ritual: Written) -> tuple[Any, ...]:
    return ritual.when, ritual.on_holiday, playbook.timezone, playbook.holidays


def _same(edition: Edition, before: Written, written: Written) -> bool:
    if edition.old is None or before != written:
        return False
    return edition.old.model_copy(update={"rituals": {}}) == edition.new.model_copy(update={"rituals": {}})


def _plan_next(edition: Edition, known: Known) -> None:
    """The next moment from now on that was never held: a local moment is held once."""
    held = set(edition.session.scalars(select(Run.key).where(Run.ritual_id == known.row.id)))
    found = moments.following(edition.new, known.written, edition.now - timedelta(microseconds=1))
    while found is not None and found.local in held:
        found = moments.following(edition.new, known.written, found.at)
    known.row.next_at = moments.first_at(known.written, found.at) if found else None
    known.row.next_due_at = found.at if found else None
    known.row.next_local = found.local if found else None


def retire_others(session: Session, kept: Collection[tuple[str, str]], now: datetime) -> list[str]:
    """Retire the rituals of every playbook but these (community, playbook); tell their paths."""
    found = (
        select(Ritual, PlaybookRow.name, Community.name)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .join(Community, Community.id == PlaybookRow.community_id)
        .where(Ritual.retired_at.is_(None))
        .order_by(PlaybookRow.name, Ritual.id)
    )
    gone = [(row, above) for row, above, community in session.execute(found) if (community, above) not in kept]
    for row, _ in gone:
        _retire(session, row, now)
    return [f"{above}/{row.name}" for row, above in gone]


def _retire(session: Session, row: Ritual, now: datetime) -> None:
    row.retired_at = now
    row.next_at = row.next_due_at = row.next_local = None
    edited.stop(session, row, "it was taken out of the playbook", now)
