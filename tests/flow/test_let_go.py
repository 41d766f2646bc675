"""What settled itself while hosts were asked is let go: nobody is asked about a question that has its answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from orchestrator.flow.deliver import deliver
from orchestrator.store import questions
from orchestrator.store.activity import REACTED, mark
from orchestrator.store.session import Store
from orchestrator.store.tables import Activity, MemberTopic, Place, Presence, Question
from tests.flow.backstage import Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, ritual

UP = MONDAY + timedelta(hours=4)
FOUND = "question unanswered for 4 hours"


def asked(store: Store, when: str = FOUND) -> Backstage:
    """Ana's question about prices, that hosts are asked to put to somebody who knows."""
    needs = {"required": True, "within": "24 hours"}
    made = backstage(store, two_rooms(ritual("relance", "relaunch", when=[when], model={}, approval=needs)))
    there = made.there
    there.clock.at = MONDAY
    ana, karim = there.member("U50", "Ana B"), there.member("U60", "Karim B")
    with store.write() as session:
        known = {"message_ref": "1.5", "text": "Comment fixer un premier prix ?", "topics": ["prix"]}
        session.add(Question(place_id=_place(session).id, ref=15, member_id=ana, at=MONDAY, **known))
        session.add(MemberTopic(member_id=karim, topic="prix", place_id=_place(session).id, ref=1, at=MONDAY))
        for member_id in (ana, karim):
            session.add(Presence(place_id=_place(session).id, member_id=member_id, joined_at=MONDAY))
    return made


def _place(session: object) -> Place:
    found = session.scalars(select(Place).where(Place.ref == "C1")).first()  # type: ignore[attr-defined]
    assert isinstance(found, Place)
    return found


def answered(hosts: Backstage, at: datetime) -> None:
    with hosts.there.store.write() as session:
        questions.answered(session, _place(session).id, "1.5", at)


def disputed(hosts: Backstage, at: datetime) -> None:
    with hosts.there.store.write() as session:
        host = {"member_id": 1, "mark": mark("U1", "⚠️"), "day": 0}
        session.add(Activity(place_id=_place(session).id, ref=15, kind=REACTED, at=at, **host))


def written_to(hosts: Backstage) -> list[str]:
    return [entry.place_ref for entry in hosts.there.slack.standing() if entry.place_ref == "U60"]


@pytest.mark.parametrize("settles", [answered, disputed])
def test_hosts_are_asked_no_more_and_nobody_is_written_to(store: Store, settles: object) -> None:
    hosts = asked(store)
    hosts.there.live_until(UP)
    assert "Envoyer" in hosts.labels()
    settles(hosts, UP)  # type: ignore[operator]
    hosts.there.live_until(UP + timedelta(minutes=1))

    assert hosts.labels() == [] and "réglé entre-temps" in hosts.texts()[-1]
    assert (hosts.there.run().state, hosts.there.run().reason) == ("skipped", "nobody to write to")
    hosts.there.live_until(UP + timedelta(days=3))
    assert written_to(hosts) == [] and len(hosts.there.runs()) == 1


def test_an_answer_between_a_hosts_word_and_the_sending_is_seen_too(store: Store) -> None:
    hosts = asked(store)
    hosts.there.live_until(UP)
    asked_for = hosts.held()
    with store.write() as session:
        for post in asked_for:
            row = session.merge(post)
            row.state, row.not_before = "due", UP + timedelta(minutes=5)
    answered(hosts, UP)
    hosts.there.clock.at = UP + timedelta(minutes=5)
    for connection_id in hosts.there.connections():
        deliver(hosts.there.app, connection_id, 100)

    assert written_to(hosts) == []
    assert {row.reason for row in hosts.there.deliveries() if row.unasked} == {"nobody to write to"}
