"""Whatever two platforms tell of one member's acts, in whatever order and however often, one answer comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.ports import Inbound
from orchestrator.store import communities
from orchestrator.store.session import Store
from orchestrator.store.tables import MemberTotal
from tests import databases
from tests.circle import NOON, inbound
from tests.flow.hall import Hall, in_thread, opened, replied


@dataclass(frozen=True, slots=True)
class Act:
    """The n-th thing that one member does: a message, a new wording of message `of`, or the form."""

    number: int
    does: str
    on: str
    of: int = 0

    @property
    def text(self) -> str:
        return f"{self.does} {self.number}"

    def told(self) -> tuple[str, Inbound]:
        """The connection, and what it tells."""
        at = NOON + timedelta(seconds=10 * self.number)
        if self.does == "form":
            data = {"key": "answer-c0de", "text": self.text, "named": True}
            return "slack", inbound("submitted", self.number, at=at, message_ref=None, data=data, to_us=True)
        message = self.number if self.does == "said" else self.of
        make, member = (in_thread, "U1") if self.on == "slack" else (replied, "77")
        one = make(50 + message, self.text, member, at=at)
        if self.does == "edited":
            facts = {"place_ref": one.place_ref, "message_ref": one.message_ref, "text": self.text, "to_us": True}
            above = {"thread_ref": one.thread_ref, "reply_to_ref": one.reply_to_ref}
            one = inbound("edited", self.number, member, at, event_ref=f"edit{self.number}", **facts, **above)
        return self.on, one


def answer(acts: list[Act]) -> str:
    """The plainest account: the last form, else the newest wording of the first message."""
    forms = [act for act in acts if act.does == "form"]
    if forms:
        return forms[-1].text
    first = next(act for act in acts if act.does == "said")
    wordings = [act for act in acts if act.does == "edited" and (act.of, act.on) == (first.number, first.on)]
    return (wordings or [first])[-1].text


@st.composite
def lives(draw: st.DrawFn) -> list[Act]:
    """What one member does, in the order they do it: they can edit only what they said."""
    acts: list[Act] = []
    for number in range(draw(st.integers(1, 7))):
        said = [act for act in acts if act.does == "said"]
        does = draw(st.sampled_from(["said", "edited", "form"] if said else ["said"]))
        of = draw(st.sampled_from(said)) if does == "edited" else None
        on = of.on if of else draw(st.sampled_from(["slack", "telegram"]))
        acts.append(Act(number, does, on, of.number if of else 0))
    return acts


def hear(hall: Hall, acts: list[Act]) -> None:
    for act in acts:
        connection, one = act.told()
        hall.hear(one, connection=connection)
    for _ in range(4):
        hall.pass_time(seconds=3)
        hall.receive()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives(), st.randoms(use_true_random=False))
def test_one_answer_comes_of_it(kept_memory: Store, acts: list[Act], chance: object) -> None:
    told = acts + acts[:2]
    chance.shuffle(told)  # type: ignore[attr-defined]
    store = databases.emptied(kept_memory)
    with opened(store) as hall:
        with store.write() as session:
            refs = {hall.here.slack_id: "U1", hall.here.telegram_id: "77"}
            communities.keep_person(session, hall.here.community_id, "ana", refs, NOON)
        hear(hall, told)
        assert [text for _, text, _ in hall.answers()] == [answer(acts)]
        assert hall.waiting() == 0
        contributions = sum(act.does == "said" for act in acts) + any(act.does == "form" for act in acts)
        assert [row.n for row in hall.all(MemberTotal)] == [contributions]
