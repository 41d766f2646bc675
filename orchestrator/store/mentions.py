"""Where a person is named or quoted in what we keep and said, and how their traces are taken out of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import ColumnElement, Select, String, cast, or_, select, union, update
from sqlalchemy.orm import Session

from orchestrator.ports import Edit, Outgoing, Poll, Post
from orchestrator.rules.traces import Instead, Traces, scrubbed, without
from orchestrator.store import deliveries
from orchestrator.store.among import among
from orchestrator.store.tables import (
    Answer,
    Approval,
    Badge,
    Ballot,
    Delivery,
    Handle,
    Idea,
    Member,
    Part,
    PlaybookRow,
    Question,
    Ritual,
    Run,
    Trace,
)

#: Deliveries looked at in one go.
AT_ONCE = 1_000

#: States of a delivery that members see, or may see in a moment.
STANDING = ("sending", "unknown", "sent")


#: Our edits of posts that named or quoted somebody are called so among deliveries; target: "delivery:<id>:<number>".
UNSAID = "unsaid"

#: What stands for somebody where it is only asked whether they are named.
NOBODY = Instead("", "")


class Said(NamedTuple):
    """A message of ours that named them: the delivery that made it, and what it is to say now."""

    delivery: Delivery
    now: Post | Edit


class KnownBy(NamedTuple):
    """By what people are known: their names, and what they wrote to us."""

    names: set[str]
    texts: set[str]


def known_by(session: Session, member_ids: Collection[int], handles: Sequence[Handle]) -> KnownBy:
    """Every name and text of these members."""
    names = {*session.scalars(select(Member.name).where(Member.id.in_(member_ids))), *(one.name for one in handles)}
    queries: list[Select[Any]] = [
        *(select(table.text).where(table.member_id.in_(member_ids)) for table in (Answer, Question, Idea)),
        *(select(_plain(table, "text")).where(_is_theirs(table, member_ids)) for table in (Run, Part)),
    ]
    texts = {text for query in queries for text in session.scalars(query) if text}
    return KnownBy({name.strip() for name in names if name.strip()}, {text for text in texts if text.strip()})


def take_out(session: Session, member_ids: Collection[int], traces: Traces, instead: Instead) -> list[Said]:
    """Take a person's traces out of our deliveries, runs, stories and approvals; give what is to be edited."""
    runs, about = _runs_near(member_ids), _runs_about(session, member_ids)
    theirs = about | _runs_heard(session, member_ids)
    naming = _naming(session, _Near(runs, theirs, about), traces)
    _in_facts(session, runs, traces.strangers(), instead)
    _in_facts(session, theirs, traces, instead)
    _in_facts(session, about, traces.of_theirs(), instead)
    for name in traces.names - traces.ordinary:
        for column in (Approval.decided_by, Approval.edited_by):
            named = update(Approval).where(Approval.run_id.in_(runs), column == name).values({column: None})
            session.execute(named.execution_options(synchronize_session=False))
    return list(_in_deliveries(session, ((row, _taking_out(known, instead)) for row, known in naming)))


def take_out_of(session: Session, which: ColumnElement[bool], change: Callable[[str], str]) -> list[Said]:
    """Change the texts of these deliveries; give what is to be edited. What hosts are asked about stays."""
    texts = select(Delivery).where(which, Delivery.state != "held").order_by(Delivery.id)
    changing = [row for row in session.scalars(texts) if _changes(row, change)]
    return list(_in_deliveries(session, ((row, change) for row in changing)))


def posts(session: Session, member_ids: Collection[int], traces: Traces) -> list[tuple[Delivery, str]]:
    """Our posts in places that name or quote a person, of runs in which they had a part, oldest first.

    With each the paragraphs that do: what else it says may be about others. Neither what hosts read nor others'
    letters.
    """
    theirs = _runs_about(session, member_ids) | _runs_heard(session, member_ids)
    sent = (
        select(Delivery)
        .where(among(session, Delivery.run_id, theirs))
        .where(Delivery.counts, Delivery.place_id.is_not(None), Delivery.state == "sent")
    )
    found = []
    for row in session.scalars(sent.order_by(Delivery.id)):
        said = deliveries.decode(row.body)
        text = said.text if isinstance(said, Post | Edit | Poll) else ""
        naming = [one for one in text.split("\n\n") if without(one, traces, NOBODY) != one]
        found += [(row, "\n\n".join(naming))] if naming else []
    return found


def _runs_near(member_ids: Collection[int]) -> Select[Any]:
    """The runs of their communities."""
    communities = select(Member.community_id).where(Member.id.in_(member_ids))
    playbooks = select(PlaybookRow.id).where(PlaybookRow.community_id.in_(communities))
    return select(Run.id).join(Ritual, Ritual.id == Run.ritual_id).where(Ritual.playbook_id.in_(playbooks))


def _runs_heard(session: Session, member_ids: Collection[int]) -> set[int]:
    """The runs that they answered, or voted in."""
    did = [select(table.run_id).where(table.member_id.in_(member_ids)) for table in (Answer, Ballot)]
    return set(session.scalars(union(*did)))


