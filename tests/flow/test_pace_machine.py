"""Whatever rituals, talk, pauses and "stop" come together: a day's posts, our share and a budget are never exceeded."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from orchestrator.flow import hold, pause
from orchestrator.playbook.schema import Ritual
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Handle, Run
from tests import databases
from tests.flow.letters import change, write
from tests.flow.test_room import talk
from tests.flow.theatre import Theatre, playbook, ritual, theatre

PARIS = ZoneInfo("Europe/Paris")
ZONES = {"U7": PARIS, "U8": ZoneInfo("America/New_York")}
WEEK = timedelta(days=7)
PER_DAY, FLOOR, PER_WEEK = 2, 2, 1
PACE = {"posts": PER_DAY, "direct": PER_WEEK, "stop_after": 99, "our_share": {"at_most": "20%", "but_allow": FLOOR}}

asking = st.builds(
    lambda open_for, remind: ("prompt", {"ask": ["a", "b"], "open_for": open_for, "remind": remind}),
    st.sampled_from(["1 hour", "20 hours", "2 days"]),
    st.booleans(),
)
stepping = st.builds(
    lambda waits: ("steps", [{"post": "un"}, *(step for wait in waits for step in ({"wait": wait}, {"post": "et"}))]),
    st.lists(st.sampled_from(["1 hour", "14 hours", "1 day", "2 days"]), max_size=2),
)
phrases = st.builds(
    lambda day, hour: f"every {day} at {hour:02}:00",
    st.sampled_from(["day", "weekday", "monday", "tuesday"]),
    st.integers(8, 20),
)
plans = st.lists(st.tuples(phrases, st.one_of(asking, stepping)), min_size=2, max_size=5)


class Weeks(RuleBasedStateMachine):
    """Two playbooks of one community, with random rituals, and members who talk or fall silent."""

    open_store: Callable[[], Store]

    @initialize(plans=plans)
    def begin(self, plans: Sequence[tuple[str, tuple[str, object]]]) -> None:
        self.store = self.open_store()
        self.there: Theatre = theatre(self.store)
        rituals = [_ritual(number, *plan) for number, plan in enumerate(plans)]
        self.names = [f"p{number % 2}/{one.name}" for number, one in enumerate(rituals)]
        books = [playbook(*rituals[half::2], playbook=f"p{half}", pace=PACE) for half in (0, 1)]
        self.there.apply(*books)
        self.members = {ref: self.there.member(ref) for ref in ZONES}
        change(self.there, self.members["U8"], zone=ZONES["U8"].key)
        self.said: list[datetime] = []
        self.silent: dict[str, int] = {}  # who wrote "stop", and how much they had heard by then
        self.paused: int | None = None  # how much was said when everything was paused
        self.numbers = itertools.count()

    @rule(hours=st.integers(1, 40))
    def passes(self, hours: int) -> None:
        self.there.live_until(self.there.clock.now() + timedelta(hours=hours))

    @rule(n=st.integers(1, 12))
    def people_talk(self, n: int) -> None:
        self.there.clock.move(seconds=1)
        talk(self.there, n, self.there.clock.now())
        self.said += [self.there.clock.now()] * n

    @rule(number=st.integers(0, 9))
    def a_host_holds_one_now(self, number: int) -> None:
        book, _, name = self.names[number % len(self.names)].partition("/")
        hold.hold(self.there.app, book, name)
        self.there.tick()

    @rule(ref=st.sampled_from(sorted(ZONES)), number=st.integers(0, 9))
    def a_run_writes_to_a_member(self, ref: str, number: int) -> None:
        if runs := self.there.runs():
            until = self.there.clock.now() + timedelta(hours=24)
            write(self.there, runs[number % len(runs)], ref, f"s{next(self.numbers)}", late_until=until)
            self.there.tick()

    @rule(ref=st.sampled_from(sorted(ZONES)))
    def one_says_stop_or_start(self, ref: str) -> None:
        if ref in self.silent:
            del self.silent[ref]
        else:
            self.silent[ref] = self._heard(ref)
        change(self.there, self.members[ref], opted_out_at=self.there.clock.now() if ref in self.silent else None)

    @rule()
    def a_host_pauses_or_resumes(self) -> None:
        with self.store.write() as session:
            if self.paused is None:
                pause.pause(session, None, self.there.clock.now())
                self.paused = len(self._everything())
            else:
                pause.resume(session, None, self.there.clock.now())
                self.paused = None

    @invariant()
    def no_place_gets_more_posts_a_day_than_allowed(self) -> None:
        days = Counter((row.place_id, _day(row)) for row, _ in self._posts() if row.stage != "recap")
        assert max(days.values(), default=0) <= PER_DAY

    @invariant()
    def our_share_is_kept_but_for_the_floor(self) -> None:
        first: dict[tuple[int | None, int], Delivery] = {}
        for row, run in self._posts():
            first.setdefault((row.place_id, run.id), row)
        for (place_id, run_id), one in first.items():
            at = _sent(one)
            before = [
                row for row, run in self._posts() if row.place_id == place_id and _sent(row) <= at and run.id < run_id
            ]
            ours = 1 + sum(_sent(row) > at - WEEK for row in before)
            people = sum(at - WEEK < said <= at for said in self.said)
            assert ours <= FLOOR or 5 * ours <= ours + people

    @invariant()
    def nobody_gets_more_unasked_messages_than_their_budget(self) -> None:
        heard: dict[str, list[datetime]] = defaultdict(list)
        for row, ref in self._letters():
            heard[ref].append(_sent(row))
        for moments in heard.values():
            assert all(later - earlier >= WEEK for earlier, later in itertools.pairwise(sorted(moments)))

    @invariant()
    def nobody_is_written_to_in_their_night(self) -> None:
        for row, ref in self._letters():
            assert time(8) <= _sent(row).astimezone(ZONES[ref]).time() < time(21)

    @invariant()
    def silence_is_kept(self) -> None:
        assert all(self._heard(ref) == heard for ref, heard in self.silent.items())
        assert self.paused is None or len(self._everything()) == self.paused

    def _posts(self) -> list[tuple[Delivery, Run]]:
        sent = select(Delivery, Run).join(Run, Run.id == Delivery.run_id).where(Delivery.place_id.is_not(None))
        return self._rows(sent.where(Delivery.counts, Delivery.state == "sent").order_by(Delivery.sent_at))

    def _letters(self) -> list[tuple[Delivery, str]]:
        sent = select(Delivery, Handle.ref).join(Handle, Handle.id == Delivery.handle_id)
        return self._rows(sent.where(Delivery.state == "sent"))

    def _rows(self, wanted: Any) -> list[Any]:
        with self.store.read() as session:
            return [tuple(row) for row in session.execute(wanted)]

    def _everything(self) -> list[object]:
        return [*self.there.slack.ledger, *self.there.telegram.ledger]

    def _heard(self, ref: str) -> int:
        return sum(entry.place_ref == ref for entry in self.there.slack.ledger)


def _ritual(number: int, when: str, plan: tuple[str, object]) -> Ritual:
    return ritual(f"r{number}", kind=plan[0], when=[when], model=plan[1])


def _sent(row: Delivery) -> datetime:
    assert row.sent_at is not None
    return row.sent_at


def _day(row: Delivery) -> object:
    return _sent(row).astimezone(PARIS).date()


def played(opens: Callable[[], Store]) -> type[RuleBasedStateMachine]:
    """The machine, each time with a fresh database."""
    return type("Played", (Weeks,), {"open_store": staticmethod(opens)})


def test_guardrails_hold(store: Store) -> None:
    few = settings(max_examples=12, stateful_step_count=15, deadline=None, phases=[Phase.generate])  # short as it is
    run_state_machine_as_test(played(lambda: databases.emptied(store)), settings=few)
