"""A rehearsal retold: as lines for a manager, as facts and calls for a program, as one page for a colleague."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.commands import picture
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Call
from orchestrator.rules.reasons import SENTENCES, Reason
from orchestrator.store.tables import (
    Answer,
    Connection,
    Delivery,
    Place,
    PlaybookRow,
    RehearsalMessage,
    Ritual,
    Run,
    Space,
)
from workers.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Said:
    """One message of ours."""

    at: datetime
    ritual: str
    stage: str
    platform: str
    connection: str
    space: str
    place: str
    text: str
    html: str
    reply: bool
    call: Call


@dataclass(frozen=True, slots=True)
class Held:
    """One run and how it ended."""

    due_at: datetime
    ritual: str
    outcome: str
    reason: str | None
    answers: int


@dataclass(frozen=True, slots=True)
class Tale:
    """A whole rehearsal."""

    titles: str
    language: str
    zone: ZoneInfo
    members: int
    said: list[Said]
    held: list[Held]
    calls: list[dict[str, Any]]

    def local(self, moment: datetime) -> datetime:
        """A moment on the community's clocks."""
        return moment.astimezone(self.zone)

    def day(self, moment: datetime) -> str:
        """A moment's local day in words."""
        return format_date(self.local(moment).date(), "full", locale=self.language)


def tell(simulation: Simulation) -> Tale:
    """Read a played simulation."""
    first: Playbook = simulation.playbooks[0]
    with simulation.app.store.read() as session:
        return Tale(
            titles=", ".join(playbook.title for playbook in simulation.playbooks),
            language=first.language,
            zone=ZoneInfo(first.timezone),
            members=simulation.members,
            said=_said(session),
            held=_held(session),
            calls=_calls(session, simulation),
        )


def _said(session: Session) -> list[Said]:
    found = (
        select(RehearsalMessage, Delivery.stage, Ritual.name, Connection.platform, Space.name)
        .join(Delivery, Delivery.key == RehearsalMessage.key)
        .join(Run, Run.id == Delivery.run_id)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
        .outerjoin(Space, Space.id == Place.space_id)
        .where(RehearsalMessage.author_ref.is_(None))
        .order_by(RehearsalMessage.at, RehearsalMessage.id)
    )
    return [
        Said(
            at=row.at,
            ritual=ritual,
            stage=stage.partition("-")[0],  # "approval-…" carries the request's code
            platform=platform,
            connection=row.connection,
            space=space or "direct",
            place=row.place_ref,
            text=row.text,
            html=row.sent["html"],
            reply=row.under is not None,
            call=Call(**row.sent["calls"][0]),
        )
        for row, stage, ritual, platform, space in session.execute(found)
    ]


def _calls(session: Session, simulation: Simulation) -> list[dict[str, Any]]:
    found = (
        select(Delivery.key, Delivery.stage, Connection.platform, Place.ref)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
    )
    known = {key: (stage, platform, place) for key, stage, platform, place in session.execute(found)}
    return [
        {
            "at": _instant(at),
            "platform": known[key][1],
            "connection": connection,
            "place": known[key][2],
            "stage": known[key][0],
            "method": call.method,
            "args": call.args,
        }
        for at, connection, key, calls in simulation.sent
        for call in calls
    ]


def _held(session: Session) -> list[Held]:
    counted = select(Answer.run_id, func.count()).where(Answer.counted).group_by(Answer.run_id)
    answers: dict[int, int] = {row[0]: row[1] for row in session.execute(counted)}
    found = (
        select(Run, PlaybookRow.name, Ritual.name)
        .join(Ritual, Ritual.id == Run.ritual_id)
        .join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
        .order_by(Run.due_at, Run.id)
    )
    return [
        Held(run.due_at, f"{playbook}/{ritual}", run.state, run.reason, answers.get(run.id, 0))
        for run, playbook, ritual in session.execute(found)
    ]


def as_lines(tale: Tale) -> Iterator[str]:
    """What a manager reads: day by day what members would see, then every run with its outcome."""
    yield f"{tale.titles}: a rehearsal with {tale.members} members. Nothing was sent."
    for day, said in itertools.groupby(tale.said, key=lambda one: tale.local(one.at).date()):
        yield ""
        yield _heading(day, tale.language)
        for one in said:
            arrow = "↳ " if one.reply else ""
            where = f"{one.space} on {one.platform.capitalize()}"
            yield f"  {tale.local(one.at):%H:%M}  {arrow}{one.ritual}, {one.stage} · {where}"
            yield from (f"         │ {line}" for line in picture.lines(one.call))
    yield ""
    yield "What was due, and how it ended:"
    for run in tale.held:
        yield f"  {tale.local(run.due_at):%Y-%m-%d %H:%M}  {run.ritual}: {_ending(run)}"


def _heading(day: date, language: str) -> str:
    text = format_date(day, "full", locale=language)
    return f"{text}\n{'─' * len(text)}"


def _ending(run: Held) -> str:
    if run.reason and run.outcome in ("skipped", "stopped"):
        return f"not held. {SENTENCES[Reason(run.reason)]}"
    if run.outcome in ("made", "open"):
        return f"still {'open' if run.outcome == 'open' else 'to come'}, {run.answers} answers so far"
    return f"held, {run.answers} answers"


def as_facts(tale: Tale) -> dict[str, Any]:
    """The same for a program."""
    said = [
        {key: getattr(one, key) for key in ("ritual", "stage", "platform", "connection", "space", "place", "text")}
        | {"at": _instant(one.at)}
        for one in tale.said
    ]
    runs = [
        {"due_at": _instant(run.due_at), "ritual": run.ritual, "outcome": run.outcome, "reason": run.reason}
        | {"answers": run.answers}
        for run in tale.held
    ]
    return {"members": tale.members, "messages": said, "runs": runs}


def as_calls(tale: Tale) -> list[dict[str, Any]]:
    """Every platform call, in order: posts, reactions, edits."""
    return tale.calls


def as_page(tale: Tale) -> str:
    """One self-contained page."""
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    days = [(day, list(said)) for day, said in itertools.groupby(tale.said, key=lambda one: tale.day(one.at))]
    endings = [(tale.local(run.due_at), run.ritual, _ending(run)) for run in tale.held]
    return pages.get_template("retelling.html").render(tale=tale, days=days, endings=endings)


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
