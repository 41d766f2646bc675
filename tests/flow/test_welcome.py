"""Whoever joins is greeted once, may accept the charter, answer an easy question, and is given a buddy."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.flow.settle import settle
from orchestrator.ports import Capabilities, Inbound
from orchestrator.store.session import Store
from orchestrator.store.tables import Answer, Badge, Part, to_us
from tests.flow.test_begin import joins
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

CHARTER = "1. On parle de ce qu’on a vécu.\n2. Ce qui se dit ici reste ici."
MODEL = {"charter": CHARTER, "question": "Sur quoi travailles-tu ?", "buddy": "ambassadeurs"}


def house(store: Store, **model: object) -> Theatre:
    there = theatre(store, MONDAY)
    welcome = ritual("bienvenue", "welcome", when=["member joins"], model={**MODEL, **model})
    there.apply(playbook(welcome, tone="tu", segments={"ambassadeurs": {"badge": "ambassadeur"}}))
    return there


def ambassador(there: Theatre, ref: str, name: str) -> int:
    member_id = there.member(ref, name)
    with there.store.write() as session:
        session.add(Badge(member_id=member_id, name="ambassadeur", earned_at=MONDAY))
    return member_id


def tells(there: Theatre, *inbounds: Inbound) -> None:
    bus = Bus(there.store, there.clock.now)
    bus.publish("slack", inbounds)
    bus.close()
    receive(there.app)
    there.tick()


def accepts(there: Theatre, ref: str) -> None:
    key = f"accept-{there.run().code}-greet"
    known = {"at": to_us(there.clock.now()), "place_ref": f"D{ref}", "member_ref": ref, "message_ref": "1.0"}
    tells(there, Inbound(kind="pressed", event_ref=f"{key}{ref}", data={"key": key}, to_us=True, **known))


def texts(there: Theatre, place: str) -> list[str]:
    return [entry.text for entry in there.slack.standing() if entry.place_ref == place]


def test_a_newcomer_is_greeted_directly_with_charter_question_and_buddy(store: Store) -> None:
    there = house(store)
    ambassador(there, "U5", "Zoé Martin")
    joins(there, there.member("U7", "Nadia B"))
    there.tick()

    (greeting,) = texts(there, "U7")
    assert greeting.startswith("Bienvenue, Nadia") and "reste ici" in greeting
    assert "Sur quoi travailles-tu" in greeting and "Zoé connaît bien" in greeting
    (word,) = texts(there, "U5")
    assert "Nadia vient d’arriver" in word
    assert texts(there, "C1") == []  # nothing to read for those who did not join


def test_a_join_told_twice_and_on_another_place_greets_once(store: Store) -> None:
    there = house(store)
    for place in ("C1", "C1"):
        joins(there, there.member("U7"), place)
    there.tick()

    assert len(texts(there, "U7")) == 1


def test_the_charter_is_accepted_once_under_its_version_and_the_button_goes(store: Store) -> None:
    there = house(store)
    joins(there, there.member("U7", "Nadia B"))
    there.tick()
    accepts(there, "U7")
    accepts(there, "U7")

    with store.read() as session:
        (part,) = session.scalars(select(Part))
    assert (part.role, part.state) == ("newcomer", "accepted") and len(part.facts["charter"]) == 12
    (edit,) = there.slack.edits
    assert edit.buttons == () and "Tu as accepté" in edit.text


def test_the_button_goes_although_the_reply_to_the_greeting_was_lost(store: Store) -> None:
    there = house(store)
    there.slack.capabilities = Capabilities("slack", 4000, forms=False, reads_back=True)
    joins(there, there.member("U7", "Nadia B"))
    there.slack.faults.append("lost reply")
    there.tick()
    accepts(there, "U7")
    for _ in range(4):
        there.live_until(there.clock.at + timedelta(seconds=15))
        settle(there.app)
    there.live_until(there.clock.at + timedelta(minutes=1))

    assert [edit.buttons for edit in there.slack.edits] == [()]


def test_nobody_else_accepts_for_them(store: Store) -> None:
    there = house(store)
    joins(there, there.member("U7"))
    there.tick()
    accepts(there, "U8")

    with store.read() as session:
        assert [part.state for part in session.scalars(select(Part))] == ["greeted"]


def test_their_next_direct_word_answers_the_question(store: Store) -> None:
    there = house(store)
    joins(there, there.member("U7"))
    there.tick()
    said = {"place_ref": "U7", "message_ref": "2.0", "member_ref": "U7", "text": "Un logiciel de paie."}
    tells(there, Inbound(kind="said", event_ref="2.0", at=to_us(there.clock.now()) + 1, to_us=True, **said))

    with store.read() as session:
        assert [(one.text, one.counted) for one in session.scalars(select(Answer))] == [("Un logiciel de paie.", True)]


def test_a_week_later_the_run_knows_whether_they_spoke(store: Store) -> None:
    there = house(store)
    joins(there, there.member("U7"))
    there.live_until(MONDAY + timedelta(days=8))

    result = there.run().facts["result"]
    assert (there.run().state, result["counted"], result["of"], result["unanswered"]) == ("done", 0, 1, False)
    assert result["more"] == {"spoke within 7 days": False, "accepted the charter": False}


def test_a_buddy_is_asked_once_a_week_at_most(store: Store) -> None:
    there = house(store)
    ambassador(there, "U5", "Zoé Martin")
    for ref in ("U7", "U8"):
        joins(there, there.member(ref))
        there.tick()

    assert len(texts(there, "U5")) == 1
    assert "connaît bien" not in texts(there, "U8")[0]
