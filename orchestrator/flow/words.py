"""The words that members and hosts say to us: a command, or one of them written in our direct chat."""

from __future__ import annotations

from orchestrator.flow import ask, hear
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.playbook.schema import Playbook
from orchestrator.rules.answer import read_key
from orchestrator.store import members, rituals
from orchestrator.store.tables import Member


def commanded(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A word to us: stop, start, or the link behind an answer button."""
    word = str(item.inbound.data.get("word", "")).casefold()
    rest = str(item.inbound.data.get("rest", "")).strip()
    if item.inbound.member_ref is None:
        return
    if word == "start" and (key := read_key(rest)):
        ask.ask_directly(hearing, threads, item, key)
    elif word in ("stop", "start"):
        _opt(hearing, item, out=word == "stop")
    elif not item.places and not (item.inbound.text or "/").startswith("/"):
        hear.said(hearing, threads, item)  # "moi" may be somebody's whole answer to an open question


def _opt(hearing: Hearing, item: Item, *, out: bool) -> None:
    """Silence at once, in every community of this person on the connection; or its end."""
    session, ref = hearing.session, item.inbound.member_ref or ""
    known = members.handles(session, item.connection_id, ref)
    if not known:
        here = members.communities_of(session, item.connection_id)
        members.ensure(session, {(item.connection_id, community_id, ref): "" for community_id in here})
        known = members.handles(session, item.connection_id, ref)
    for handle in known:
        member = session.get_one(Member, handle.member_id)
        member.opted_out_at = (member.opted_out_at or hearing.now) if out else None
    playbooks = (_playbook(hearing, handle.community_id) for handle in known)
    playbook = next((one for one in playbooks if one is not None), None)
    if known and playbook is not None:
        ask.reply(hearing, item, known[0], hearing.app.render.word("stopped" if out else "started", playbook), None)


def _playbook(hearing: Hearing, community_id: int) -> Playbook | None:
    """Any live playbook of a community: its language and tone."""
    known = rituals.live(hearing.session, community_id)
    return known[0].playbook if known else None
