"""A member who asks to be forgotten is in no table any more, the counts stay, and nothing old brings them back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.bus import Bus
from orchestrator.flow import errands
from orchestrator.flow.decisions import called
from orchestrator.flow.deliver import deliver
from orchestrator.flow.receive import receive
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Document, Edit, Inbound, MemberSeen, Post
from orchestrator.render import Renderer
from orchestrator.rituals.contract import Word
from orchestrator.store import deliveries, inbound, questions, rehearsal
from orchestrator.store import errands as store_errands
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Answer,
    Approval,
    Badge,
    Ballot,
    Base,
    Delivery,
    Errand,
    Handle,
    LinkCode,
    Member,
    MemberTotal,
    Part,
    Place,
    Presence,
    Question,
    Rate,
    RehearsalPerson,
    Run,
    Trace,
)
from tests.circle import NOON, said
from tests.circle import inbound as happened
from tests.flow import hall, test_relaunch
from tests.flow.hall import Hall
from tests.flow.test_nudge import TUESDAY, quiet_circle
from tests.flow.test_relaunch import house as relaunched
from tests.flow.test_silence import says
from tests.flow.theatre import SUNDAY, Theatre, playbook, theatre

SLACK, TELEGRAM = "U0NADIA7", "998877665"
NAME, SAYING = "Nadia Benali-Ødegård", "Vingt-sept euros tout rond, pas un de plus"

#: By what they could be found: in every table, in every column that holds more than a number.
TRACES = (SLACK, TELEGRAM, "Nadia", "Benali", "Ødegård", SAYING, "tout rond", "mon idée secrète")


@pytest.fixture
def here(store: Store) -> Iterator[Hall]:
    with hall.opened(store) as one:
        settle_in(one)
        yield one


def settle_in(here: Hall) -> None:
    """Somebody on two platforms who did everything that leaves a row."""
    here.hear(said(1, SLACK), said(2, SLACK, text="Qui a un comptable ?"), said(3, "U2"))
    here.hear(hall.in_thread(4, SAYING, SLACK), hall.in_thread(5, "Trente", "U2"))
    here.hear(happened("joined", 6, SLACK), happened("reacted", 7, SLACK, data={"emoji": "🎉"}))
    here.hear(hall.replied(50, SAYING, TELEGRAM), connection="telegram")
    here.hear(hall.commanded(51, "idea", "mon idée secrète", TELEGRAM), connection="telegram")
    with here.store.write() as session:
        for handle in session.scalars(select(Handle).where(Handle.ref.in_((SLACK, TELEGRAM)))):
            handle.name, handle.direct_ref = NAME, handle.ref
            session.get_one(Member, handle.member_id).name = NAME
    here.hear(happened("commanded", 8, SLACK, place_ref="D1", to_us=True, data={"word": "link", "rest": ""}))
    here.hear(hall.commanded(52, "link", code_of(here), TELEGRAM), connection="telegram")
    with here.store.write() as session:
        leave_rows(here, session)


def leave_rows(here: Hall, session: Session) -> None:
    handle = session.scalars(select(Handle).where(Handle.ref == SLACK)).one()
    run, place = session.get_one(Run, here.run_id), session.get_one(Place, here.here.slack_place_id)
    mine: dict[str, Any] = {"member_id": handle.member_id, "run_id": run.id}
    session.add(Part(role="speaker", state="chosen", at=NOON, facts={"why": SAYING, "side": "for", "n": 3}, **mine))
    session.add(Badge(name="ambassadeur", earned_at=NOON, **mine))
    session.add(Ballot(stage="vote", handle_id=handle.id, options="1", at=NOON, **mine))
    session.merge(
        Question(place_id=place.id, ref=7, message_ref="1.7", member_id=handle.member_id, at=NOON, text=SAYING)
    )
    session.add(Trace(run_id=run.id, at=NOON, step="part", facts={"by": NAME, "member_id": handle.member_id}))
    run.facts = {**run.facts, "joined": {"name": NAME}, "question": {"id": "q", "text": "Quel prix ?"}}
    session.add(Rate(connection_id=here.here.slack_id, scope=f"place:{SLACK}", tat=1))
    session.add(RehearsalPerson(connection="slack", ref=SLACK, name=NAME))
    rehearsal.Seat(session, "slack", "slack", SLACK, NOON).says("C1", SAYING)
    session.add(LinkCode(digest="d", handle_id=handle.id, until=NOON + timedelta(hours=3)))
    late = Inbound(kind="said", event_ref="late", member_ref=SLACK, text=SAYING, place_ref="C1", message_ref="9.9")
    inbound.put(session, [(here.here.slack_id, late)], NOON, error="parked")
    asked = {"asked_at": NOON, "until": NOON, "decided_by": NAME, "state": "approved"}
    session.add(Approval(code="a", run_id=run.id, stage="post", digest="d", **asked))
    for stage, text, target in (
        ("recap", f"> {SAYING} — Nadia\n\n> Trente — Paul\n\nMerci à Nadia et à Paul.", place),
        ("nudge", f"Bonjour Nadia, tu disais « {SAYING} ».", handle),
    ):
        row = deliveries.plan(
            session,
            run=run,
            stage=stage,
            target=f"{stage}:1",
            body=Post(text),
            not_before=NOON,
            place=target if isinstance(target, Place) else None,
            handle=target if isinstance(target, Handle) else None,
        )
        row.state, row.message_ref, row.sent_at = "sent", f"1700.{stage}", NOON
        row.sent_place_ref = place.ref if stage == "recap" else SLACK


def code_of(here: Hall) -> str:
    sent = [one.text for one in here.slack.sent if isinstance(one, Post) and one.text.startswith("Votre code")]
    return sent[-1].split("**")[1]


def found(store: Store, words: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(table, column, word) wherever one of these words is kept."""
    hits = []
    with store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for column, value in row.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    hits += [(table.name, column, word) for word in words if word in text]
    return hits


