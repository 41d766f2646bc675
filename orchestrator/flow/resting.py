"""Leaves out what somebody did before they were erased, told late or again: it must not bring them back."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.flow.hearing import Hearing, Item
from orchestrator.store import members, tombstones


def living(hearing: Hearing, items: Sequence[Item]) -> list[Item]:
    """The acts of a batch that may have an effect.

    An act without a moment of its own (a vote or a press on Telegram) counts for who came back, as a member
    who has written since.
    """
    people = {who for item in items if (who := _who(item)) is not None}
    erased = tombstones.buried(hearing.session, hearing.known.tombstones_key, people)
    return [
        item
        for item in items
        if (who := _who(item)) is None or who not in erased or _is_after(hearing, item, who, erased)
    ]


def _who(item: Item) -> tombstones.Who | None:
    ref = item.inbound.member_ref
    return None if ref is None else (item.connection_id, ref)


def _is_after(hearing: Hearing, item: Item, who: tombstones.Who, erased: tombstones.Erased) -> bool:
    if item.inbound.at is not None:
        return item.at > erased[who]
    prompt = item.inbound.kind in ("commanded", "submitted")
    if item.received_at > erased[who] + (tombstones.RETOLD_WITHIN if prompt else tombstones.UNDATED_WAITS):
        return True
    return bool(members.handles(hearing.session, *who))
