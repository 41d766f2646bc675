"""What stayed unanswered is put to those who know, once, with a host's word; then to a host."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.measures import story
from orchestrator.ports import Inbound
from orchestrator.store import members, questions, rituals
from orchestrator.store.activity import SAID
from orchestrator.store.session import Store
from orchestrator.store.tables import Activity, Handle, MemberDay, MemberTopic, Part, Place, Presence, Question, to_us
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


def lives_through(there: Theatre, days: Iterable[int]) -> None:
    """The clock ticks at noon and at ten in the morning, when quiet spaces are looked for."""
    for day in days:
        for after in ({"minutes": 15}, {"minutes": 30}, {"hours": 4, "minutes": 30}):
            there.live_until(ASKED + timedelta(days=day, **after))


def talk_at(there: Theatre, moment: datetime) -> None:
    """Somebody says something in the salon, which is no question."""
    with there.store.write() as session:
        place = there_is(session)
        ana = session.scalars(select(Handle).where(Handle.ref == "U50")).one().member_id
        said = {"place_id": place.id, "ref": int(moment.timestamp()), "kind": SAID, "mark": 0, "member_id": ana}
        session.add(Activity(**said, day=0, at=moment))


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


def test_a_question_that_was_put_to_some_is_not_put_to_others_when_the_space_is_quiet(store: Store) -> None:
    there = house(store, "question unanswered for 4 hours", "salon quiet for 3 days", knowing=6)
    talk_at(there, ASKED)
    lives_through(there, range(8))

    asked = [entry.place_ref for entry in there.slack.standing() if "premier prix" in entry.text]
    assert sorted(ref for ref in asked if ref.startswith("U")) == ["U60", "U61"]
    assert len([run for run in there.runs() if run.key.startswith("quiet:")]) == 1


def test_a_question_that_a_quiet_space_left_is_put_to_nobody_twice(store: Store) -> None:
    there = house(store, "salon quiet for 3 days", knowing=6)
    talk_at(there, ASKED)
    lives_through(there, range(6))
    talk_at(there, ASKED + timedelta(days=5))
    lives_through(there, range(6, 12))

    assert len([run for run in there.runs() if run.key.startswith("quiet:")]) == 2
    assert len([entry for entry in there.slack.standing() if "premier prix" in entry.text]) == 3, "two members, a host"


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
    with store.read() as session:
        known = rituals.of_runs(session, [there.run()])[there.run().id]
        assert story.why(session, known, there.run())["sentence"] == "Nothing was posted: only hosts were told."
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


def test_a_question_that_was_taken_back_is_neither_revived_nor_counted_against_the_ritual(store: Store) -> None:
    there = house(store)
    lives_until(there, UP + timedelta(hours=1))
    with store.write() as session:
        session.delete(session.scalars(select(Question)).one())
    lives_until(there, UP + timedelta(days=3))

    result = there.run().facts["result"]
    assert (result["counted"], result["asks"]) == (0, False)
    assert told_hosts(there) == [], "there is nothing to answer any more"


def test_what_only_hosts_were_told_asked_no_member_anything(store: Store) -> None:
    there = house(store, knowing=0)
    lives_until(there, UP + timedelta(days=3))

    assert there.run().facts["result"]["asks"] is False


def test_whoever_left_is_not_written_to(store: Store) -> None:
    there = house(store)
    with store.write() as session:
        gone = session.scalars(select(Handle).where(Handle.ref == "U60")).one().member_id
        session.add(MemberDay(member_id=gone, space_id=there_is(session).space_id, day=20_000, n=1))
        members.leave(session, there_is(session).id, gone, ASKED + timedelta(hours=1))
    lives_until(there, UP)

    assert written_to(there) == ["U61", "U62"]


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
    lives_through(there, range(6))

    (run,) = there.runs()
    assert run.key.startswith("quiet:salon:")
    assert run.made_at == ASKED + timedelta(days=3, minutes=30)  # 10:00 in Paris
    assert written_to(there) == ["U60", "U61"]
