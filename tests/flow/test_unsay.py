"""What we quoted of an answer follows it, and whoever asks for silence is named in nothing that is still to come."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select, update

from orchestrator.bus import Bus
from orchestrator.flow import errands
from orchestrator.flow.receive import receive
from orchestrator.ports import Document
from orchestrator.store import mentions
from orchestrator.store.session import Store
from orchestrator.store.tables import Answer, Delivery, Member, Place
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


# --- what nobody may bring about by editing their own answer -----------------------------------------


def test_an_edit_of_an_answer_changes_no_question_of_ours(store: Store) -> None:
    question = "Quel est votre plus gros défi cette semaine ?"
    there = asked(store, ask=[question])
    answered(there, question)
    hears(there, "edited", 1, text="Achetez mes jetons sur evil.example")
    there.live_until(CLOSE)
    hears(there, "edited", 2, text="Achetez encore")

    assert [edit.text for edit in there.slack.edits if "gros défi cette semaine" not in edit.text] == []
    assert [edit.message_ref for edit in there.slack.edits] == [there.said()[-1].message_ref], "the recap alone"


def test_an_edit_changes_nothing_that_another_member_said(store: Store) -> None:
    there = asked(store)
    answered(there, "Trente euros")
    there.live_until(CLOSE)
    hears(there, "edited", 1, text="Non, jamais de la vie")

    (edit,) = there.slack.edits
    assert "> Non, jamais de la vie — MembreU7" in edit.text
    assert "> Trente euros, et sans rougir — MembreU8" in edit.text


def test_who_repeats_anothers_words_puts_none_into_their_mouth(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    hears(there, "edited", 1, text="Trente euros, et sans rougir")
    hears(there, "edited", 2, text="Alice est une voleuse")
    there.live_until(CLOSE + timedelta(minutes=5))

    assert [edit.text for edit in there.slack.edits if "Alice" in edit.text] == []


def test_edited_back_and_forth_it_reads_as_it_was_left_and_keeps_no_place_busy(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    for number in range(1, 20):
        hears(there, "edited", number, text="Quinze euros" if number % 2 else "Douze euros, pas un de plus")
    there.live_until(CLOSE + timedelta(minutes=5))

    assert "> Quinze euros — " in there.slack.edits[-1].text
    assert len(there.slack.edits) <= 3


def test_who_is_called_like_a_word_of_ours_takes_none_out_of_our_texts(store: Store) -> None:
    there = in_the_evening(store)
    with store.write() as session:
        session.execute(update(Member).where(Member.name == "MembreU7 B").values(name="Merci"))
    hears(there, "commanded", 1, place_ref="D7", to_us=True, data={"word": "stop", "rest": ""})
    there.live_until(MONDAY + timedelta(days=1))

    assert "Merci à celles et ceux" in there.said()[-1].text


def test_a_stranger_is_handed_nothing_and_erases_nothing_of_others(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    there.member("U66", "question")
    for number, word in enumerate(("export_me", "oublie-moi", "oublie-moi"), 1):
        known = {"member_ref": "U66", "message_ref": None, "place_ref": "D66", "to_us": True}
        hears(there, "commanded", number, data={"word": word, "rest": ""}, **known)
        errands.settle(there.app)
        there.tick()

    (file,) = [act for _, _, act in there.slack.done if isinstance(act, Document)]
    assert json.loads(file.content)["named_in"] == []
    assert there.slack.edits == [] and "question" in there.run().facts


def test_an_export_tells_of_a_recap_only_what_is_about_the_member(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    known = {"message_ref": None, "place_ref": "D7", "to_us": True}
    hears(there, "commanded", 1, data={"word": "export_me", "rest": ""}, **known)

    (file,) = [act for _, _, act in there.slack.done if isinstance(act, Document)]
    said = {one["text"] for one in json.loads(file.content)["named_in"]}
    assert said == {f"> Douze euros, pas un de plus — {by}" for by in ("MembreU7", "un membre sur Slack")}


def test_a_quotation_that_was_cut_is_no_other_members_to_change(store: Store) -> None:
    there = asked(store)
    answered(there, LONG)
    with store.write() as session:
        theirs = session.scalars(select(Answer).where(Answer.message_ref == "1.8")).one()
        theirs.text = f"{LONG[:150]} xx"
    there.live_until(CLOSE)
    hears(there, "edited", 1, member_ref="U8", message_ref="1.8", text="Je suis un sot")

    assert [edit.text for edit in there.slack.edits if "Je suis un sot — MembreU7" in edit.text] == []


def test_an_edit_that_failed_keeps_no_later_one_back(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    hears(there, "edited", 1, text="Quinze euros")
    with store.write() as session:
        session.execute(update(Delivery).where(Delivery.stage == mentions.UNSAID).values(state="failed"))
    hears(there, "edited", 2, text="Seize euros")
    there.live_until(CLOSE + timedelta(minutes=2))

    assert "> Seize euros — " in there.slack.edits[-1].text


def test_what_an_edit_of_ours_quoted_goes_with_whoever_is_forgotten(store: Store) -> None:
    there = asked(store)
    answered(there)
    there.live_until(CLOSE)
    hears(there, "edited", 1, member_ref="U8", message_ref="1.8", text="Quarante euros")
    there.live_until(CLOSE + timedelta(minutes=5))
    for number in (2, 3):
        known = {"message_ref": None, "place_ref": "D7", "to_us": True}
        hears(there, "commanded", number, data={"word": "oublie-moi", "rest": ""}, **known)
    errands.settle(there.app)
    there.live_until(CLOSE + timedelta(minutes=10))

    last = {edit.message_ref: edit.text for edit in there.slack.edits}
    assert [text for text in last.values() if "Douze" in text or "MembreU7" in text] == []
    with store.read() as session:
        assert [row for row in session.scalars(select(Delivery.body)) if b"Douze" in row or b"MembreU7" in row] == []
