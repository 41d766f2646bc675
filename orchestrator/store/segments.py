"""Finds the segments that live playbooks name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.playbook.segments import Segment
from orchestrator.rules.values import nearest
from orchestrator.store import rituals
from orchestrator.store.among import among
from orchestrator.store.tables import Member, PlaybookRow


class Found(NamedTuple):
    """A segment as it is written, and its community."""

    community_id: int
    written: Segment


def find(session: Session, name: str, playbook: str | None = None) -> Found:
    """The segment of that name, of that playbook's community where one is given. Raises Refused."""
    query = select(PlaybookRow).where(PlaybookRow.live_version_id.is_not(None)).order_by(PlaybookRow.id)
    if playbook is not None:
        stem = PurePath(playbook).stem if PurePath(playbook).suffix in (".yaml", ".yml") else playbook
        query = query.where(PlaybookRow.id.in_([row.id for row in rituals.find_playbooks(session, stem)]))
    rows = session.scalars(query).all()
    bodies = rituals.bodies(session, {row.live_version_id for row in rows if row.live_version_id is not None})
    holders = {
        row.community_id: (row.name, bodies[row.live_version_id].segments)
        for row in rows
        if row.live_version_id is not None
    }
    having = [community_id for community_id, (_, segments) in holders.items() if name in segments]
    if len(having) == 1:
        return Found(having[0], holders[having[0]][1][name])
    if having:
        first = holders[having[0]][0]
        raise Refused(
            f'{len(having)} communities have a segment "{name}"', f"name a playbook of one: --playbook {first}"
        )
    raise Refused(f'there is no segment "{name}"', _mend(name, {one for _, found in holders.values() for one in found}))


def names(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """What these members are called; "member 7" where no platform told a name."""
    rows = select(Member.id, Member.name).where(among(session, Member.id, member_ids))
    return {member_id: name or f"member {member_id}" for member_id, name in session.execute(rows)}


def _mend(name: str, known: Collection[str]) -> str:
    near = nearest(name, sorted(known))
    if near:
        return f'did you mean "{near}"?'
    if known:
        return f"use one of: {', '.join(sorted(known)[:12])}"
    return "write one under segments: in a playbook, then make it live: tertulia apply"
