"""The practice room: see a space as members do, take a seat, hold a ritual, answer, watch the recap."""

from __future__ import annotations

import re
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

from orchestrator.console import extras, notices, past, scene, seats
from orchestrator.console.notices import Notice
from orchestrator.console.words import refusal, words
from orchestrator.errors import Refused
from orchestrator.flow import bring_forward, deeds, hold
from orchestrator.flow.app import App
from orchestrator.store import rehearsal
from orchestrator.store.tables import Connection, Delivery, Inbox, RehearsalAct, Stage

#: Seconds a form's answer waits for what it set off, so that the page shows it without JavaScript.
PATIENCE_SECONDS = 6.0
PAST_SECONDS = 30.0
LOOK_SECONDS = 0.1

#: A post that waits this long for the platform's rate is worth waiting for.
SOON = timedelta(seconds=2)

#: Characters of a member's message that the room accepts.
MAX_TEXT = 4000

#: Slack's command is no message: nobody reads it, and threads have none. (Telegram's are messages.)
SLASH = re.compile(r"/tertulia(?!\S)\s*(\S*)\s*(.*)", re.DOTALL)

#: What an act has to say, asked once it is quiet again.
Tell = Callable[[], Notice]

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
    notice = Notice(query.get("notice", ""), query.get("there", ""), query.get("as", ""))
    page = pages.get_template("room.html").render(scene=seen, w=words(seen.language), notice=notice)
    return HTMLResponse(page)


async def act(request: Request) -> Response:
    """One act of the seat, then back to the page."""
    form = await request.form(max_fields=20, max_part_size=100_000)
    notice, part = await run_in_threadpool(_act, request.app.state.app, form)
    query = {"space": _field(form, "space"), "seat": _field(form, "seat"), "notice": notice.text}
    query |= {"there": notice.space, "as": notice.seat}
    address = f"/room?{urlencode({key: value for key, value in query.items() if value})}"
    return RedirectResponse(f"{address}#{part}" if part else address, 303)


def _act(app: App, form: FormData) -> tuple[Notice, str]:
    """Do what the form asks and wait for what that sets off: what to say, or else the part of the page to show."""
    do = ACTS.get(_field(form, "do"))
    if do is None:
        return Notice(""), ""
    try:
        tell = do(app, form)
        _wait_until_quiet(app)
        notice = tell() if tell else Notice("")
    except Refused as refused:
        notice = Notice(refusal(refused.what, _language(app, form)))
    return notice, "" if notice.text else _part(app, form)


def _part(app: App, form: FormData) -> str:
    """The part of the page that an act was about: a form that it opened, or its panel; "" for none of them."""
    connection, seat = _field(form, "connection"), _field(form, "seat")
    if not connection:
        return ""
    with app.store.read() as session:
        seen = scene.read(session, _field(form, "space"), seat, app.now())
    if seen is not None and _field(form, "do") == "press" and any(one.connection == connection for one in seen.forms):
        return "form"
    follows_link = _field(form, "kind") == "answer" and _field(form, "platform") != "slack"
    is_direct = follows_link or rehearsal.is_direct(_field(form, "place"))
    return f"{connection}-direct" if is_direct else connection


def _language(app: App, form: FormData) -> str:
    """The language of the page that the act came from."""
    with app.store.read() as session:
        spoken = {f"{community.name}/{space.name}": community.language for space, community in scene.spaces(session)}
    return spoken.get(_field(form, "space")) or next(iter(spoken.values()), "en")


def _say(app: App, form: FormData) -> None:
    text, place, under = _field(form, "text").strip()[:MAX_TEXT], _field(form, "place"), _field(form, "under") or None
    command = SLASH.fullmatch(text) if _field(form, "platform") == "slack" and not under else None
    if command:
        _seated(app, form, lambda seat: seat.commands(command[1], command[2], place))
    elif text:
        _seated(app, form, lambda seat: seat.says(place, text, under))


