"""A rehearsal for a terminal, and for a program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

from orchestrator.commands import picture
from orchestrator.commands.arguments import instant
from orchestrator.commands.retelling import Asked, Held, Said, Tale
from orchestrator.commands.retelling_words import spell_day
from orchestrator.rules.reasons import SENTENCES, Reason

STATES = {
    "approved": "approved",
    "refused": "refused",
    "expired": "nobody decided in time",
    "asked": "not decided yet",
}


def as_lines(tale: Tale) -> Iterator[str]:
    """What a manager reads: day by day what would be seen, then every run with its outcome, and what was held back."""
    yield f"{tale.title}: a rehearsal with {tale.members} members. Nothing was sent."
    for day, said in itertools.groupby(tale.said, key=lambda one: tale.local(one.at).date()):
        yield ""
        yield _heading(day, tale.language)
        for one in said:
            yield from _message(tale, one)
    yield ""
    yield "What was due, and how it ended:"
    for run in tale.held:
        yield f"  {tale.local(run.due_at):%Y-%m-%d %H:%M}  {run.path}: {ending(run)}"
    yield from _asked(tale)
    yield from _withheld(tale)


def _message(tale: Tale, one: Said) -> Iterator[str]:
    arrow = "↳ " if one.reply else ""
    where = f"{one.space or f'to {one.member}'} on {one.platform.capitalize()}"
    yield f"  {tale.local(one.at):%H:%M}  {arrow}{one.ritual}, {one.stage} · {where}"
    if one.call is not None:
        yield from (f"         │ {line}".rstrip() for line in picture.lines(one.call))


def _asked(tale: Tale) -> Iterator[str]:
    if tale.asked:
        yield ""
        yield "What the hosts were asked:"
    for one in tale.asked:
        yield f"  {tale.local(one.asked_at):%Y-%m-%d %H:%M}  {one.path}: {_decision(tale, one)}"


def _decision(tale: Tale, one: Asked) -> str:
    at = f", {tale.local(one.decided_at):%Y-%m-%d %H:%M}" if one.decided_at and one.state != "expired" else ""
    return f"{STATES.get(one.state, one.state)}{at}"


def _withheld(tale: Tale) -> Iterator[str]:
    if tale.withheld:
        yield ""
        yield "What was held back within them:"
    for one in tale.withheld:
        sentence = SENTENCES[Reason(one.reason)]
        yield f"  {tale.local(one.at):%Y-%m-%d %H:%M}  {one.path}, {one.stage}, {one.to}: {sentence}"


def _heading(day: date, language: str) -> str:
    text = spell_day(day, "full", language)
    return f"{text}\n{'─' * len(text)}"


def ending(run: Held) -> str:
    """How a run ended, in one phrase."""
    if run.reason and run.outcome in ("skipped", "stopped"):
        return f"not held. {SENTENCES[Reason(run.reason)]}"
    told = _numbers(run)
    if run.outcome in ("made", "open"):
        return f"still {'open' if run.outcome == 'open' else 'to come'}, {told} so far"
    return f"called off, {told}" if run.is_called_off else f"held, {told}"


def _numbers(run: Held) -> str:
    """What was counted: answers, votes, or whatever the kind looks for among those it wrote to."""
    if run.numbers and not run.answers and not run.votes and run.numbers["of"]:
        return f"{run.numbers['counted']} of {run.numbers['of']}"
    told = [_count(n, noun) for n, noun in ((run.answers, "answer"), (run.votes, "vote")) if n]
    return ", ".join(told) or "0 answers"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_facts(tale: Tale) -> dict[str, Any]:
    """The same for a program."""
    keys = ("ritual", "stage", "platform", "connection", "space", "place", "member", "text")
    return {
        "members": tale.members,
        "messages": [{**{key: getattr(one, key) for key in keys}, "at": instant(one.at)} for one in tale.said],
        "runs": [
            {
                "due_at": instant(run.due_at),
                "ritual": run.path,
                "kind": run.kind,
                "outcome": run.outcome,
                "reason": run.reason,
                "answers": run.answers,
                "votes": run.votes,
                "numbers": dict(run.numbers),
            }
            for run in tale.held
        ],
        "approvals": [
            {
                "ritual": one.path,
                "asked_at": instant(one.asked_at),
                "state": one.state,
                "decided_at": instant(one.decided_at) if one.decided_at else None,
            }
            for one in tale.asked
        ],
        "held_back": [
            {"at": instant(one.at), "ritual": one.path, "stage": one.stage, "to": one.to, "reason": one.reason}
            for one in tale.withheld
        ],
    }


def as_calls(tale: Tale) -> list[dict[str, Any]]:
    """Every platform call, in order: posts, polls, reactions, edits."""
    return tale.calls
