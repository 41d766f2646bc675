"""The practice room: see a space as members do, take a seat, hold a ritual, answer, watch the recap."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from orchestrator.console import extras, scene, seats
from orchestrator.console.words import refusal, words
from orchestrator.errors import Refused
from orchestrator.flow import bring_forward, hold
from orchestrator.flow.app import App
from orchestrator.store import rehearsal, rituals
from orchestrator.store.tables import Connection, Delivery, Inbox, RehearsalAct, Stage

#: Seconds a form's answer waits for what it set off, so that the page shows it without JavaScript.
PATIENCE_SECONDS = 3.0
LOOK_SECONDS = 0.1

#: A post that waits this long for the platform's rate is worth waiting for.
SOON = timedelta(seconds=2)

#: Characters of a member's message that the room accepts.
MAX_TEXT = 4000

pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def show(request: Request) -> Response:
    """The page; unknown spaces and seats fall back to the first."""
    return await run_in_threadpool(_show, request.app.state.app, dict(request.query_params))


def _show(app: App, query: dict[str, str]) -> Response:
    with app.store.read() as session:
        seen = scene.read(session, query.get("space"), query.get("seat"), app.now())
    if seen is None:
        return HTMLResponse(pages.get_template("empty.html").render(), 200)
    page = pages.get_template("room.html").render(scene=seen, w=words(seen.language), notice=query.get("notice", ""))
    return HTMLResponse(page)


async def act(request: Request) -> Response:
    """One act of the seat, then back to the page."""
    form = await request.form(max_fields=20, max_part_size=100_000)
    notice = await run_in_threadpool(_act, request.app.state.app, form)
    query = {"space": _field(form, "space"), "seat": _field(form, "seat"), "notice": notice}
    return RedirectResponse(f"/room?{urlencode({key: value for key, value in query.items() if value})}", 303)


def _act(app: App, form: FormData) -> str:
    do = ACTS.get(_field(form, "do"))
    if do is None:
        return ""
    try:
        notice = do(app, form)
    except Refused as refused:
        return refusal(refused.what, _language(app, form))
    _wait_until_quiet(app)
    return notice or ""


def _language(app: App, form: FormData) -> str:
    """The language of the page that the act came from."""
    with app.store.read() as session:
        spoken = {f"{community.name}/{space.name}": community.language for space, community in scene.spaces(session)}
    return spoken.get(_field(form, "space")) or next(iter(spoken.values()), "en")


def _say(app: App, form: FormData) -> None:
    text = _field(form, "text").strip()[:MAX_TEXT]
    if text:
        _seated(app, form, lambda seat: seat.says(_field(form, "place"), text, _field(form, "under") or None))


def _press(app: App, form: FormData) -> None:
    key = _field(form, "key")
    if _field(form, "kind") == "answer" and _field(form, "platform") != "slack":
        _seated(app, form, lambda seat: seat.commands("start", key))  # there the button is a link to our chat
        return
    _seated(app, form, lambda seat: seat.presses(_field(form, "place"), _field(form, "message"), key))


def _vote(app: App, form: FormData) -> str | None:
    """The seat's whole vote in a poll of the platform's own; nothing: it is taken back."""
    options = [int(one) for one in _field(form, "options").split(",") if one.isdecimal()]
    taken: list[bool] = []
    _seated(app, form, lambda seat: taken.append(seat.votes(_field(form, "place"), _field(form, "message"), options)))
    if taken == [True]:
        return None
    with app.store.read() as session:
        return words(scene.find(session, _field(form, "space"))[1].language)["vote closed"]


def _submit(app: App, form: FormData) -> None:
    text = _field(form, "text").strip()[:MAX_TEXT]
    named = _field(form, "unnamed") == ""
    if text:
        _seated(app, form, lambda seat: seat.submits(_field(form, "message"), _field(form, "key"), text, named))


def _react(app: App, form: FormData) -> None:
    emoji = _field(form, "emoji") or "👍"
    _seated(app, form, lambda seat: seat.reacts(_field(form, "place"), _field(form, "message"), emoji))


def _hold(app: App, form: FormData) -> None:
    playbook, _, ritual = _field(form, "ritual").partition("/")
    hold.hold(app, playbook, ritual, rehearsal=True)


def _ask(app: App, form: FormData) -> str:
    """Hold a ritual as at its own moment: its hosts are asked first."""
    playbook, _, ritual = _field(form, "ritual").partition("/")
    hold.hold(app, playbook, ritual, rehearsal=True, approval=True)
    with app.store.read() as session:
        known = rituals.find(session, _field(form, "ritual"))
        hosts = known.playbook.hosts
    told = words(known.playbook.language)
    return told["asked"].format(
        names=", ".join(known.written.approval.by or (hosts.people if hosts else [])),
        space=(hosts and hosts.space) or told["direct"],
    )


def _come_in(app: App, form: FormData) -> str:
    with app.store.write() as session:
        space, community = scene.find(session, _field(form, "space"))
        name, stages = seats.come_in(app, session, space, community)
    app.ring("prepare", stages)
    return words(community.language)["came"].format(name=name)


def _finish(app: App, form: FormData) -> None:
    bring_forward.close_now(app, *_field(form, "ritual").split("/", 1))


def _extras(app: App, form: FormData) -> None:
    extras.answer(app, _field(form, "space"), _field(form, "seat"))


#: Each gives a sentence to show, or nothing.
ACTS: dict[str, Callable[[App, FormData], str | None]] = {
    "say": _say,
    "press": _press,
    "vote": _vote,
    "submit": _submit,
    "react": _react,
    "hold": _hold,
    "ask": _ask,
    "come in": _come_in,
    "finish": _finish,
    "extras": _extras,
}


def _seated(app: App, form: FormData, do: Callable[[rehearsal.Seat], object]) -> None:
    connection_name, person = _field(form, "connection"), _field(form, "seat")
    with app.store.write() as session:
        connection = session.scalars(select(Connection).where(Connection.name == connection_name)).one_or_none()
        ref = seats.sit(session, connection_name, _field(form, "space").partition("/")[0], person)
        if connection is None or ref is None:
            raise Refused("nobody sits there any more", "choose a seat again")
        do(rehearsal.Seat(session, connection_name, connection.platform, ref, app.now()))


def _wait_until_quiet(app: App) -> None:
    """Two quiet looks in a row: a form is opened just after its press left the inbox."""
    until, quiet = time.monotonic() + PATIENCE_SECONDS, 0
    while time.monotonic() < until and quiet < 2:
        time.sleep(LOOK_SECONDS)
        with app.store.read() as session:
            quiet = 0 if _is_busy(session, app.now()) else quiet + 1


def _is_busy(session: Session, now: datetime) -> bool:
    waiting = (
        select(RehearsalAct.id),
        select(Inbox.id).where(Inbox.error.is_(None)),
        select(Stage.id).where(Stage.state == "planned", Stage.at <= now),
        select(Delivery.id).where(Delivery.state.in_(("due", "sending")), Delivery.not_before <= now + SOON),
    )
    return any(session.scalar(one.limit(1)) is not None for one in waiting)


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