def _press(app: App, form: FormData) -> None:
    key = _field(form, "key")
    if _field(form, "kind") == "answer" and _field(form, "platform") != "slack":
        _seated(app, form, lambda seat: seat.commands("start", key))  # there the button is a link to our chat
        return
    _seated(app, form, lambda seat: seat.presses(_field(form, "place"), _field(form, "message"), key))


def _vote(app: App, form: FormData) -> Tell | None:
    """The seat's whole vote in a poll of the platform's own; nothing: it is taken back."""
    options = [int(one) for one in _field(form, "options").split(",") if one.isdecimal()]
    taken: list[bool] = []
    _seated(app, form, lambda seat: taken.append(seat.votes(_field(form, "place"), _field(form, "message"), options)))
    told = words(_language(app, form))["vote closed"]
    return None if taken == [True] else lambda: Notice(told)


def _submit(app: App, form: FormData) -> None:
    text = _field(form, "text").strip()[:MAX_TEXT]
    named = _field(form, "unnamed") == ""
    if text:
        _seated(app, form, lambda seat: seat.submits(_field(form, "message"), _field(form, "key"), text, named))


def _leave(app: App, form: FormData) -> None:
    _seated(app, form, lambda seat: seat.leaves(_field(form, "message")))


def _react(app: App, form: FormData) -> None:
    emoji = _field(form, "emoji") or "👍"
    _seated(app, form, lambda seat: seat.reacts(_field(form, "place"), _field(form, "message"), emoji))


def _hold(app: App, form: FormData) -> Tell:
    path = _field(form, "ritual")
    run_id = hold.hold(app, *_names(path), rehearsal=True)
    return lambda: notices.held(app, _field(form, "space"), path, run_id)


def _ask(app: App, form: FormData) -> Tell:
    """Hold a ritual as at its own moment: its hosts are asked first."""
    path = _field(form, "ritual")
    run_id = hold.hold(app, *_names(path), rehearsal=True, approval=True)
    return lambda: notices.asked(app, _field(form, "space"), path, run_id)


def _names(path: str) -> tuple[str, str]:
    playbook, _, ritual = path.partition("/")
    return playbook, ritual


def _come_in(app: App, form: FormData) -> Tell:
    with app.store.write() as session:
        space, community = scene.find(session, _field(form, "space"))
        name, stages = seats.come_in(app, session, space, community)
        begun = list(session.scalars(select(Stage.run_id).where(Stage.id.in_(stages)).distinct()))
    app.ring("prepare", stages)
    came = words(community.language)["came"].format(name=name)
    return lambda: notices.came(app, _field(form, "space"), Notice(came, _field(form, "space"), name), begun)


def _live(app: App, form: FormData) -> Tell:
    with app.store.write() as session:
        space, community = scene.find(session, _field(form, "space"))
        past.live(session, space, community, app.now())
    _wait_until_quiet(app, PAST_SECONDS)
    deeds.follow(app)  # who helped whom is there at once, not only after the next sweep
    return lambda: Notice(words(community.language)["lived"])


def _finish(app: App, form: FormData) -> None:
    bring_forward.close_now(app, *_names(_field(form, "ritual")))


def _extras(app: App, form: FormData) -> None:
    extras.answer(app, _field(form, "space"), _field(form, "seat"))


#: Each may give what there is to say once all that it set off has happened.
ACTS: dict[str, Callable[[App, FormData], Tell | None]] = {
    "say": _say,
    "press": _press,
    "vote": _vote,
    "submit": _submit,
    "leave": _leave,
    "react": _react,
    "hold": _hold,
    "ask": _ask,
    "come in": _come_in,
    "live": _live,
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


def _wait_until_quiet(app: App, patience: float = PATIENCE_SECONDS) -> None:
    """Two quiet looks in a row: a form is opened just after its press left the inbox."""
    until, quiet = time.monotonic() + patience, 0
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
