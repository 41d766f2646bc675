"""Votes: in whatever order and however often acts are told, each member stands for what they last chose."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from orchestrator.rules.ballot import ANEW, BallotAct
from orchestrator.store import ballots
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Community, Connection, Handle, Member, to_us
from tests.flow.outside import outside, run_of

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

#: member → their handles; those of one member on two platforms were linked.
HANDLES = {1: (1,), 2: (2,), 3: (3, 4)}


def house(store: Store) -> int:
    """A run, three members and their four handles; gives the run's id."""
    run_id = run_of(outside(store))
    with store.write() as session:
        community = session.get_one(Community, 1)
        session.add(Connection(id=2, name="telegram", platform="telegram"))
        session.flush()
        for member_id, handles in HANDLES.items():
            session.add(Member(id=member_id, community_id=community.id, name=f"Member {member_id}"))
            session.flush()
            for one in handles:
                where = {"community_id": community.id, "connection_id": 1 if one % 2 else 2, "member_id": member_id}
                session.add(Handle(id=one, ref=f"U{one}", **where))
    return run_id


def cast(store: Store, run_id: int, member_id: int, act: BallotAct) -> None:
    with store.write() as session:
        ballots.cast(session, run_id, "open", member_id, act)


def tally(store: Store, run_id: int) -> dict[int, tuple[int, ...]]:
    with store.read() as session:
        return {vote.member_id: vote.options for vote in ballots.of_run(session, run_id)}


def at(seconds: int, options: tuple[int, ...], handle: int = 1, **more: bool) -> BallotAct:
    moment = NOON + seconds * SECOND
    return BallotAct(handle, moment, to_us(moment), options, **more)


class Votes(RuleBasedStateMachine):
    """Members act in order; what they did is told in any order, and told again."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.store = Store(f"sqlite:///{Path(self.folder.name) / 'votes.db'}")
        Base.metadata.create_all(self.store.engine)
        self.run_id = house(self.store)
        self.done: list[tuple[int, BallotAct]] = []
        self.moment = NOON

    @rule(
        handle=st.integers(1, 4),
        options=st.sets(st.integers(0, 3), max_size=3),
        added=st.booleans(),
        apart=st.integers(1, 90),
    )
    def acts(self, handle: int, options: set[int], added: bool, apart: int) -> None:
        self.moment += apart * SECOND
        member = next(member for member, handles in HANDLES.items() if handle in handles)
        act = BallotAct(handle, self.moment, to_us(self.moment), tuple(options), added=added and bool(options))
        self.done.append((member, act))

    @rule(pick=st.randoms(use_true_random=False))
    def told(self, pick: random.Random) -> None:
        if self.done:
            cast(self.store, self.run_id, *pick.choice(self.done))

    @rule(pick=st.randoms(use_true_random=False))
    def all_told(self, pick: random.Random) -> None:
        for one in pick.sample(self.done, len(self.done)):
            cast(self.store, self.run_id, *one)
        assert tally(self.store, self.run_id) == self.truth()

    def truth(self) -> dict[int, tuple[int, ...]]:
        """Everything in the order it was done."""
        stands: dict[int, set[int]] = {}
        for member, act in self.done:
            stands[member] = (stands.get(member, set()) if act.added else set()) | set(act.options)
        return {member: tuple(sorted(options)) for member, options in stands.items() if options}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


TestVotes = Votes.TestCase
TestVotes.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_where_no_moment_is_told_the_number_decides_whenever_it_arrives(store: Store) -> None:
    run_id = house(store)
    for number, arrived, option in ((8, 0, 1), (7, 5, 0), (8, 9, 1)):
        cast(store, run_id, 1, BallotAct(1, NOON + arrived * SECOND, number, (option,)))
    assert tally(store, run_id) == {1: (1,)}


def test_numbers_that_begin_anew_after_a_quiet_week_are_later(store: Store) -> None:
    run_id = house(store)
    cast(store, run_id, 1, BallotAct(1, NOON, 900, (0,)))
    cast(store, run_id, 1, BallotAct(1, NOON + ANEW + SECOND, 12, (2,)))
    assert tally(store, run_id) == {1: (2,)}


def test_an_old_vote_told_again_does_not_come_back_over_another_handle_of_the_member(store: Store) -> None:
    run_id = house(store)
    on_telegram = BallotAct(4, NOON, 7, (0,))
    cast(store, run_id, 3, on_telegram)
    cast(store, run_id, 3, at(5, (1,), handle=3))
    cast(store, run_id, 3, BallotAct(4, NOON + 60 * SECOND, 7, (0,)))  # the same update, delivered again
    assert tally(store, run_id) == {3: (1,)}


def test_a_vote_taken_back_takes_everything_added_before_it(store: Store) -> None:
    run_id = house(store)
    for act in (at(9, (2,), added=True), at(5, ()), at(1, (0,), added=True), at(2, (1,), added=True)):
        cast(store, run_id, 1, act)
    assert tally(store, run_id) == {1: (2,)}


def test_a_hosts_vote_is_kept_and_not_counted(store: Store) -> None:
    run_id = house(store)
    with store.write() as session:
        ballots.cast(session, run_id, "open", 1, at(1, (0,)), counted=False)
    with store.read() as session:
        assert [(vote.options, vote.counted) for vote in ballots.of_run(session, run_id)] == [((0,), False)]


def test_writers_at_once_leave_each_members_last_vote(store: Store) -> None:
    run_id = house(store)
    acts = [
        (member, at(10 * turn + handle, (turn % 4,), handle))
        for member in HANDLES
        for handle in HANDLES[member]
        for turn in range(12)
    ]

    def tell(seed: int) -> None:
        for one in random.Random(seed).sample(acts, len(acts)):
            cast(store, run_id, *one)

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally(store, run_id) == {1: (3,), 2: (3,), 3: (3,)}
