"""Requests for approval as the command line finds and prints them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from orchestrator.commands.arguments import instant, print_json
from orchestrator.errors import Refused
from orchestrator.flow import decisions, request
from orchestrator.flow.app import App
from orchestrator.flow.batch import Batch, Work
from orchestrator.flow.decisions import Said
from orchestrator.flow.request import Proposed
from orchestrator.store import approvals
from orchestrator.store.runs import Story, stages_of
from orchestrator.store.tables import Approval, Delivery, Place

#: Characters of an ID that are enough, where no other open request begins so.
SHORT = 4


def find(session: Session, code: str) -> Approval:
    """The request with this ID, or the only open one whose ID begins so. Raises Refused."""
    found = approvals.by_code(session, code)
    if found is not None:
        return found
    begun = [one for one in approvals.waiting(session) if len(code) >= SHORT and one.code.startswith(code)]
    if len(begun) > 1:
        raise Refused(f'several requests begin with "{code}"', "write more of the ID")
    if not begun:
        raise Refused(f'there is no request "{code}"', "list them: tertulia approve")
    return begun[0]


def members(app: App, session: Session, asked: Approval, names: Sequence[str]) -> list[int]:
    """The people of a request behind some names, whole or as far as they are clear. Raises Refused."""
    people = _people(app, session, asked) if names else []
    return [_member(name, people) for name in names]


def print_list(app: App, as_json: bool) -> int:
    """Print all that waits, with every text and everybody it goes to."""
    with app.store.read() as session:
        found = [_facts(app, session, one) for one in approvals.waiting(session)]
    if as_json:
        print_json({"approvals": found})
        return 0
    for one in found:
        click.echo("\n".join([*_lines(one), ""]))
    click.echo("Approve one with: tertulia approve ID" if found else "Nothing waits for a decision.")
    return 0


def print_outcome(app: App, said: Said, wanted: Collection[str], as_json: bool) -> int:
    """Print what came of a decision; the exit status is 0 where the request's state, or that, is what was wanted."""
    with app.store.read() as session:
        found = approvals.by_code(session, said.code)
        state = found.state if found else None
    sentence = decisions.sentence(app.render, said)
    if as_json:
        print_json({"id": said.code, "state": state, "sentence": sentence})
    else:
        click.echo(sentence)
        if said.what == "edited":
            click.echo(f"Approve it with: tertulia approve {said.code}")
    return 0 if state in wanted or said.what in wanted else 1


def _member(name: str, people: Collection[Proposed]) -> int:
    wanted = name.casefold().strip()
    exact = [one for one in people if one.name.casefold() == wanted]
    found = exact or [one for one in people if wanted and one.name.casefold().startswith(wanted)]
    if len(found) == 1:
        return found[0].member_id
    names = ", ".join(one.name for one in people)
    mend = f"name one of: {names}" if names else "this request is about no person: approve or skip it"
    raise Refused(f'"{name}" {"could be several people" if found else "is not in this request"}', mend)


def _people(app: App, session: Session, asked: Approval) -> list[Proposed]:
    about = decisions.of(session, asked)
    batch = Batch(app, session, app.now(), Story(app.now()))
    work = Work(stages_of(session, about.run.id)[0], about.run, about.known)
    return request.proposed(batch, work, asked, approvals.held(session, about.run.id))


def _facts(app: App, session: Session, asked: Approval) -> dict[str, Any]:
    """A request with all that would be sent, for whoever decides."""
    _, run, known = decisions.of(session, asked)
    batch = Batch(app, session, app.now(), Story(app.now()))
    held = approvals.held(session, run.id)
    people = _people(app, session, asked)
    return {
        "id": asked.code,
        "playbook": known.above.name,
        "ritual": known.row.name,
        "due_at": instant(run.due_at),
        "until": instant(asked.until),
        "zone": known.playbook.timezone,
        "posts": [
            {"text": one.text, "places": _places(session, one.posts), "to": one.label}
            for one in request.shown(batch, held)
        ],
        "people": [{"name": one.name, "why": one.why, "left_out": one.left_out} for one in people],
    }


def _places(session: Session, posts: Sequence[Delivery]) -> list[str]:
    places = (session.get(Place, post.place_id) for post in posts if post.place_id is not None)
    return [place.title or place.ref for place in places if place is not None]


def _local(moment: str, zone: str) -> str:
    """The moment on the community's clock, never later than it is."""
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d at %H:%M}"


def _lines(one: dict[str, Any]) -> list[str]:
    due, until = (_local(one[moment], one["zone"]) for moment in ("due_at", "until"))
    lines = [f"{one['id']}  {one['playbook']}/{one['ritual']}, due {due}, decide by {until} ({one['zone']})"]
    for n, post in enumerate(one["posts"], 1):
        number = f"[{n}] " if len(one["posts"]) > 1 else ""
        lines += ["", f"  {number}{', '.join(post['places']) or post['to']}:"]
        lines += [f"    {line}".rstrip() for line in post["text"].split("\n")]
    for person in one["people"]:
        why = f": {person['why']}" if person["why"] else ""
        lines += [f"  {'left out' if person['left_out'] else '        '}  {person['name']}{why}"]
    return lines
