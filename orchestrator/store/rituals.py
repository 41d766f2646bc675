"""Queries about playbooks, their versions and their rituals."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import PurePath
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, or_, select
from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.playbook.load import from_body
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.schema import Ritual as Written
from orchestrator.store import bulk
from orchestrator.store.among import among
from orchestrator.store.tables import Asked, Community, PlaybookRow, PlaybookVersion, Ritual, Run
from orchestrator.store.upsert import insert

# Built once: that takes longer than asking.
_ROWS = (
    select(Ritual, PlaybookRow, Community)
    .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
    .join(Community, Community.id == PlaybookRow.community_id)
)
_DUE = (
    _ROWS.where(Ritual.next_at <= bindparam("now"), Ritual.retired_at.is_(None))
    .order_by(Ritual.next_at, Ritual.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=Ritual, skip_locked=True)
)
_WAITING = _ROWS.where(Ritual.retired_at.is_(None), Ritual.next_at.is_(None)).order_by(Ritual.id)


@dataclass(frozen=True)
class Known:
    """A ritual's row with the rows above it, and the version it lives under."""

    row: Ritual
    above: PlaybookRow
    community: Community
    playbook: Playbook

    @cached_property
    def path(self) -> str:
        """Its full name: what runs and deliveries are known by."""
        return f"{self.community.name}/{self.above.name}/{self.row.name}"

    @cached_property
    def written(self) -> Written:
        """The ritual as its manager wrote it, under its former name in a version from before that."""
        return self.playbook.rituals.get(self.row.name) or self.playbook.rituals[self.row.former or self.row.name]

    @property
    def is_paused(self) -> bool:
        """Is it silent, by itself or by what stands above it?"""
        return any(row.paused_at is not None for row in (self.row, self.above, self.community))


def keep_playbook(session: Session, community_id: int, name: str) -> PlaybookRow:
    """The row of a playbook, made when new."""
    values = {"community_id": community_id, "name": name}
    session.execute(insert(session, PlaybookRow).values(**values).on_conflict_do_nothing())
    return session.scalars(select(PlaybookRow).filter_by(**values)).one()


def keep_version(session: Session, playbook_id: int, playbook: Playbook, now: datetime) -> int:
    """The id of this immutable state of a playbook, made when new."""
    body = playbook.model_dump_json()
    digest = hashlib.sha256(body.encode()).hexdigest()
    key = {"playbook_id": playbook_id, "digest": digest}
    session.execute(insert(session, PlaybookVersion).values(**key, body=body, created_at=now).on_conflict_do_nothing())
    return session.scalars(select(PlaybookVersion.id).filter_by(**key)).one()


def bodies(session: Session, version_ids: Collection[int]) -> dict[int, Playbook]:
    """Playbook versions by id, read back."""
    if not version_ids:
        return {}
    rows = session.execute(
        select(PlaybookVersion.id, PlaybookVersion.body).where(among(session, PlaybookVersion.id, set(version_ids)))
    )
    return {version_id: from_body(body) for version_id, body in rows}


def claim_due(session: Session, now: datetime, limit: int) -> list[Known]:
    """The rituals whose next run is to be made, locked until the end of this transaction."""
    return _known(session, _DUE, now=now, most=limit)


def move(session: Session, moves: Sequence[Mapping[str, Any]]) -> None:
    """Move rituals to their next moment, each only if its moment is still the one we saw.

    One mapping a ritual: ritual (its id), was (the moment we saw), next_at, next_due_at, next_local.
    """
    bulk.change(session, Ritual, moves, where={"id": "ritual", "next_at": "was"})


def live(session: Session, community_id: int) -> list[Known]:
    """Every live ritual of a community."""
    return _known(session, _ROWS.where(Community.id == community_id, Ritual.retired_at.is_(None)).order_by(Ritual.id))


def waiting(session: Session) -> list[Known]:
    """Every live ritual that no date begins."""
    return _known(session, _WAITING)


def of_runs(session: Session, found: Collection[Run]) -> dict[int, Known]:
    """By run id, its ritual under the version that the run was made of."""
    rows = session.execute(_ROWS.where(among(session, Ritual.id, {run.ritual_id for run in found}))).all()
    above = {ritual.id: (ritual, playbook, community) for ritual, playbook, community in rows}
    versions = bodies(session, {run.version_id for run in found})
    return {run.id: Known(*above[run.ritual_id], versions[run.version_id]) for run in found}


def find(session: Session, path: str) -> Known:
    """The live ritual behind PLAYBOOK/RITUAL. Raises Refused with the nearest names."""
    playbook, _, ritual = path.rpartition("/")
    if PurePath(playbook).suffix in (".yaml", ".yml"):
        playbook = PurePath(playbook).stem
    named = _ROWS.where(PlaybookRow.name == playbook, Ritual.name == ritual, Ritual.retired_at.is_(None))
    found = _known(session, named.order_by(Ritual.id).limit(1))
    if not found:
        raise Refused(f'there is no ritual "{path}"', _mend(session, path))
    return found[0]


def find_playbooks(session: Session, name: str) -> list[PlaybookRow]:
    """The playbooks of that name, one in each community. Raises Refused with the nearest names."""
    if PurePath(name).suffix in (".yaml", ".yml"):
        name = PurePath(name).stem
    rows = list(session.scalars(select(PlaybookRow).where(PlaybookRow.name == name)))
    if not rows:
        raise Refused(f'there is no playbook "{name}"', _nearest(name, list(session.scalars(select(PlaybookRow.name)))))
    return rows


def is_paused(session: Session, run_id: int) -> bool:
    """Is this run's ritual silent now, by itself or by what stands above it?"""
    silent = (
        select(Run.id)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .join(Community, Community.id == PlaybookRow.community_id)
        .where(Run.id == run_id, or_(*_pauses()))
    )
    return session.scalars(silent).first() is not None


def asked(session: Session, ritual_ids: Collection[int]) -> dict[int, list[str]]:
    """The questions that each ritual has used, oldest first."""
    rows = session.execute(
        select(Asked.ritual_id, Asked.question).where(among(session, Asked.ritual_id, ritual_ids)).order_by(Asked.id)
    )
    memory: dict[int, list[str]] = {}
    for ritual_id, question in rows:
        memory.setdefault(ritual_id, []).append(question)
    return memory


def _known(session: Session, statement: Any, **parameters: Any) -> list[Known]:
    rows = session.execute(statement, parameters).all()
    versions = bodies(session, {ritual.version_id for ritual, _, _ in rows})
    return [Known(ritual, above, community, versions[ritual.version_id]) for ritual, above, community in rows]


def _pauses() -> Iterable[ColumnElement[bool]]:
    return (row.paused_at.is_not(None) for row in (Ritual, PlaybookRow, Community))


def _mend(session: Session, path: str) -> str:
    rows = session.execute(_ROWS.where(Ritual.retired_at.is_(None))).all()
    return _nearest(path, [f"{above.name}/{ritual.name}" for ritual, above, _ in rows])


def _nearest(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=3, cutoff=0.4) or sorted(names)[:3]
    if not near:
        return "make a playbook live first: tertulia apply"
    return "did you mean " + " or ".join(f'"{one}"' for one in near) + "?"
