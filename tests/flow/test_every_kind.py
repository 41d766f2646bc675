"""Whatever its kind, nothing that a ritual says slips past a guardrail: each stage of each kind is tried at each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.flow import hold, pause, speak
from orchestrator.flow.batch import Batch, Work
from orchestrator.playbook import imagined
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Post
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.reasons import Reason
from orchestrator.store import rituals
from orchestrator.store.runs import Story
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Member, Place, Run, Stage
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre
from tests.test_examples import EXAMPLES

SAMPLES = {one.kind: (one, book) for book in EXAMPLES.values() for one in book.rituals.values()}
HOSTS_SPACE = "C9"
SPEAKS_TO_ALL = ("prompt", "poll", "steps", "debate")  # whatever is known of anybody
NIGHT = MONDAY.replace(hour=22)  # 23:00 in Paris


def said(store: Store, kind: str, at: datetime = MONDAY) -> Theatre:
    """A stage on which all that the kind says at its stages is due: to every place, and to members."""
    there, book = theatre(store, at), _sample(kind)
    there.apply(book)
    (one,) = book.rituals.values()
    for number in range(imagined.PEOPLE):
        there.member(f"P{number}")
    hold.hold(there.app, "cercle", one.name)
    run = there.run()
    stages = KINDS[kind].stages(one.model, at)
    for name, drafts in imagined.drafts(one, stages, at).items():
        with store.write() as session:
            row = session.scalars(select(Stage).where(Stage.run_id == run.id, Stage.name == name)).one()
            known = rituals.of_runs(session, [run])[run.id]
            batch = Batch(there.app, session, at, Story(at))
            places = [here.place.id for here in batch.places(known)]
            every = [
                replace(draft, place_id=place_id) for draft in drafts for place_id in places if draft.place_id == 0
            ]
            every += [draft for draft in drafts if draft.place_id is None]
            posts: speak.Drafted = [
                (replace(draft, under=None), Post(f"{name} {number}")) for number, draft in enumerate(every)
            ]
            work = Work(row, session.get_one(Run, run.id), known)
            speak.plan(batch, work, name, posts, at=lambda _: at, late_until=at + timedelta(hours=1))
            batch.write()
            batch.story.write(session)
            row.state = "done"
    assert there.deliveries(), "a kind that says nothing proves nothing"
    return there


def _sample(kind: str, **more: Any) -> Playbook:
    """A playbook with one ritual of that kind, such as the examples hold."""
    assert kind in SAMPLES, f"no example playbook holds a {kind}"
    one, book = SAMPLES[kind]
    return playbook(ritual(kind=kind, model=one.model), segments=book.segments, **more)


def heard(there: Theatre) -> list[str]:
    """The places and members that heard something, without the hosts' space."""
    return [entry.place_ref for town in (there.slack, there.telegram) for entry in town.ledger if _is_member(entry)]


def _is_member(entry: object) -> bool:
    return getattr(entry, "place_ref", "") != HOSTS_SPACE


def deliver(there: Theatre) -> None:
    """Send all that may leave; nothing new is prepared."""
    there.tick()


every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@every_kind
def test_without_a_guardrail_it_is_heard(sqlite_store: Store, kind: str) -> None:
    there = said(sqlite_store, kind)
    deliver(there)
    assert heard(there)


@every_kind
def test_a_pause_silences_all_of_it(store: Store, kind: str) -> None:
    there = said(store, kind)
    with store.write() as session:
        pause.pause(session, None, there.clock.now())
    deliver(there)
    assert heard(there) == []


@every_kind
def test_at_night_none_of_it_leaves(sqlite_store: Store, kind: str) -> None:
    there = said(sqlite_store, kind, NIGHT)
    there.clock.move(minutes=2)  # a run is admitted for a moment that is not at night: this one is late
    deliver(there)
    assert heard(there) == []


@every_kind
def test_whoever_wrote_stop_hears_nothing_of_it(store: Store, kind: str) -> None:
    there = said(store, kind)
    with store.write() as session:
        for member in session.scalars(select(Member)):
            member.opted_out_at = there.clock.now()
        places = set(session.scalars(select(Place.ref)))
    deliver(there)
    assert set(heard(there)) <= places


@every_kind
def test_nobody_gets_a_second_unasked_message(sqlite_store: Store, kind: str) -> None:
    there = said(sqlite_store, kind)
    with sqlite_store.write() as session:
        unasked = list(session.scalars(select(Delivery).where(Delivery.unasked)))
        refs = {row.id: row.handle_id for row in unasked}
    deliver(there)
    with sqlite_store.read() as session:
        sent = session.scalars(select(Delivery).where(Delivery.id.in_(refs), Delivery.state == "sent"))
        assert all(n == 1 for n in Counter(row.handle_id for row in sent).values())


@every_kind
def test_a_full_place_hears_none_of_it(sqlite_store: Store, kind: str) -> None:
    there = theatre(sqlite_store)
    filled = ritual("plein", kind="steps", when=["on 2026-11-30 at 09:30"], model=[{"post": "un"}])
    there.apply(playbook(filled, pace={"posts": 1}), _sample(kind, playbook="autre", pace={"posts": 1}))
    there.live_until(MONDAY)
    there.clock.move(minutes=5)
    before = len(heard(there))
    hold.hold(there.app, "autre", "lundi")
    there.live_until(MONDAY + timedelta(hours=2))
    assert len(heard(there)) == before
    assert (there.runs()[-1].reason == Reason.DAY_FULL) == (kind in SPEAKS_TO_ALL)