def counts(here: Hall) -> dict[str, Any]:
    """What a community's numbers are made of."""
    with here.store.read() as session:
        tables = {one: session.scalar(select(func.count()).select_from(one)) for one in (Answer, Ballot, Part, Member)}
        told: dict[str, Any] = {table.__tablename__: n for table, n in tables.items()}
        told["contributions"] = sorted(session.scalars(select(MemberTotal.n)))
        told["answers counted"] = session.scalar(select(func.count()).where(Answer.counted))
        told["present"] = session.scalar(select(func.count()).select_from(Presence))
        return told


def forget(here: Hall) -> None:
    here.hear(hall.commanded(60, "oublie-moi", "", TELEGRAM), connection="telegram")
    here.hear(hall.direct(61, "Oublie-moi", TELEGRAM), connection="telegram")


def deliver_all(here: Hall) -> None:
    for connection_id in (here.here.slack_id, here.here.telegram_id):
        deliver(here.app, connection_id, 50)


def test_the_seeded_person_is_everywhere_before(here: Hall) -> None:
    tables = {table for table, _, _ in found(here.store, TRACES)}
    assert tables >= {
        "handle",
        "member",
        "answer",
        "idea",
        "delivery",
        "part",
        "question",
        "trace",
        "run",
        "rate",
        "inbox",
    }
    assert tables >= {"rehearsal_person", "rehearsal_message", "rehearsal_act", "approval"}


def test_nothing_is_left_of_them_but_numbers(here: Hall) -> None:
    before = counts(here)
    forget(here)

    assert found(here.store, TRACES) == []
    assert counts(here) == before
    deliver_all(here)
    assert found(here.store, TRACES) == []


def test_the_last_sentence_is_said_once_and_then_nobody_is_written_to(here: Hall) -> None:
    forget(here)
    deliver_all(here)
    errands.settle(here.app)

    told = [one.text for one in here.telegram.sent if isinstance(one, Post)]
    assert sum("Je vous oublie maintenant" in text for text in told) == 1
    assert here.all(Delivery, Delivery.state.in_(("planned", "held", "due"))) == []


def test_what_we_posted_names_them_no_more(here: Hall) -> None:
    forget(here)
    deliver_all(here)

    (edit,) = [one for one in here.slack.sent if isinstance(one, Edit)]
    assert edit.message_ref == "1700.recap"
    assert (
        edit.text == "> (effacé à la demande de la personne qui l’avait écrit) — un membre\n\n"
        "> Trente — Paul\n\nMerci à un membre et à Paul."
    )


def test_a_post_on_its_way_is_edited_when_it_has_arrived(here: Hall) -> None:
    with here.store.write() as session:
        row = session.scalars(select(Delivery).where(Delivery.stage == "recap")).one()
        row.state, row.message_ref, recap_id = "sending", None, row.id
    forget(here)
    deliver_all(here)
    assert [one for one in here.slack.sent if isinstance(one, Edit)] == []

    with here.store.write() as session:
        row = session.get_one(Delivery, recap_id)
        row.state, row.message_ref = "sent", "1701.5"
    deliver_all(here)
    (edit,) = [one for one in here.slack.sent if isinstance(one, Edit)]
    assert edit.message_ref == "1701.5"


