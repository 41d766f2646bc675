"""What a pressed button of ours does: a verb, the run's or request's code, and what the button stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.flow import acts, ask, forget, host_press
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import Notice

Press = Callable[[Hearing, Threads, Item, str], None]
"""Hears a press; the text is the button's key without its verb."""


def pressed(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A button of ours: "<verb>-<code>…" is heard by its verb; one that we do not know belongs to a run's kind."""
    verb, _, rest = str(item.inbound.data.get("key", "")).partition("-")
    if item.inbound.member_ref is None:
        return
    heard, said = VERBS.get(verb), len(hearing.afterwards)
    if heard is not None:
        heard(hearing, threads, item, rest)
    else:
        acts.pressed(hearing, threads, item, verb, rest)
    if len(hearing.afterwards) == said:
        _end_wait(hearing, item)


def _end_wait(hearing: Hearing, item: Item) -> None:
    """There is nothing to say to the presser: their button must not look busy for that."""
    adapter, trigger = hearing.adapter(item.connection_id), item.inbound.data.get("trigger_ref")
    if adapter is not None and adapter.capabilities.waits and trigger:
        ask.afterwards(hearing, item, Notice(str(trigger), ""), "heard")


VERBS: Mapping[str, Press] = {
    "answer": ask.open_form,
    "approve": host_press.approve,
    "skip": host_press.skip,
    "edit": host_press.edit,
    "without": host_press.without,
    "with": host_press.with_,
    "back": host_press.back,
    forget.VERB: forget.pressed,
}
