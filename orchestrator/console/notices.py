"""What the room says after an act: one sentence, and the seat from which the rest is seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.console import past, scene
from orchestrator.console.words import listed, words
from orchestrator.flow import host_why
from orchestrator.flow.app import App
from orchestrator.render.renderer import readable
from orchestrator.store import rituals
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Delivery, Handle, Member, Place, Run, Space

#: A delivery that has left, or leaves within seconds.
LEAVING = ("due", "sending", "sent")


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence at the head of the page; with a seat, the place to go to next."""

    text: str
    space: str = ""
    seat: str = ""


def held(app: App, space_name: str, path: str, run_id: int) -> Notice:
    """What a ritual that was just held has sent, and to whom; else why it has sent nothing."""
    with app.store.read() as session:
        run, known = session.get_one(Run, run_id), rituals.find(session, path)
        told, ritual = words(known.playbook.language), readable(known.row.name)
        rooms, members = _posted(session, run), _written_to(session, run)
        if not rooms and not members:
            return Notice(_nothing(app, session, space_name, known, run))
        language = known.playbook.language
        parts = [told["posted"].format(spaces=listed(rooms, language))] if rooms else []
        parts += [told["written"].format(names=listed(members, language))] if members else []
        text = told["held"].format(ritual=ritual, what=told["apart"].join(parts))
        community, _, here = space_name.partition("/")
        if members:
            return Notice(text, space_name, members[0])
        return Notice(text) if here in rooms else _elsewhere(text, community, rooms[0], known)


def came(app: App, space_name: str, notice: Notice, run_ids: Sequence[int]) -> Notice:
    """That somebody came in, and what each ritual that this began has sent them."""
    with app.store.read() as session:
        found = rituals.of_runs(session, [session.get_one(Run, run_id) for run_id in run_ids])
    paths = {run_id: f"{known.above.name}/{known.row.name}" for run_id, known in found.items()}
    told = [held(app, space_name, path, run_id).text for run_id, path in paths.items()]
    return replace(notice, text=" ".join([notice.text, *told]))


def asked(app: App, space_name: str, path: str, run_id: int) -> Notice:
    """Whom a ritual waits for, and where they sit; else why it has asked nobody."""
    with app.store.read() as session:
        run, known = session.get_one(Run, run_id), rituals.find(session, path)
        if run.state == "skipped":
            return Notice(_nothing(app, session, space_name, known, run))
        told, hosts = words(known.playbook.language), known.playbook.hosts
        names = known.written.approval.by or (hosts.people if hosts else [])
        where = (hosts and hosts.space) or told["direct"]
        text = told["asked"].format(names=listed(names, known.playbook.language), space=where)
        return _elsewhere(text, space_name.partition("/")[0], where, known, names)


def _elsewhere(text: str, community: str, space: str, known: Known, names: Iterable[str] = ()) -> Notice:
    people = [*names, *(known.playbook.hosts.people if known.playbook.hosts else [])]
    return Notice(text, f"{community}/{space}", next(iter(people), ""))


def _nothing(app: App, session: Session, space_name: str, known: Known, run: Run) -> str:
    """Why nothing was sent; in a space without a past, how it gets one."""
    why = host_why.told(app, session, known, run).replace("**", "")
    found = [space for space, community in scene.spaces(session) if f"{community.name}/{space.name}" == space_name]
    hint = run.reason == "nobody to write to" and found and not past.is_lived(session, found[0], app.now())
    return f"{why} {words(known.playbook.language)['give a past first']}" if hint else why


def _posted(session: Session, run: Run) -> list[str]:
    """The spaces that have a post of the run."""
    found = (
        select(Space.name)
        .join(Place, Place.space_id == Space.id)
        .join(Delivery, Delivery.place_id == Place.id)
        .where(Delivery.run_id == run.id, Delivery.state.in_(LEAVING))
        .order_by(Delivery.id)
    )
    return list(dict.fromkeys(session.scalars(found)))


def _written_to(session: Session, run: Run) -> list[str]:
    """The members whom the run has written to."""
    found = (
        select(Member.name)
        .join(Handle, Handle.member_id == Member.id)
        .join(Delivery, Delivery.handle_id == Handle.id)
        .where(Delivery.run_id == run.id, Delivery.state.in_(LEAVING))
        .order_by(Delivery.id)
    )
    return list(dict.fromkeys(name for name in session.scalars(found) if name))