def test_nothing_old_brings_them_back_and_something_new_makes_them_new(here: Hall) -> None:
    forget(here)
    members = len(here.all(Member))
    here.hear(said(1, SLACK), said(20, SLACK), hall.in_thread(4, SAYING, SLACK), hall.in_thread(21, SAYING, SLACK))
    here.hear(happened("reacted", 22, SLACK, data={"emoji": "👏"}), happened("joined", 23, SLACK))
    here.hear(
        hall.commanded(60, "oublie-moi", "", TELEGRAM),
        hall.direct(62, "idée : encore", TELEGRAM),
        connection="telegram",
    )
    undated = happened("pressed", 24, TELEGRAM, place_ref=TELEGRAM, data={"key": "answer-c0de"}, to_us=True)
    here.hear(structs.replace(undated, at=None), connection="telegram")
    assert len(here.all(Member)) == members and found(here.store, TRACES) == []

    slash = happened("commanded", 25, SLACK, data={"word": "aide", "rest": ""}, to_us=True)
    here.hear(structs.replace(slash, at=None, message_ref=None))
    assert len(here.all(Member)) == members and found(here.store, TRACES) == []

    here.hear(said(30, SLACK, NOON + timedelta(hours=2)))
    assert len(here.all(Member)) == members + 1
    (new,) = here.all(Handle, Handle.ref == SLACK)
    (total,) = here.all(MemberTotal, MemberTotal.member_id == new.member_id)
    assert total.n == 1


def test_a_command_on_slack_a_while_later_is_answered(here: Hall) -> None:
    forget(here)
    here.pass_time(minutes=11)
    slash = happened("commanded", 25, SLACK, data={"word": "aide", "rest": ""}, to_us=True)
    here.hear(structs.replace(slash, at=None, message_ref=None))

    (new,) = here.all(Handle, Handle.ref == SLACK)
    assert [row.state for row in here.all(Delivery, Delivery.handle_id == new.id)] == ["due"]


def test_the_button_confirms_too(here: Hall) -> None:
    here.hear(hall.commanded(60, "forget_me", "", TELEGRAM), connection="telegram")
    asked = [deliveries.decode(row.body) for row in here.all(Delivery, Delivery.run_id.is_(None))]
    (key,) = [one.buttons[0].key for one in asked if isinstance(one, Post) and one.buttons]
    for ref in ("5550001", TELEGRAM):
        press = happened("pressed", 61, ref, place_ref=ref, message_ref="61", data={"key": key}, to_us=True)
        here.hear(press, connection="telegram")

    assert found(here.store, TRACES) == []
    assert [one.erased_at for one in here.all(Member) if one.erased_at] != []
    assert here.all(Handle, Handle.ref == "5550001") != []


def test_the_sweep_finishes_what_a_killed_process_left_and_does_not_tell_them_twice(here: Hall) -> None:
    now = here.clock[0]
    with here.store.write() as session:
        handle = session.scalars(select(Handle).where(Handle.ref == TELEGRAM)).one()
        session.add(Errand(what="forget", handle_id=handle.id, event_key="k", at=now, told_at=now))
    sent = len(here.telegram.sent)

    errands.settle(here.app)
    assert found(here.store, (TELEGRAM,)) != []  # whoever told them may be about to do it
    here.pass_time(seconds=20)
    errands.settle(here.app)
    assert found(here.store, TRACES) == [] and len(here.telegram.sent) == sent


def test_who_is_named_in_a_playbook_is_asked_to_be_taken_out_first(store: Store) -> None:
    house = theatre(store)
    house.apply()
    bus = Bus(store, house.app.now)
    for number in (1, 2):
        ask = happened("commanded", number, "U1", SUNDAY, place_ref="D1", data={"word": "oublie-moi", "rest": ""})
        bus.publish("slack", [structs.replace(ask, to_us=True)])
        receive(house.app)
    bus.close()
    house.tick()

    assert [entry.text for entry in house.slack.standing()][-1].startswith("Votre compte est écrit")
    with store.read() as session:
        assert session.scalars(select(Handle.ref).where(Handle.ref == "U1")).one() == "U1"


def test_what_we_posted_of_them_is_in_their_export_and_nobody_else_s_letters(here: Hall) -> None:
    with here.store.write() as session:
        other = session.scalars(select(Handle).where(Handle.ref == "U2")).one()
        letter = Post("Nadia Benali-Ødegård cherche un comptable.")
        run = session.get_one(Run, here.run_id)
        row = deliveries.plan(session, run=run, stage="ask", target="m", body=letter, not_before=NOON, handle=other)
        row.state = "sent"
    here.hear(hall.commanded(70, "export", "me", TELEGRAM), connection="telegram")

    (document,) = [one for one in here.telegram.sent if isinstance(one, Document)]
    (named,) = json.loads(document.content)["named_in"]
    assert (named["stage"], SAYING in named["text"]) == ("recap", True)
    assert b"cherche un comptable" not in document.content


