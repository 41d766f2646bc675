"""Tells a member in plain words what we hold about them."""

from __future__ import annotations

from typing import Any

from orchestrator.flow.asker import Asker
from orchestrator.render.renderer import readable
from orchestrator.rules import segment
from orchestrator.store import dossier, member_facts, rituals
from orchestrator.store import segment as segments
from orchestrator.store.tables import Handle, Member


def tell(who: Asker) -> None:
    """One answer for each community they are in."""
    for handle in who.handles:
        who.tells("member/me", _values(who, handle), handle=handle)


def _values(who: Asker, handle: Handle) -> dict[str, Any]:
    session = who.hearing.session
    member = session.get_one(Member, handle.member_id)
    held = dossier.brief(session, member.id)
    return {
        "accounts": [f"{one.name or one.ref} ({one.platform.capitalize()})" for one in held.accounts],
        "contributions": held.contributions,
        "since": held.first_at or "",
        "answers": held.answers,
        "ideas": held.ideas,
        "badges": [readable(name) for name in held.badges],
        "segments": _segments(who, member),
        "silent": member.opted_out_at is not None,
        "praise": member.no_praise_at is None,
    }


def _segments(who: Asker, member: Member) -> list[str]:
    """The segments of the community's playbooks that the member belongs to, by their names."""
    session = who.hearing.session
    facts = member_facts.of_members(session, member.community_id, [member.id]).get(member.id)
    if facts is None:
        return []
    today = segments.today_of(session, member.community_id, who.hearing.now)
    written = {
        name: one
        for known in rituals.live(session, member.community_id)
        for name, one in known.playbook.segments.items()
    }
    return [
        readable(name)
        for name, one in sorted(written.items())
        if segment.belongs(segment.expression(one), facts, today)
    ]
