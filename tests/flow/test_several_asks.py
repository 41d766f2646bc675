"""Steps that ask several questions: every answer goes to its own question, and every recap tells of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.measures.run import results
from orchestrator.ports import Inbound, Post
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Activity, Answer, Badge, Base, Delivery, Expected, Handle, Place, Run, to_us
from tests.flow.platform import Entry
from tests.flow.theatre import MONDAY, Theatre, Town, playbook, ritual, theatre

DAY = timedelta(days=1)
STEPS = [
    {"ask": "Quel _petit_ pas ?"},
    {"wait": "3 days"},
    {"recap": "Les pas."},
    {"ask": "Et alors ?"},
    {"wait": "2 days"},
    {"recap": "La suite."},
    {"give": {"badge": "pas"}},
]
FIRST, SECOND = "s1", "s4"


@dataclass
class Circle:
    """A theatre whose members speak: what they do is published, and applied at once."""

    there: Theatre
    number: int = 100
    told: list[tuple[str, Inbound]] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.there.run().code

    def hear(self, connection: str, kind: Any, member: str, **facts: Any) -> str:
        """Something a member does now; gives the reference of their message."""
        self.number += 1
        known = {"place_ref": "C1", "message_ref": str(self.number), "to_us": True, "at": to_us(self.there.clock.now())}
        one = Inbound(kind=kind, event_ref=f"e{self.number}", member_ref=member, **{**known, **facts})
        self.told.append((connection, one))
        self.publish(connection, one)
        return str(self.number)

    def publish(self, connection: str, *inbounds: Inbound) -> None:
        bus = Bus(self.there.store, self.there.clock.now)
        bus.publish(connection, inbounds)
        bus.close()
        receive(self.there.app)
        self.there.tick()

    def thread(self, member: str, text: str, under: Entry) -> str:
        return self.hear("slack", "said", member, text=text, thread_ref=under.message_ref)

    def reply(self, member: str, text: str, under: Entry) -> str:
        return self.hear("telegram", "said", member, text=text, reply_to_ref=under.message_ref)

    def form(self, member: str, text: str, key: str) -> None:
        self.hear("slack", "submitted", member, message_ref=None, data={"key": key, "text": text, "named": True})

    def link(self, member: str, key: str) -> None:
        data = {"word": "start", "rest": key}
        self.hear("telegram", "commanded", member, place_ref=member, data=data)

    def direct(self, member: str, text: str, **facts: Any) -> str:
        return self.hear("telegram", "said", member, place_ref=member, text=text, **facts)

    def answers(self) -> list[tuple[str, str, bool]]:
        """(stage, text, late) of every answer."""
        with self.there.store.read() as session:
            rows = session.execute(select(Answer.stage, Answer.text, Answer.late))
            return sorted((stage, text, late) for stage, text, late in rows)

    def all(self, table: type[Base]) -> list[Any]:
        with self.there.store.read() as session:
            return list(session.scalars(select(table)))

    def post(self, question: str, town: Town | None = None) -> Entry:
        """The post that asks this."""
        return next(entry for entry in self.there.said(town) if question in entry.text and entry.under is None)


@pytest.fixture
def circle(store: Store) -> Circle:
    there = theatre(store)
    there.apply(playbook(ritual(kind="steps", model=STEPS)))
    there.live_until(MONDAY)
    return Circle(there)


def test_each_question_has_its_answers_and_its_recap_over_both_platforms(circle: Circle) -> None:
    there = circle.there
    circle.thread("U7", "un devis", circle.post("pas"))
    circle.reply("78", "un appel", circle.post("pas", there.telegram))
    circle.thread("U7", "merci", circle.post("pas"))
    there.live_until(MONDAY + 3 * DAY)
    recap = next(entry.text for entry in there.said() if "Les pas." in entry.text)
    assert "un devis" in recap and "un appel" in recap

    circle.thread("U7", "envoyé", circle.post("Et alors"))
    circle.reply("78", "rappelé", circle.post("Et alors", there.telegram))
    circle.thread("U9", "trop tard", circle.post("pas"))
    assert circle.answers() == [
        (FIRST, "trop tard", True),
        (FIRST, "un appel", False),
        (FIRST, "un devis", False),
        (SECOND, "envoyé", False),
        (SECOND, "rappelé", False),
    ]
    there.live_until(MONDAY + 5 * DAY)
    recap = next(entry.text for entry in there.said(there.telegram) if "La suite." in entry.text)
    assert "envoyé" in recap and "rappelé" in recap
    assert not any(text in recap for text in ("un devis", "un appel", "trop tard"))
    with there.store.read() as session:
        run = session.get_one(Run, there.run().id)
        numbers = results(session, run)
        assert [numbers[name] for name in ("answers", "late", "members")] == [4, 1, 2]
        assert (run.state, run.facts["result"]["counted"], run.facts["result"]["unanswered"]) == ("done", 2, False)
    assert len(circle.all(Badge)) == 2


def test_everything_told_twice_changes_nothing(circle: Circle) -> None:
    there = circle.there
    circle.thread("U7", "un devis", circle.post("pas"))
    circle.form("U8", "un appel", f"answer-{circle.code}-{FIRST}")
    there.live_until(MONDAY + 3 * DAY)
    circle.thread("U7", "envoyé", circle.post("Et alors"))
    circle.form("U8", "rappelé", f"answer-{circle.code}-{SECOND}")
    before = (circle.answers(), len(circle.all(Activity)), len(circle.all(Delivery)))
    assert len(before[0]) == before[1] == 4
    for connection, one in reversed(circle.told):
        circle.publish(connection, one)
    assert (circle.answers(), len(circle.all(Activity)), len(circle.all(Delivery))) == before


def test_a_form_answers_the_question_of_its_button_or_the_one_open_now(circle: Circle) -> None:
    circle.there.live_until(MONDAY + 4 * DAY)
    circle.form("U7", "en retard", f"answer-{circle.code}-{FIRST}")
    circle.form("U8", "à temps", f"answer-{circle.code}-{SECOND}")
    circle.form("U9", "sans étape", f"answer-{circle.code}")
    assert circle.answers() == [(FIRST, "en retard", True), (SECOND, "sans étape", False), (SECOND, "à temps", False)]


def test_one_member_answers_a_question_once_over_all_platforms(circle: Circle) -> None:
    circle.thread("U7", "sur slack", circle.post("pas"))
    with circle.there.store.write() as session:
        slack = session.scalars(select(Handle).where(Handle.ref == "U7")).one()
        there = circle.there.telegram
        telegram = session.scalars(
            select(Place.connection_id).where(Place.connection_id != slack.connection_id)
        ).first()
        known = {"community_id": slack.community_id, "connection_id": telegram, "member_id": slack.member_id}
        session.add(Handle(**known, ref="78"))
    circle.reply("78", "sur telegram", circle.post("pas", there))
    assert circle.answers() == [(FIRST, "sur slack", False)]
    circle.there.live_until(MONDAY + 3 * DAY)
    circle.reply("78", "encore moi", circle.post("Et alors", there))
    assert circle.answers() == [(FIRST, "sur slack", False), (SECOND, "encore moi", False)]


def test_the_links_of_two_questions_wait_for_two_direct_answers(circle: Circle) -> None:
    circle.there.live_until(MONDAY + 4 * DAY)
    circle.link("78", f"answer-{circle.code}-{FIRST}")
    circle.there.clock.move(minutes=1)
    circle.link("78", f"answer-{circle.code}-{SECOND}")
    assert len(circle.all(Expected)) == 2
    circle.direct("78", "à la seconde")
    circle.direct("78", "à la première")
    circle.direct("78", "bavardage")
    assert circle.answers() == [(FIRST, "à la première", True), (SECOND, "à la seconde", False)]
    assert circle.all(Expected) == []


def test_a_reply_to_a_direct_question_answers_that_one(circle: Circle) -> None:
    circle.there.live_until(MONDAY + 4 * DAY)
    circle.link("78", f"answer-{circle.code}-{FIRST}")
    circle.there.clock.move(minutes=1)
    circle.link("78", f"answer-{circle.code}-{SECOND}")
    asked = next(one for one in circle.there.telegram.standing() if one.place_ref == "78" and "pas" in one.text)
    circle.direct("78", "à la première", reply_to_ref=asked.message_ref)
    assert circle.answers() == [(FIRST, "à la première", True)]
    assert [row.stage for row in circle.all(Expected)] == [SECOND]


def test_a_question_asked_directly_keeps_its_emphasis(circle: Circle) -> None:
    circle.link("78", f"answer-{circle.code}-{FIRST}")
    text = next(one.text for one in circle.there.telegram.standing() if one.place_ref == "78")
    assert "Quel _petit_ pas" in text and "\\_" not in text


def test_an_edit_and_a_deletion_touch_the_answer_that_the_message_is(circle: Circle) -> None:
    first = circle.thread("U7", "un devis", circle.post("pas"))
    circle.there.live_until(MONDAY + 3 * DAY)
    second = circle.thread("U7", "envoyé", circle.post("Et alors"))
    circle.there.clock.move(minutes=5)
    circle.hear("slack", "edited", "U7", text="deux devis", message_ref=first)
    assert circle.answers() == [(FIRST, "deux devis", False), (SECOND, "envoyé", False)]
    circle.hear("slack", "deleted", "U7", message_ref=second)
    assert circle.answers() == [(FIRST, "deux devis", False)]
    circle.thread("U7", "renvoyé", circle.post("Et alors"))
    assert circle.answers() == [(FIRST, "deux devis", False), (SECOND, "renvoyé", False)]


def test_a_press_proves_the_post_of_its_own_question(circle: Circle) -> None:
    there = circle.there
    there.live_until(MONDAY + 3 * DAY)
    with there.store.write() as session:
        lost = select(Delivery).join(Place, Place.id == Delivery.place_id)
        posts = session.scalars(lost.where(Delivery.stage.in_((FIRST, SECOND)))).all()
        for row in posts:
            row.state, row.message_ref = "unknown", None
        place_id = posts[0].place_id
        assert place_id is not None
        found = deliveries.evidence(session, place_id, "900", there.clock.now(), circle.code, SECOND)
        assert found is not None and found.stage == SECOND


def test_a_run_is_unanswered_only_when_no_question_was_answered(sqlite_store: Store) -> None:
    there = theatre(sqlite_store)
    there.apply(playbook(ritual(kind="steps", model=STEPS)))
    there.live_until(MONDAY + 5 * DAY)
    assert there.run().facts["result"] == {"counted": 0, "of": 0, "unanswered": True, "asks": True}
    there.live_until(MONDAY + 11 * DAY)
    with sqlite_store.read() as session:
        later = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert later is not None and later.state == "open"
        second = session.scalars(select(Delivery).where(Delivery.run_id == later.id, Delivery.stage == SECOND)).first()
        assert second is not None and isinstance(deliveries.decode(second.body), Post)
        ref = second.message_ref
    circle = Circle(there)
    circle.hear("slack", "said", "U7", text="seulement là", thread_ref=ref)
    there.live_until(MONDAY + 12 * DAY)
    assert there.runs()[1].facts["result"]["unanswered"] is False