def _runs_about(session: Session, member_ids: Collection[int]) -> set[int]:
    """The runs in which they had a part, that passed a question of theirs on, or wrote to them."""
    about: list[Select[Any]] = [select(table.run_id).where(table.member_id.in_(member_ids)) for table in (Part, Badge)]
    asked = [select(Run.id).where(_is_theirs(Run, member_ids)), select(Part.run_id).where(_is_theirs(Part, member_ids))]
    joined = select(Run.id).where(Run.key.in_([f"joined:{one}" for one in member_ids]))
    wrote = (
        select(Delivery.run_id).join(Handle, Handle.id == Delivery.handle_id).where(Handle.member_id.in_(member_ids))
    )
    return {one for one in session.scalars(union(*about, *asked, joined, wrote)) if one is not None}


def _is_theirs(table: type[Run | Part], member_ids: Collection[int]) -> ColumnElement[bool]:
    """Does a ritual pass on a question of theirs there?"""
    asker_id: ColumnElement[int] = table.facts["asker_id"].as_integer()
    return asker_id.in_(member_ids)


def _plain(table: type[Run | Part], name: str) -> ColumnElement[str]:
    plain: ColumnElement[str] = table.facts[name].as_string()
    return plain


class _Near(NamedTuple):
    """The runs of a person's communities; of these, those in which they did anything, and those about them."""

    runs: Select[Any]
    theirs: set[int]
    about: set[int]


def _naming(session: Session, near: _Near, traces: Traces) -> Iterator[tuple[Delivery, Traces]]:
    """Each delivery that tells something of them, and by what they are known there."""
    runs, theirs, about = near
    texts = select(Delivery).where(or_(Delivery.run_id.in_(runs), Delivery.run_id.is_(None))).order_by(Delivery.id)
    last = 0
    while rows := list(session.scalars(texts.where(Delivery.id > last).limit(AT_ONCE))):
        last = rows[-1].id
        for row in rows:
            post = _edited(session, row)
            elsewhere = traces.refs_only() if post.counts else traces.strangers()
            here = traces.of_theirs() if post.run_id in about else traces
            known = here if post.run_id in theirs else elsewhere
            if _changes(row, _taking_out(known, NOBODY)):
                yield row, known


def _edited(session: Session, row: Delivery) -> Delivery:
    """The post that an edit of ours is about: it is of that one's run. Any other delivery is itself."""
    kind, _, rest = row.target.partition(":")
    if row.stage != UNSAID or kind != "delivery":
        return row
    return session.get(Delivery, int(rest.partition(":")[0])) or row


def _taking_out(traces: Traces, instead: Instead) -> Callable[[str], str]:
    return lambda text: without(text, traces, instead)


def _changes(row: Delivery, change: Callable[[str], str]) -> bool:
    said = deliveries.decode(row.body)
    return _unsaid(said, change) != said


def _in_deliveries(session: Session, changing: Iterable[tuple[Delivery, Callable[[str], str]]]) -> Iterator[Said]:
    """Change the texts; each row is read again first, and kept from a worker who is about to send it."""
    for row, change in changing:
        session.refresh(row, with_for_update=True)
        new = _unsaid(deliveries.decode(row.body), change)
        row.body = deliveries.encode(new)
        row.digest = deliveries.digest(row.target, row.body)
        if row.stage == UNSAID:
            continue  # what it edited is edited once more
        if isinstance(new, Post | Edit) and row.state in STANDING and not _is_outdated(session, row, new):
            yield Said(row, new)
    session.flush()


def _is_outdated(session: Session, row: Delivery, said: Post | Edit) -> bool:
    """Does the message say something newer by now, or soon?"""
    ref = said.message_ref if isinstance(said, Edit) else row.message_ref
    here = Delivery.place_id == row.place_id if row.place_id is not None else Delivery.handle_id == row.handle_id
    later = select(Delivery.body).where(Delivery.run_id == row.run_id, here, Delivery.id > row.id)
    bodies = session.scalars(later.where(Delivery.state.in_((*STANDING, "planned", "held", "due"))))
    return any(isinstance(one, Edit) and one.message_ref == ref for one in map(deliveries.decode, bodies))


def _unsaid(said: Outgoing, change: Callable[[str], str]) -> Outgoing:
    if isinstance(said, Post | Edit):
        buttons = tuple(structs.replace(one, label=change(one.label)) for one in said.buttons)
        return structs.replace(said, text=change(said.text), buttons=buttons)
    if isinstance(said, Poll):
        return structs.replace(said, text=change(said.text))
    return said


def _in_facts(session: Session, runs: Select[Any] | Collection[int], traces: Traces, instead: Instead) -> None:
    """Plain values of runs and of their stories: found by their JSON, which escapes what is not ASCII."""
    words = [
        json.dumps(one)[1:-1] for one in (*traces.refs, *traces.names, *traces.first_names, *traces.sayings) if one
    ]
    tables: list[tuple[type[Any], Any]] = [(Run, Run.id), (Trace, Trace.run_id), (Part, Part.run_id)]
    for table, of_run in tables:
        told = cast(table.facts, String)
        of_these = of_run.in_(runs) if isinstance(runs, Select) else among(session, of_run, runs)
        for word in words:
            found = select(table).where(of_these, told.contains(word, autoescape=True))
            for row in session.scalars(found):
                row.facts = scrubbed(row.facts, traces, instead)
            session.flush()
