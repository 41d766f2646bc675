"""Linking and parting: after any interleaving, every row is whose it would be if it were attributed from scratch."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.rules import codes
from orchestrator.rules.days import LocalDays, month_of, week_of
from orchestrator.store import activity, attribution, erasure, links, members, sharing
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Activity,
    Answer,
    Badge,
    Ballot,
    Base,
    Community,
    Connection,
    Deed,
    Farewell,
    Handle,
    Idea,
    Member,
    MemberDay,
    MemberMonth,
    MemberTopic,
    MemberTotal,
    MemberWeek,
    Part,
    Place,
    PlaybookRow,
    PlaybookVersion,
    Presence,
    Question,
    Reply,
    Ritual,
    Run,
    Space,
    Standing,
    to_us,
)
from orchestrator.store.upsert import insert
from tests.circle import NOON

ZONE = "Europe/Paris"
HANDLES = 4
CONNECTIONS = (0, 1, 2, 1)  # the fourth is another person's, on a platform where somebody else is already
_numbers = itertools.count(1)

#: What only one of may be with a member, and what there may be any number of.
one_each = st.sampled_from(("answer", "form", "badge", "part", "be there"))
any_number = st.sampled_from(["say", "react", "vote", "propose", "ask", "reply", "help", "name it"])
handles = st.integers(0, HANDLES - 1)
doing = st.tuples(st.just("do"), one_each | any_number, handles, st.integers(0, 1))
linking = st.tuples(st.just("link"), handles, handles)
erasing = st.tuples(st.just("erase"), handles)
others = st.tuples(st.sampled_from(("part", "stop")), handles)
steps = st.tuples(
    st.lists(doing, min_size=8, max_size=14), st.lists(linking | doing | others, min_size=3, max_size=12)
).map(lambda both: [*both[0], *both[1]])


@dataclass
class World:
    """A community of its own, with four handles on three platforms."""

    store: Store
    community_id: int
    place_ids: list[int]
    handle_ids: list[int]
    homes: list[int]
    run_ids: list[int]
    by: dict[int, int] = field(default_factory=dict)  # the number of an act → its handle's id
    forms: dict[int, int] = field(default_factory=dict)  # an answer by the form → its handle's id
    refs: dict[int, str] = field(default_factory=dict)  # of those who were erased, by their handle's place here
    badges: set[tuple[int, str]] = field(default_factory=set)
    all_handles: list[int] = field(default_factory=list)  # those of the erased too

    def __post_init__(self) -> None:
        self.all_handles += self.handle_ids

    def member(self, session: Session, handle: int) -> int:
        return session.get_one(Handle, self.handle_ids[handle]).member_id


def world(store: Store) -> World:
    number = next(_numbers)
    with store.write() as session:
        community = Community(name=f"c{number}", zone=ZONE, language="fr")
        connections = [Connection(name=f"n{number}-{one}", platform="test") for one in range(3)]
        session.add_all([community, *connections])
        session.flush()
        space = Space(community_id=community.id, name="salon")
        above = PlaybookRow(community_id=community.id, name="p")
        session.add_all([space, above])
        session.flush()
        places = [Place(space_id=space.id, connection_id=one.id, ref=f"C{number}") for one in connections]
        version = PlaybookVersion(playbook_id=above.id, digest="d", body="{}", created_at=NOON)
        session.add_all([*places, version])
        session.flush()
        ritual = Ritual(playbook_id=above.id, version_id=version.id, name="r", kind="prompt")
        members = [Member(community_id=community.id, name="") for _ in range(HANDLES)]
        session.add_all([ritual, *members])
        session.flush()
        facts = {"ritual_id": ritual.id, "version_id": version.id, "due_at": NOON, "made_at": NOON}
        runs = [Run(key=f"k{one}", code=f"{number}-{one}", **facts) for one in range(3)]
        owned = [
            Handle(
                community_id=community.id,
                connection_id=connections[CONNECTIONS[one]].id,
                ref=f"U{number}-{one}",
                member_id=members[one].id,
            )
            for one in range(HANDLES)
        ]
        session.add_all([*runs, *owned])
        session.flush()
        return World(
            store,
            community.id,
            [one.id for one in places],
            [one.id for one in owned],
            [one.id for one in members],
            [one.id for one in runs],
        )


def do(here: World, session: Session, what: str, handle: int, which: int) -> None:
    """One thing that a handle does, kept as it is kept in life: for the member that the handle has now."""
    come_back(here, session, handle)
    number, member_id = next(_numbers), here.member(session, handle)
    here.by[number] = here.handle_ids[handle]
    act = Act(here, session, number, handle, member_id, which)
    DOINGS[what](act)
    session.flush()


@dataclass(frozen=True)
class Act:
    here: World
    session: Session
    number: int
    handle: int
    member_id: int
    which: int

    @property
    def at(self) -> datetime:
        return NOON + timedelta(hours=self.number % 2000, seconds=self.number)

    @property
    def place_id(self) -> int:
        return self.here.place_ids[CONNECTIONS[self.handle]]

    @property
    def handle_id(self) -> int:
        return self.here.handle_ids[self.handle]

    @property
    def there(self) -> dict[str, int]:
        return {"place_id": self.place_id, "member_id": self.member_id}

    @property
    def in_run(self) -> dict[str, int]:
        return {"run_id": self.here.run_ids[self.which], "member_id": self.member_id}

    def put(self, table: type[Any], **values: Any) -> None:
        self.session.execute(insert(self.session, table).values(**values).on_conflict_do_nothing())

    def count(self, ref: int, kind: int, mark: int) -> None:
        day = LocalDays(ZONE)(to_us(self.at))
        spaces = {self.place_id: self.session.get_one(Place, self.place_id).space_id}
        fact = (self.place_id, ref, kind, mark, self.member_id, day, to_us(self.at), None, None, 1, 0)
        activity.keep(self.session, [fact], spaces)


def answer(act: Act, message_ref: str | None) -> None:
    run_id = act.in_run["run_id"]
    before = select(Answer.id).where(Answer.run_id == run_id, Answer.member_id == act.member_id)
    if act.session.scalars(before).first() is None:
        said = {"said_at": act.at, "text": f"t{act.number}", "message_ref": message_ref}
        row = Answer(**act.in_run, stage="post", handle_id=act.handle_id, **said)
        act.session.add(row)
        act.session.flush()
        if message_ref is None:
            act.here.forms[row.id] = act.handle_id
            act.count(row.id, activity.FORM, act.member_id)


def propose(act: Act) -> None:
    connection_id = act.session.get_one(Handle, act.handle_id).connection_id
    known = {"community_id": act.here.community_id, "connection_id": connection_id, "event_key": f"{act.number}"}
    act.put(Idea, **known, handle_id=act.handle_id, member_id=act.member_id, at=act.at, text="i")


def badge(act: Act) -> None:
    name = f"b{act.which}"
    has = select(Badge.id).where(Badge.member_id == act.member_id, Badge.name == name)
    if act.session.scalars(has).first() is None:
        act.here.badges.add((act.member_id, name))
        act.put(Badge, member_id=act.member_id, name=name, earned_at=act.at)


DOINGS: dict[str, Callable[[Act], None]] = {
    "say": lambda act: act.count(act.number, activity.SAID, 0),
    "react": lambda act: act.count(act.number, activity.REACTED, act.number),
    "answer": lambda act: answer(act, f"{act.number}"),
    "form": lambda act: answer(act, None),
    "vote": lambda act: act.put(
        Ballot, **act.in_run, stage="post", handle_id=act.handle_id, options="1", at=act.at, added=-1
    ),
    "badge": badge,
    "part": lambda act: act.put(Part, **act.in_run, role="speaker", state="x", at=act.at, facts={}),
    "be there": lambda act: act.put(Presence, **act.there, joined_at=act.at, at_start=False),
    "propose": propose,
    "ask": lambda act: act.put(Question, **act.there, ref=act.number, message_ref="1", at=act.at, text="q", topics=[]),
    "reply": lambda act: act.put(Reply, **act.there, ref=act.number, root_ref=1, day=1),
    "help": lambda act: act.put(Deed, **act.there, root_ref=act.number, kind="helped", day=1),
    "name it": lambda act: act.put(MemberTopic, **act.there, topic="prix", ref=act.number, at=act.at),
}


def link(here: World, one: int, other: int) -> None:
    with here.store.write() as session:
        sharing.alone(session)
        for handle in (one, other):
            come_back(here, session, handle)
        before = [session.get_one(Member, here.member(session, handle)) for handle in (one, other)]
        silent = any(member.opted_out_at for member in before)
        outcome, kept = links.join(session, before[0].id, before[1].id, NOON)
        assert (outcome == "one already") == (before[0].id == before[1].id)
        if outcome == "linked":
            assert (session.get_one(Member, kept).opted_out_at is not None) == silent


def part(here: World, handle: int) -> None:
    with here.store.write() as session:
        sharing.alone(session)
        come_back(here, session, handle)
        links.separate(session, here.member(session, handle))


def erase(here: World, handle: int) -> None:
    """Somebody is forgotten, on every platform that was linked."""
    with here.store.write() as session:
        agreed = sharing.alone(session)
        gone = erasure.everything_of(session, here.handle_ids[handle])
        if not any(one.ref.startswith("erased:") for one in gone):
            here.refs |= {here.handle_ids.index(one.id): one.ref for one in gone}
            erasure.erase(session, gone, NOON, NOON)
        assert agreed.generation > 0


def come_back(here: World, session: Session, handle: int) -> None:
    """Who does something after their erasure is somebody new."""
    if handle in here.refs:
        old = session.get_one(Handle, here.handle_ids[handle])
        key = (old.connection_id, old.community_id, here.refs.pop(handle))
        member_id = members.ensure(session, {key: ""})[key]
        here.homes.append(member_id)
        found = select(Handle.id).where(Handle.member_id == member_id, Handle.home_id.is_(None))
        here.handle_ids[handle] = session.scalars(found).one()
        here.all_handles.append(here.handle_ids[handle])


def play(here: World, step: tuple[Any, ...]) -> None:
    what, *of = step
    if what == "link":
        link(here, *of)
    elif what == "part":
        part(here, *of)
    elif what == "erase":
        erase(here, *of)
    else:
        with here.store.write() as session:
            if what == "do":
                do(here, session, *of)
            else:
                come_back(here, session, *of)
                session.get_one(Member, here.member(session, *of)).opted_out_at = NOON


# --- what it must be --------------------------------------------------------------------------------


def check(here: World) -> None:
    """Every row against its handle, every roll-up against its activity."""
    with here.store.read() as session:
        found = session.execute(select(Handle.id, Handle.member_id).where(Handle.id.in_(here.all_handles)))
        owner = dict(found.all())
        rows = list(session.scalars(select(Activity).where(Activity.place_id.in_(here.place_ids))))
        for row in rows:
            handle = here.forms[row.ref] if row.kind == activity.FORM else here.by[row.ref]
            assert row.member_id == owner[handle]
            assert row.kind != activity.FORM or row.mark == row.member_id
        asked: tuple[type[Any], ...] = (Question, Reply)
        for table in asked:
            for row in session.scalars(select(table).where(table.place_id.in_(here.place_ids))):
                assert row.member_id == owner[here.by[row.ref]]
        for deed in session.scalars(select(Deed).where(Deed.place_id.in_(here.place_ids))):
            assert deed.member_id == owner[here.by[deed.root_ref]]
        given: tuple[type[Any], ...] = (Ballot, Idea)
        for table in given:
            for row in session.scalars(select(table).where(table.handle_id.in_(here.all_handles))):
                assert row.member_id == owner[row.handle_id]
        check_answers(here, session, owner)
        check_roll_ups(here, session, rows)


def check_answers(here: World, session: Session, owner: dict[int, int]) -> None:
    """Who is awake has at most one answer to a question, by a handle of theirs; asleep, it does not count."""
    awake = set(owner.values())
    for row in session.scalars(select(Answer).where(Answer.handle_id.in_(here.all_handles))):
        mine = row.member_id == owner[row.handle_id]
        assert (row.counted and mine) if row.member_id in awake else not row.counted


def check_roll_ups(here: World, session: Session, rows: list[Activity]) -> None:
    counted = [row for row in rows if row.kind in activity.CONTRIBUTIONS]
    days = Counter((row.member_id, row.day) for row in counted)
    kept = select(MemberDay).where(MemberDay.member_id.in_(here.homes))
    assert {(row.member_id, row.day): row.n for row in session.scalars(kept)} == days
    tables: list[tuple[type[Any], str, Any]] = [(MemberWeek, "week", week_of), (MemberMonth, "month", month_of)]
    for table, period, period_of in tables:
        wanted: dict[tuple[int, int], tuple[int, int]] = {}
        for (member_id, day), n in days.items():
            number, bit = period_of(day)
            so_far, bits = wanted.get((member_id, number), (0, 0))
            wanted[member_id, number] = so_far + n, bits | bit
        told = session.scalars(select(table).where(table.member_id.in_(here.homes)))
        assert {(row.member_id, getattr(row, period)): (row.n, row.days) for row in told} == wanted
    for total in session.scalars(select(MemberTotal).where(MemberTotal.member_id.in_(here.homes))):
        mine = [row.at for row in counted if row.member_id == total.member_id]
        assert (total.n, total.first_at, total.last_at) == (len(mine), min(mine), max(mine))


def check_as_if_never_linked(here: World) -> None:
    with here.store.read() as session:
        assert [here.member(session, handle) for handle in range(HANDLES)] == here.homes
        badges = session.execute(select(Badge.member_id, Badge.name).where(Badge.member_id.in_(here.homes)))
        assert {(member_id, name) for member_id, name in badges} == here.badges
        kept: tuple[type[Any], ...] = (Badge, Part)
        for table in kept:
            asleep = select(table.id).where(table.home_id.in_(here.homes))
            assert list(session.scalars(asleep)) == []


@pytest.mark.parametrize("last", [False, True], ids=["interleaved", "parted at the end"])
def test_after_any_interleaving_every_row_is_its_handles(store: Store, last: bool) -> None:
    @given(steps)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(played: list[tuple[Any, ...]]) -> None:
        here = world(store)
        for step in played:
            play(here, step)
            check(here)
        if last:
            for handle in range(HANDLES):
                part(here, handle)
            check(here)
            check_as_if_never_linked(here)

    holds()


def test_after_any_interleaving_with_erasures_they_are_nowhere_and_the_counts_stay(store: Store) -> None:
    @given(st.tuples(steps, handles, st.lists(linking | doing | erasing | others, max_size=10)))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(played: tuple[list[tuple[Any, ...]], int, list[tuple[Any, ...]]]) -> None:
        here = world(store)
        for step in played[0]:
            play(here, step)
        for step in (("erase", played[1]), *played[2]):
            before = contributions(here)
            play(here, step)
            check(here)
            assert step[0] != "erase" or contributions(here) == before
            assert traces(here) == []

    holds()


def contributions(here: World) -> tuple[int, int]:
    """How many contributions there were, and how many answers count."""
    with here.store.read() as session:
        total = select(func.sum(MemberTotal.n)).where(MemberTotal.member_id.in_(here.homes))
        counted = select(func.count()).where(Answer.handle_id.in_(here.all_handles), Answer.counted)
        return session.scalar(total) or 0, session.scalar(counted) or 0


def traces(here: World) -> list[str]:
    """Tables that still hold somebody who was erased: by their reference, or by what they wrote."""
    gone = set(here.all_handles) - set(here.handle_ids) | {here.handle_ids[one] for one in here.refs}
    with here.store.read() as session:
        refs = session.scalars(select(Handle.id).where(Handle.ref.in_(here.refs.values()))).all()
        texts = session.scalars(select(Answer.id).where(Answer.handle_id.in_(gone), Answer.text != "")).all()
        ideas = session.scalars(select(Idea.id).where(Idea.handle_id.in_(gone))).all()
        ids = [one for (one,) in session.execute(select(Handle.member_id).where(Handle.id.in_(gone)))]
        asked = session.scalars(
            select(Question.ref).where(Question.member_id.in_(ids), Question.text.is_not(None))
        ).all()
        badges = session.scalars(select(Badge.id).where(Badge.member_id.in_(ids))).all()
        topics = session.scalars(select(MemberTopic.ref).where(MemberTopic.member_id.in_(ids))).all()
    found = {"handle": refs, "answer": texts, "idea": ideas, "question": asked, "badge": badges, "topic": topics}
    return [name for name, rows in found.items() if rows]


def test_every_table_that_names_a_member_says_how_its_rows_follow_a_link() -> None:
    moved = {*attribution.BY_HANDLE, *attribution.BY_HOME, *attribution.BY_PLACE, Answer, Activity}
    derived = {MemberTotal, MemberDay, MemberWeek, MemberMonth, Standing}
    about_the_row_itself = {Handle, Farewell}
    named = {mapper.class_ for mapper in Base.registry.mappers if "member_id" in mapper.columns}
    assert named == moved | derived | about_the_row_itself


def test_a_code_is_taken_once_by_however_many(store: Store) -> None:
    here, code = world(store), codes.new()
    with store.write() as session:
        links.hand_out(session, here.handle_ids[0], code, NOON + timedelta(minutes=10), NOON)

    def take() -> int | None:
        with store.write() as session:
            return links.take(session, code, NOON)

    with ThreadPoolExecutor(8) as pool:
        taken = [one.result() for one in [pool.submit(take) for _ in range(8)]]
    assert sorted(taken, key=bool) == [None] * 7 + [here.handle_ids[0]]


def test_two_links_and_talk_at_once_leave_every_row_with_its_handle(store: Store) -> None:
    here = world(store)

    def talk(handle: int) -> None:
        for _ in range(5):
            with store.write() as session:
                sharing.enter(session)
                do(here, session, "say", handle, 0)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(talk, handle) for handle in (0, 1, 2)]
        work += [pool.submit(link, here, 0, 1), pool.submit(link, here, 1, 0), pool.submit(link, here, 1, 2)]
        for one in work:
            one.result()
    check(here)