def test_of_a_former_host_no_name_is_left_as_hosts_read_it(here: Hall) -> None:
    with here.store.write() as session:
        member = session.get_one(Member, session.scalars(select(Handle.member_id).where(Handle.ref == SLACK)).one())
        member.name = "anne-lise"
        decided = {"asked_at": NOON, "until": NOON, "decided_by": called(member), "state": "approved"}
        session.add(Approval(code="b", run_id=here.run_id, stage="post", digest="e", **decided))
        session.add(Trace(run_id=here.run_id, at=NOON, step="approved", facts={"by": called(member)}))
        told = Post(f"{called(member)} l’a retiré.")
        place = session.get_one(Place, here.here.slack_place_id)
        deliveries.plan(
            session, run=None, stage="note", target="t", body=told, not_before=NOON, place=place, counts=False
        )
    forget(here)

    assert found(here.store, ("Anne lise", "anne-lise", "Anne")) == []


def test_to_be_in_a_new_place_brings_nobody_back(store: Store) -> None:
    there = theatre(store)
    there.slack.present["C1"] = [MemberSeen("U5", "Zoé Martin"), MemberSeen("U6", "Karim B")]
    there.apply()
    is_forgotten(there, "U5")
    there.slack.present["C2"] = there.slack.present["C1"]
    there.apply(playbook(spaces={"salon": {"slack": "#salon"}, "jardin": {"slack": "#jardin"}}))

    assert found(store, ("Zoé", "Martin", "U5")) == []
    with store.read() as session:
        here = select(Member.name).join(Presence, Presence.member_id == Member.id).join(Place)
        assert list(session.scalars(here.where(Place.ref == "C2"))) == ["Karim B"]


def test_a_wish_that_cannot_be_done_keeps_no_other_from_being_done(store: Store) -> None:
    there = theatre(store)
    there.apply()
    there.member("U5", "Zoé Martin")
    there.member("U6", "Karim B")
    with store.write() as session:
        ids = dict(session.execute(select(Handle.ref, Handle.id)).all())
        store_errands.keep(session, "unlink", ids["U6"], "e1", there.clock.now(), None)
        store_errands.keep(session, "forget", ids["U5"], "e2", there.clock.now(), None)

    class Broken(Renderer):
        def word(self, word: Word, playbook: Playbook) -> str:
            if word == "not linked":
                raise ValueError("a mistake of ours")
            return super().word(word, playbook)

    errands.settle(replace(there.app, render=Broken(None)))
    assert found(store, ("Zoé", "Martin")) == []
    errands.settle(there.app)
    with store.read() as session:
        assert store_errands.waiting(session) == []


# --- questions that a ritual passed on to others -----------------------------------------------------


def is_forgotten(there: Theatre, ref: str) -> None:
    for word in ("oublie-moi", "oublie-moi !"):
        says(there, ref, word)
    errands.settle(there.app)
    there.tick()


def shown(there: Theatre) -> list[str]:
    """What our messages on Slack say now."""
    return list({ref: act.text for _, ref, act in there.slack.done if isinstance(act, Post | Edit)}.values())


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("knowing", [2, 0])
def test_a_question_that_was_put_to_others_goes_with_whoever_asked_it(
    store: Store, answered: bool, knowing: int
) -> None:
    there = relaunched(store, knowing=knowing)
    there.live_until(test_relaunch.UP)
    assert found(store, ("premier prix",)) != []
    if answered:
        with store.write() as session:
            place = test_relaunch.there_is(session)
            questions.answered(session, place.id, "1.5", there.clock.now())
    is_forgotten(there, "U50")

    assert found(store, ("premier prix", "Ana")) == []
    assert [text for text in shown(there) if "premier prix" in text or "Ana" in text] == []
    assert any("effacé à la demande" in text for text in shown(there))


def test_a_question_that_a_nudge_was_about_goes_with_whoever_asked_it(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY)
    assert len([text for text in shown(there) if "premier prix" in text]) == 3
    is_forgotten(there, "U50")

    assert found(store, ("premier prix", "Ana")) == []
    assert len([text for text in shown(there) if "effacé à la demande" in text]) == 3
    assert [text for text in shown(there) if "premier prix" in text] == []
