"""What a pressed button of ours does: a verb, the run's or request's code, and what the button stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.flow import acts, ask, forget, host_press
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads

Press = Callable[[Hearing, Threads, Item, str], None]
"""Hears a press; the text is the button's key without its verb."""


def pressed(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A button of ours: "<verb>-<code>…" is heard by its verb; one that we do not know belongs to a run's kind."""
    verb, _, rest = str(item.inbound.data.get("key", "")).partition("-")
    if item.inbound.member_ref is None:
        return
    heard = VERBS.get(verb)
    if heard is not None:
        heard(hearing, threads, item, rest)
    else:
        acts.pressed(hearing, threads, item, verb, rest)


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
