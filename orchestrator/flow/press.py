"""What a pressed button of ours does: a verb, the run's or request's code, and what the button stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.flow import acts, ask, evidence
from orchestrator.flow.decisions import decide
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import Notice
from orchestrator.rules.answer import AnswerKey
from orchestrator.store import answers, approvals, runs

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


def _approve(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    _decide(hearing, threads, item, code, yes=True)


def _skip(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    _decide(hearing, threads, item, code, yes=False)


def _decide(hearing: Hearing, threads: Threads, item: Item, code: str, *, yes: bool) -> None:
    """A host approves or refuses; the presser alone reads what came of it."""
    session = hearing.session
    request = approvals.by_code(session, code)
    if request is None:
        return
    evidence.of_press(hearing, item, AnswerKey(threads.run(request.run_id)[0].code))
    who = threads.speaker(item, request.run_id).member_id
    sentence = decide(session, code, who, yes, hearing.now)
    hearing.stages += runs.due_stages(session, [request.run_id], hearing.now)
    hearing.connections |= answers.connections_due(session, request.run_id)
    trigger = item.inbound.data.get("trigger_ref")
    if trigger:
        ask.afterwards(hearing, item, Notice(str(trigger), sentence), f"notice-{code}")


VERBS: Mapping[str, Press] = {
    "answer": ask.open_form,
    "approve": _approve,
    "skip": _skip,
}
