"""The story of a run: what became of it, why, in one sentence and step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.rules.reasons import SENTENCES, Reason
from orchestrator.store import runs
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Connection, Delivery, Place, Run, Trace


def why(session: Session, known: Known, run: Run) -> dict[str, Any]:
    """`{playbook, ritual, due_at, local, outcome, reason, sentence, trace}` of a run."""
    names = _places(session, run.id)
    steps = runs.story_of(session, run.id)
    return {
        **_head(known, run.due_at),
        "outcome": run.state,
        "reason": run.reason,
        "sentence": _sentence(session, known, run, steps, names),
        "trace": [{"at": iso(step.at), "step": step.step, "facts": _named(step.facts, names)} for step in steps],
    }


def not_yet(known: Known, date: str | None = None) -> dict[str, Any]:
    """The same shape for a ritual that had no run (on that local date): it says when the next one is."""
    when = f"on {date}" if date else "yet"
    return {
        **_head(known, None),
        "local": date,
        "outcome": None,
        "reason": None,
        "sentence": f"It was not due {when}. {_next(known)}",
        "trace": [],
    }


def iso(moment: datetime) -> str:
    """A moment as everything prints it: 2026-11-30T08:30:00Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _head(known: Known, due_at: datetime | None) -> dict[str, Any]:
    return {
        "playbook": known.above.name,
        "ritual": known.row.name,
        "due_at": iso(due_at) if due_at else None,
        "local": _local(known, due_at) if due_at else None,
    }


def _local(known: Known, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(known.playbook.timezone)).strftime("%Y-%m-%dT%H:%M")


def _next(known: Known) -> str:
    if known.row.next_due_at is None:
        return "Nothing more is planned: it waits for something to happen, or its dates are past."
    return f"It is due next on {_local(known, known.row.next_due_at).replace('T', ' at ')} ({known.playbook.timezone})."


def _sentence(session: Session, known: Known, run: Run, steps: Sequence[Trace], names: dict[str, str]) -> str:
    if run.reason == Reason.POSTED:
        return _posted(session, run, names)
    if run.reason is None:
        ready = [names.get(post.target, post.target) for post in _posts(session, run.id) if post.state != "held"]
        if ready:
            return f"It is ready and on its way to {_listed(list(dict.fromkeys(ready)))}."
        waits = next((step.facts for step in reversed(steps) if step.step == "waits"), None)
        if waits is not None:
            return f"It waits for the end of the quiet hours, until {waits['until']}."
        return f"It is planned for {_local(known, run.due_at).replace('T', ' at ')} ({known.playbook.timezone})."
    sentence = SENTENCES[Reason(run.reason)]
    last = next((step.facts for step in reversed(steps) if step.step == run.state), {})
    by, what = last.get("by"), last.get("what") or _detail(session, run)
    return sentence + (f" ({by})" if by else "") + (f" {_closed(what)}" if what else "")


def _posted(session: Session, run: Run, names: dict[str, str]) -> str:
    """Both the places that have it and those that do not, by the first post planned in each."""
    first: dict[str, Delivery] = {}
    for post in _posts(session, run.id):
        if post.target in names:
            first.setdefault(names[post.target], post)
    sent = [place for place, post in first.items() if post.state == "sent"]
    direct = sum(post.handle_id is not None and post.state == "sent" for post in _posts(session, run.id))
    sentences = [f"It was posted in {_listed(sent)}."] if sent else []
    sentences += [f"{direct} direct messages were sent." if direct > 1 else "One direct message was sent."] * bool(
        direct
    )
    if not sentences:
        nothing = not _posts(session, run.id)
        sentences = ["Nothing was posted: only hosts were told." if nothing else SENTENCES[Reason.POSTED]]
    for place, post in first.items():
        if post.state in ("failed", "expired", "skipped") and post.reason:
            sentences.append(f"In {place}: {SENTENCES[Reason(post.reason)]}{_closed(post.detail, before=' ')}")
        elif post.state != "sent":
            sentences.append(f"In {place} it is still on its way.")
    return " ".join(sentences)


def _posts(session: Session, run_id: int) -> Sequence[Delivery]:
    posts = select(Delivery).where(Delivery.run_id == run_id, Delivery.counts)
    return session.scalars(posts.order_by(Delivery.id)).all()


def _detail(session: Session, run: Run) -> str | None:
    """What the platform said about the posts that did not arrive."""
    details = [post.detail for post in _posts(session, run.id) if post.detail and post.reason == run.reason]
    return "; ".join(dict.fromkeys(details)) or None


def _places(session: Session, run_id: int) -> dict[str, str]:
    """How a person calls the target of a delivery: "salon on slack"."""
    rows = session.execute(
        select(Place.id, Place.title, Place.ref, Connection.name)
        .join(Connection, Connection.id == Place.connection_id)
        .where(Place.id.in_(select(Delivery.place_id).where(Delivery.run_id == run_id)))
    )
    return {f"place:{place_id}": f"{title or ref} on {connection}" for place_id, title, ref, connection in rows}


def _named(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A step's facts with the place's name beside its target."""
    name = names.get(str(facts.get("target")))
    return {**facts, "place": name} if name else facts


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _closed(text: str | None, before: str = "") -> str:
    """A sentence with its first letter large and its full stop; nothing for nothing."""
    if not text:
        return ""
    text = text.strip()
    return before + text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
