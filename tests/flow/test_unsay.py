"""What we quoted of an answer follows it, and whoever asks for silence is named in nothing that is still to come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select, update

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Place
from tests.circle import inbound as happened
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

CLOSE = MONDAY + timedelta(days=2)
LONG = (
    "Vingt euros, parce que nos premiers clients en payaient déjà quinze ailleurs, et que personne n’est parti"
    " depuis que nous l’avons annoncé en mars, à ce prix."
)


def asked(store: Store, **model: object) -> Theatre:
    """Two members answered in the thread on Slack: U7 with the first text, in message 1.7, U8 in 1.8."""
    there = theatre(store)
    there.apply(playbook(ritual(model={"ask": ["Quel prix ?"], **model})))
    there.live_until(MONDAY)
    return there


def answered(there: Theatre, text: str = "Douze euros, pas un de plus") -> None:
    with there.store.read() as session:
        place_id = session.scalars(select(Place.id).where(Place.ref == "C1").order_by(Place.id)).first()
    there.answer(text, "U7", message_ref="1.7", place_id=place_id)
    there.answer("Trente euros, et sans rougir", "U8", message_ref="1.8", place_id=place_id)


def hears(there: Theatre, kind: str, number: int, **facts: object) -> None:
    bus = Bus(there.store, there.app.now)
    known = {"member_ref": "U7", "message_ref": "1.7", **facts}
    bus.publish("slack", [structs.replace(happened(kind, number, "U7", there.clock.now()), **known)])  # type: ignore[arg-type]
    bus.close()
    receive(there.app)
    there.tick()


@pytest.mark.parametrize("text", ["Douze euros, pas un de plus", "Douze", LONG])
def test_a_deleted_answer_leaves_the_recap_that_quoted_it(store: Store, text: str) -> None:
    there = asked(store)
    answered(there, text)
    there.live_until(CLOSE)
    assert text[:40] in there.said()[-1].text
    hears(there, "deleted", 1)

    (edit,) = there.slack.edits
    assert text[:40] not in edit.text and "effacé" in edit.text
    assert "Trente euros, et sans rougir" in edit.text


def test_an_answer_that_was_edited_later_is_quoted_as_it_reads_now(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    hears(there, "edited", 1, text="Treize euros, *tout compris*")

    (edit,) = there.slack.edits
    assert "Douze" not in edit.text and "Treize euros, " in edit.text
    hears(there, "edited", 2, text="Treize euros, *tout compris*")
    assert len(there.slack.edits) == 1


def in_the_evening(store: Store) -> Theatre:
    """The prompt closed at 21:30, in the quiet hours: its recap waits for the morning."""
    there = asked(store, open_for="12 hours")
    answered(there)
    there.live_until(MONDAY + timedelta(hours=12, minutes=1))
    assert len(there.said()) == 1
    return there


def test_whoever_asked_for_silence_meanwhile_is_not_named_in_the_morning(store: Store) -> None:
    there = in_the_evening(store)
    hears(there, "commanded", 1, place_ref="D7", to_us=True, data={"word": "stop", "rest": ""})
    there.live_until(MONDAY + timedelta(days=1))

    recap = there.said()[-1].text
    assert "Douze euros, pas un de plus — un membre" in recap and "MembreU7" not in recap and "MembreU8" in recap
    assert [edit.text for edit in there.slack.edits if "Douze" in edit.text] == []


def test_what_was_deleted_meanwhile_is_not_quoted_in_the_morning(store: Store) -> None:
    there = in_the_evening(store)
    hears(there, "deleted", 1)
    there.live_until(MONDAY + timedelta(days=1))

    assert "Douze" not in there.said()[-1].text and "Trente" in there.said()[-1].text


def test_a_recap_that_is_leaving_is_edited_once_it_has_arrived(store: Store) -> None:
    there = in_the_evening(store)
    recap = (Delivery.stage == "recap", Delivery.place_id == 1)
    with store.write() as session:
        session.execute(update(Delivery).where(*recap).values(state="sending"))
    hears(there, "deleted", 1)
    assert there.slack.edits == []
    with store.write() as session:
        session.execute(update(Delivery).where(*recap).values(state="sent", message_ref="1.99"))
    there.tick()

    assert [(one.message_ref, "Douze" in one.text) for one in there.slack.edits] == [("1.99", False)]
