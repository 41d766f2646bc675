"""Whatever hosts press, edit and tick, in any order and repetition: what is sent is what one of them agreed to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from orchestrator.ports import Inbound
from orchestrator.store.session import Store
from orchestrator.store.tables import to_us
from tests import databases
from tests.flow.backstage import ALEXIS, BACK, INES, INES_TOO, Backstage
from tests.flow.test_tick import asked_for
from tests.flow.theatre import MONDAY

NAMES = ("Nadia", "Karim", "Léa")
STRANGER = "U70"
UNTIL = MONDAY + timedelta(hours=2)

Content = frozenset[tuple[str, str]]
"""(name, text): who would get what, as a host reads it."""


def shown(hosts: Backstage) -> tuple[str, Content] | None:
    """The request that stands in the hosts' space: its code, and what it says would be sent to whom."""
    for act in reversed(hosts.standing().values()):
        codes = [button.key.partition("-")[2] for button in act.buttons if button.key.startswith("approve-")]
        if codes:
            ticked = {button.label[2:] for button in act.buttons if button.label.startswith("☑")}
            return codes[0], frozenset((name, text) for name, text in _previewed(act.text) if name in ticked)
    return None


def _previewed(request: str) -> list[tuple[str, str]]:
    """Each person with the text that the request shows for them; where all get the same, it has no heading."""
    headed = re.findall(r"\*\*\\\[\d\\\] ([^*]+)\*\*\n\n(.*?)\n\n---", request, re.DOTALL)
    if not headed:
        headed = [(", ".join(NAMES), request.split("\n\n---\n\n")[1])]
    return [(name, text) for names, text in headed for name in names.split(", ")]


class Approvals(RuleBasedStateMachine):
    """Two hosts, on two platforms, and somebody who is none; every act may be told again at any time."""

    open_store: Callable[[], Store]

    @initialize()
    def ask(self) -> None:
        self.store = self.open_store()
        self.hosts = asked_for(self.store, NAMES)
        self.buttons: dict[tuple[str, str], str] = {}  # platform, key → message: those that ever stood there
        self.told: list[tuple[str, Inbound]] = []
        self.decided: Content | None = None
        self.numbers = itertools.count(1)
        self._look()

    @rule(nth=st.integers(0, 60), who=st.sampled_from((INES, ALEXIS, INES_TOO, STRANGER)))
    def presses(self, nth: int, who: str) -> None:
        """Any button that ever stood in the hosts' space; the newest come first."""
        on, key = list(reversed(self.buttons))[nth % len(self.buttons)]
        message = self.buttons[on, key]
        if (on == "telegram") == (who == INES_TOO):
            self._tell(on, self._inbound("pressed", who, message_ref=message, data={"key": key, "trigger_ref": "t"}))

    @rule(nth=st.integers(1, 3), word=st.sampled_from(("bonjour", "salut")))
    def edits(self, nth: int, word: str) -> None:
        keys = [key for on, key in self.buttons if key.startswith("edit-")]
        data = {"key": keys[-1], "text": f"[{nth}]\n{word}", "named": True}
        self._tell("slack", self._inbound("submitted", ALEXIS, data=data))

    @precondition(lambda self: self.told)
    @rule(nth=st.integers(0, 20))
    def is_told_again(self, nth: int) -> None:
        self._tell(*self.told[nth % len(self.told)])

    @rule(minutes=st.sampled_from((1, 30, 200)))
    def time_passes(self, minutes: int) -> None:
        self.hosts.there.live_until(self.hosts.there.clock.now() + timedelta(minutes=minutes))
        self._look()

    def _inbound(self, kind: str, who: str, **facts: object) -> Inbound:
        at = to_us(self.hosts.there.clock.now())
        ref = f"m{next(self.numbers)}"
        return Inbound(kind=kind, event_ref=ref, at=at, place_ref=BACK, member_ref=who, to_us=True, **facts)  # type: ignore[arg-type]

    def _tell(self, on: str, one: Inbound) -> None:
        self._note(one)
        self.told.append((on, one))
        self.hosts.tells(on, one)
        self._look()

    def _note(self, one: Inbound) -> None:
        """What a press decides: the first one, by a host, in time, about what the request shows now."""
        verb, _, code = str(one.data["key"]).partition("-")
        now = shown(self.hosts)
        in_time = self.hosts.there.clock.now() <= UNTIL
        if self.decided is None and now is not None and code == now[0] and one.member_ref != STRANGER and in_time:
            if verb == "approve":
                self.decided = now[1]
            elif verb == "skip":
                self.decided = frozenset()

    def _look(self) -> None:
        for on in ("slack", "telegram"):
            for ref, act in self.hosts.standing(on).items():
                for button in act.buttons:
                    self.buttons[on, button.key] = ref

    def teardown(self) -> None:
        if not hasattr(self, "hosts"):
            return
        there = self.hosts.there
        there.live_until(max(there.clock.now(), UNTIL) + timedelta(hours=1))
        sent = [entry for entry in there.slack.ledger if entry.place_ref.startswith("U7")]
        got = [(NAMES[int(entry.place_ref[2:])], entry.text) for entry in sent]
        assert len(got) == len({name for name, _ in got}), "nobody is written to twice"
        assert frozenset(got) == (self.decided or frozenset())
        self.hosts.bus.close()


def played(opens: Callable[[], Store]) -> type[RuleBasedStateMachine]:
    """The machine, each time with a fresh database."""
    return type("Played", (Approvals,), {"open_store": staticmethod(opens)})


def test_what_is_sent_is_what_a_host_agreed_to(store: Store) -> None:
    few = settings(max_examples=8, stateful_step_count=10, deadline=None, phases=[Phase.generate])  # short as it is
    run_state_machine_as_test(played(lambda: databases.emptied(store)), settings=few)
