"""Asks a member once whether they truly want to be forgotten; then it is done (flow/erase.py)."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow import asker, errands
from orchestrator.flow.asker import Asker
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.rituals.contract import Word
from orchestrator.store import communities, erasure, rituals

#: The same word within so long, or the button, confirms.
ASKED_FOR = timedelta(hours=1)

VERB = "forget"


def ask_first(who: Asker) -> None:
    """The word: it is asked once what it means; said again, it is done."""
    session, now = who.hearing.session, who.hearing.now
    if _is_named(who):
        who.says(Word("forget named"))
    elif erasure.is_asked(session, _member_ids(who), now - ASKED_FOR, other_than=who.event_key):
        errands.leave(who, "forget")
    else:
        erasure.ask(session, _member_ids(who), who.event_key, now)
        who.tells("member/forget", {}, button=(Word("forget me"), f"{VERB}-{who.event_key}"))


def pressed(hearing: Hearing, _threads: Threads, item: Item, code: str) -> None:
    """The button under that question: whoever was asked has confirmed."""
    who = asker.find(hearing, item)
    if erasure.is_asked(hearing.session, _member_ids(who), hearing.now - ASKED_FOR, code=code) and not _is_named(who):
        errands.leave(who, "forget")


def _member_ids(who: Asker) -> list[int]:
    return [handle.member_id for handle in who.handles]


def _is_named(who: Asker) -> bool:
    """Is their handle written in a live playbook? Then its next apply would bring them back."""
    mine = set(_member_ids(who))
    return any(
        mine
        & communities.member_ids(who.hearing.session, known.community.id, known.playbook.people, known.playbook.people)
        for community_id in {handle.community_id for handle in who.handles}
        for known in rituals.live(who.hearing.session, community_id)[:1]
    )
