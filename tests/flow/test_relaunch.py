"""What stayed unanswered is put to those who know, once, with a host's word; then to a host."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.ports import Inbound
from orchestrator.store import questions
from orchestrator.store.session import Store
from orchestrator.store.tables import MemberTopic, Part, Place, Presence, Question, to_us
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

ASKED = MONDAY  # 09:30 on a Monday in Paris
UP = MONDAY + timedelta(hours=4)


def house(store: Store, *when: str, knowing: int = 3) -> Theatre:
    """Some members who spoke of prices, and Ana's open question about them."""
    there = theatre(store, ASKED)
    there.apply(
        playbook(ritual("relance", "relaunch", when=list(when) or ["question unanswered for 4 hours"], model={}))
    )
    ana = there.member("U50", "Ana B")
    able = [there.member(f"U{number}", f"Membre{number} B") for number in range(60, 60 + knowing)]
    with store.write() as session:
        place = there_is(session)
        known = {"message_ref": "1.5", "text": "Comment fixer un premier prix ?", "topics": ["prix"]}
        session.add(Question(place_id=place.id, ref=15, member_id=ana, at=ASKED, **known))
        for number, member_id in enumerate([ana, *able]):
            session.add(Presence(place_id=place.id, member_id=member_id, joined_at=ASKED))
            if member_id != ana:
                topic = {"topic": "prix", "place_id": place.id, "ref": number, "at": ASKED}
                session.add(MemberTopic(member_id=member_id, **topic))
    return there


def there_is(session: object) -> Place:
    place = session.scalars(select(Place).where(Place.ref == "C1")).first()  # type: ignore[attr-defined]
    assert isinstance(place, Place)
    return place


def lives_until(there: Theatre, moment: datetime) -> None:
    """A clock ticks now and then: what was left undone is no moment that anything plans."""
    while there.clock.at < moment:
        there.live_until(min(there.clock.at + timedelta(hours=8), moment))


def written_to(there: Theatre) -> list[str]:
    return sorted({entry.place_ref for entry in there.slack.standing() if entry.place_ref.startswith("U")})


def told_hosts(there: Theatre) -> list[str]:
    return [entry.text for entry in there.slack.standing() if entry.place_ref == "C9"]


def test_two_who_know_are_asked_when_the_hours_are_up_and_never_the_asker(store: Store) -> None:
    there = house(store)
    lives_until(there, UP - timedelta(minutes=30))
    assert there.runs() == []
    lives_until(there, UP)

    assert written_to(there) == ["U60", "U61"]
    text = next(entry.text for entry in there.slack.standing() if entry.place_ref == "U60")
    assert "Ana demande" in text and "premier prix" in text and "vous avez déjà écrit ici sur ce sujet (prix)" in text


def test_a_question_is_relaunched_once_however_often_the_clock_looks(store: Store) -> None:
    there = house(store)
    lives_until(there, UP + timedelta(days=3))

    assert len(there.runs()) == 1


def test_an_answer_in_time_means_no_run_at_all(store: Store) -> None:
    there = house(store)
    with store.write() as session:
        questions.answered(session, there_is(session).id, "1.5", ASKED + timedelta(hours=1))
    lives_until(there, UP + timedelta(hours=1))

    assert there.runs() == []


def test_where_nobody_knows_a_host_is_told_at_once(store: Store) -> None:
    there = house(store, knowing=0)
    lives_until(there, UP)

    (told,) = told_hosts(there)
    assert "premier prix" in told and "personne à qui la poser" in told
    lives_until(there, UP + timedelta(days=3))
    assert len(told_hosts(there)) == 1 and there.run().state == "done"


def test_a_day_without_an_answer_brings_a_host(store: Store) -> None:
    there = house(store)
    there.live_until(UP)
    there.live_until(UP + timedelta(days=1))

    (told,) = told_hosts(there)
    assert "Membre60 et Membre61" in told


@pytest.mark.parametrize(("answered", "counted"), [(True, 1), (False, 0)])
def test_after_two_days_the_run_knows_whether_it_was_revived(store: Store, answered: bool, counted: int) -> None:
    there = house(store)
    lives_until(there, UP + timedelta(hours=1))
    if answered:
        with store.write() as session:
            questions.answered(session, there_is(session).id, "1.5", there.clock.now())
    lives_until(there, UP + timedelta(days=3))

    result = there.run().facts["result"]
    assert (result["counted"], result["of"], result["more"]) == (
        counted,
        1,
        {"revived within 48 hours": answered, "asked": 2},
    )
    assert len(told_hosts(there)) == (0 if answered else 1)


def test_whoever_passes_is_left_in_peace(store: Store) -> None:
    there = house(store)
    lives_until(there, UP)
    key, at = f"pass-{there.run().code}-ask", to_us(there.clock.now())
    bus = Bus(store, there.clock.now)
    known = {"at": at, "member_ref": "U60", "place_ref": "DU60", "message_ref": "9.9", "to_us": True}
    bus.publish("slack", [Inbound(kind="pressed", event_ref=key, data={"key": key}, **known)])
    bus.close()
    receive(there.app)

    with store.read() as session:
        assert sorted(part.state for part in session.scalars(select(Part))) == ["passed", "proposed"]


def test_a_quiet_space_is_looked_for_at_ten_and_asked_about_once(store: Store) -> None:
    there = house(store, "salon quiet for 3 days")
    bus = Bus(store, there.clock.now)
    said = {"place_ref": "C1", "message_ref": "2.5", "member_ref": "U60", "text": "Bonjour."}
    bus.publish("slack", [Inbound(kind="said", event_ref="2.5", at=to_us(ASKED), **said)])
    bus.close()
    receive(there.app)
    for day in range(6):
        there.live_until(ASKED + timedelta(days=day, minutes=15))
        there.live_until(ASKED + timedelta(days=day, minutes=30))

    (run,) = there.runs()
    assert run.key.startswith("quiet:salon:")
    assert run.made_at == ASKED + timedelta(days=3, minutes=30)  # 10:00 in Paris
    assert written_to(there) == ["U60", "U61"]
