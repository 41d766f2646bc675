"""Where a person is named or quoted in what we keep and said, and how their traces are taken out of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import Select, String, cast, or_, select, union, update
from sqlalchemy.orm import Session

from orchestrator.ports import Edit, Outgoing, Poll, Post
from orchestrator.rules.traces import Instead, Traces, scrubbed, without
from orchestrator.store import deliveries
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
        select(table.text).where(table.member_id.in_(member_ids)) for table in (Answer, Question, Idea)
    ]
    texts = {text for query in queries for text in session.scalars(query) if text}
    return KnownBy({name.strip() for name in names if name.strip()}, {text for text in texts if text.strip()})


def take_out(session: Session, member_ids: Collection[int], traces: Traces, instead: Instead) -> list[Said]:
    """Take a person's traces out of our deliveries, runs, stories and approvals; give what is to be edited."""
    runs = _runs_near(member_ids)
    naming = _naming(session, member_ids, traces, instead)
    _in_facts(session, runs, traces, instead)
    for name in traces.names:
        for column in (Approval.decided_by, Approval.edited_by):
            named = update(Approval).where(Approval.run_id.in_(runs), column == name).values({column: None})
            session.execute(named.execution_options(synchronize_session=False))
    return list(_in_deliveries(session, naming))


def posts(session: Session, member_ids: Collection[int], traces: Traces) -> list[Delivery]:
    """Our posts in places that name or quote a person, oldest first; neither what hosts read nor others' letters."""
    naming = _naming(session, member_ids, traces, Instead("", ""))
    return [row for row, _ in naming if row.counts and row.place_id is not None and row.state == "sent"]


def _runs_near(member_ids: Collection[int]) -> Select[Any]:
    """The runs of their communities."""
    communities = select(Member.community_id).where(Member.id.in_(member_ids))
    playbooks = select(PlaybookRow.id).where(PlaybookRow.community_id.in_(communities))
    return select(Run.id).join(Ritual, Ritual.id == Run.ritual_id).where(Ritual.playbook_id.in_(playbooks))


def _their_runs(session: Session, member_ids: Collection[int]) -> set[int]:
    """The runs in which they did something, or that were about them."""
    did: list[Select[Any]] = [
        select(table.run_id).where(table.member_id.in_(member_ids)) for table in (Answer, Ballot, Part, Badge)
    ]
    joined = select(Run.id).where(Run.key.in_([f"joined:{one}" for one in member_ids]))
    wrote = (
        select(Delivery.run_id).join(Handle, Handle.id == Delivery.handle_id).where(Handle.member_id.in_(member_ids))
    )
    return {one for one in session.scalars(union(*did, joined, wrote)) if one is not None}


def _naming(
    session: Session, member_ids: Collection[int], traces: Traces, instead: Instead
) -> Iterator[tuple[Delivery, Outgoing]]:
    """Each delivery that tells something of them, and what it would say without."""
    runs, theirs, strangers = _runs_near(member_ids), _their_runs(session, member_ids), traces.strangers()
    texts = select(Delivery).where(or_(Delivery.run_id.in_(runs), Delivery.run_id.is_(None))).order_by(Delivery.id)
    last = 0
    while rows := list(session.scalars(texts.where(Delivery.id > last).limit(AT_ONCE))):
        last = rows[-1].id
        for row in rows:
            said = deliveries.decode(row.body)
            new = _unsaid(said, traces if row.run_id in theirs else strangers, instead)
            if new != said:
                yield row, new


def _in_deliveries(session: Session, naming: Iterable[tuple[Delivery, Outgoing]]) -> Iterator[Said]:
    for row, new in naming:
        row.body = deliveries.encode(new)
        row.digest = deliveries.digest(row.target, row.body)
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


def _unsaid(said: Outgoing, traces: Traces, instead: Instead) -> Outgoing:
    if isinstance(said, Post | Edit):
        buttons = tuple(structs.replace(one, label=without(one.label, traces, instead)) for one in said.buttons)
        return structs.replace(said, text=without(said.text, traces, instead), buttons=buttons)
    if isinstance(said, Poll):
        return structs.replace(said, text=without(said.text, traces, instead))
    return said


def _in_facts(session: Session, runs: Select[Any], traces: Traces, instead: Instead) -> None:
    """Plain values of runs and of their stories: found by their JSON, which escapes what is not ASCII."""
    words = [
        json.dumps(one)[1:-1] for one in (*traces.refs, *traces.names, *traces.first_names, *traces.sayings) if one
    ]
    tables: list[tuple[type[Any], Any]] = [(Run, Run.id), (Trace, Trace.run_id), (Part, Part.run_id)]
    for table, of_run in tables:
        told = cast(table.facts, String)
        for word in words:
            found = select(table).where(of_run.in_(runs), told.contains(word, autoescape=True))
            for row in session.scalars(found):
                row.facts = scrubbed(row.facts, traces, instead)
            session.flush()
