"""Quiet members are written to with a reason of their own, once, with a host's word, and never against theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.playbook.schema import Approval
from orchestrator.ports import Inbound, Post
from orchestrator.rules.zone import read_zone
from orchestrator.store import deliveries
from orchestrator.store.activity import REACTED, mark
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Activity,
    Connection,
    Delivery,
    Handle,
    Member,
    MemberTopic,
    MemberTotal,
    Part,
    Place,
    Question,
    Run,
    to_us,
)
from tests.flow.theatre import SUNDAY, Theatre, playbook, ritual, theatre

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=read_zone("UTC"))  # 10:00 in Paris
NUDGE = ritual(
    "pensee",
    "nudge",
    when=["every tuesday at 10:00"],
    where=[],
    model={"about": "questions they could answer", "control_group": "0%"},
)


def quiet_circle(store: Store, count: int = 3, **more: object) -> Theatre:
    """Some members who know about prices, and an open question on prices from Ana."""
    there = theatre(store)
    there.apply(playbook(NUDGE.model_copy(update=more), tone="tu"))
    asker = there.member("U50", "Ana B")
    quiet = [there.member(f"U{number}", f"Membre{number} B") for number in range(60, 60 + count)]
    with store.write() as session:
        place = session.scalars(select(Place).where(Place.ref == "C1")).first()
        assert place is not None
        at = SUNDAY - timedelta(days=1)
        known = {"message_ref": "1.5", "text": "Comment fixer un premier prix ?", "topics": ["prix"]}
        session.add(Question(place_id=place.id, ref=15, member_id=asker, at=at, **known))
        for number, member_id in enumerate(quiet):
            session.add(MemberTopic(member_id=member_id, topic="prix", place_id=place.id, ref=number, at=at))
    return there


def press(there: Theatre, verb: str, ref: str) -> None:
    """The member presses a button of the nudge that they got."""
    run = there.run()
    bus = Bus(there.store, there.clock.now)
    key = f"{verb}-{run.code}-post"
    at = to_us(there.clock.now())
    known = {"at": at, "member_ref": ref, "place_ref": f"D{ref}", "message_ref": "9.9"}
    bus.publish("slack", [Inbound(kind="pressed", event_ref=f"{key}{ref}", data={"key": key}, to_us=True, **known)])
    bus.close()
    receive(there.app)


def written_to(there: Theatre) -> list[str]:
    """Whom direct posts reached."""
    with there.store.read() as session:
        rows = (
            select(Handle.ref)
            .join(Delivery, Delivery.handle_id == Handle.id)
            .where(Delivery.state == "sent", Delivery.counts)
        )
        return sorted(session.scalars(rows))


def states(there: Theatre) -> dict[str, str]:
    with there.store.read() as session:
        rows = select(Handle.ref, Part.state).join(Handle, Handle.member_id == Part.member_id)
        return dict(session.execute(rows).all())


def test_each_is_told_of_a_question_that_they_could_answer(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY)

    assert written_to(there) == ["U60", "U61", "U62"]
    text = next(entry.text for entry in there.slack.standing() if entry.place_ref == "U60")
    assert "Comment fixer un premier prix" in text and text.startswith("Bonjour Membre60,")


def test_nobody_is_written_to_without_a_reason_and_the_run_says_so(store: Store) -> None:
    there = quiet_circle(store, count=0)
    there.live_until(TUESDAY)

    assert written_to(there) == []
    assert (there.run().state, there.run().reason) == ("skipped", "nobody to write to")


def test_nobody_is_led_into_a_dispute_or_to_a_question_of_who_asked_for_silence(store: Store) -> None:
    there = quiet_circle(store)
    with store.write() as session:
        question = session.scalars(select(Question)).one()
        marked = {"place_id": question.place_id, "ref": 15, "kind": REACTED, "mark": mark("U1", "🚩")}
        session.add(Activity(**marked, member_id=1, day=0, at=SUNDAY))
    there.live_until(TUESDAY)
    with store.write() as session:
        session.delete(session.scalars(select(Activity)).one())
        session.get_one(Member, question.member_id).opted_out_at = TUESDAY
    there.live_until(TUESDAY + timedelta(days=7))

    assert written_to(there) == [] and len(there.runs()) == 2


def test_a_host_is_asked_first_and_silence_sends_nothing(store: Store) -> None:
    there = quiet_circle(store, approval=Approval(required=True))
    there.live_until(TUESDAY + timedelta(days=1))

    assert written_to(there) == []
    assert there.run().reason == "not approved in time"


def test_whom_nobody_agreed_to_write_to_is_proposed_again(store: Store) -> None:
    there = quiet_circle(store, approval=Approval(required=True))
    there.live_until(TUESDAY + timedelta(days=7))

    first, second = there.runs()
    assert (first.reason, second.reason) == ("not approved in time", "awaiting approval")


def test_whoever_spoke_after_a_nudge_may_get_another_when_they_are_quiet_again(store: Store) -> None:
    there = quiet_circle(store, count=1)
    there.live_until(TUESDAY + timedelta(days=14))
    assert len(letters(there)) == 1, "nobody twice without a word between"
    with store.write() as session:
        quiet = session.scalars(select(Handle).where(Handle.ref == "U60")).one().member_id
        session.add(MemberTotal(member_id=quiet, n=1, first_at=TUESDAY, last_at=TUESDAY + timedelta(days=3)))
    there.live_until(TUESDAY + timedelta(days=21))
    assert len(letters(there)) == 2


def letters(there: Theatre) -> list[str]:
    return [entry.text for entry in there.slack.standing() if entry.place_ref == "U60"]


def test_not_now_is_heard_for_a_month_and_stop_for_good(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY)
    press(there, "later", "U60")
    press(there, "stop", "U61")

    assert states(there) == {"U60": "not now", "U61": "stopped", "U62": "chosen"}
    with store.read() as session:
        later, stopped = (
            session.scalars(select(Member).join(Handle).where(Handle.ref == ref)).one() for ref in ("U60", "U61")
        )
        assert later.nudges_from == TUESDAY + timedelta(days=30)
        assert stopped.opted_out_at == TUESDAY


def test_stop_holds_in_a_nudge_that_hosts_have_stopped_since(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY)
    with store.write() as session:
        session.execute(update(Run).values(state="stopped"))
    press(there, "stop", "U61")

    with store.read() as session:
        member = session.scalars(select(Member).join(Handle).where(Handle.ref == "U61")).one()
        assert member.opted_out_at == TUESDAY


def test_a_week_later_the_hosts_read_what_it_did(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY)
    bus = Bus(store, there.clock.now)
    said = {"place_ref": "C1", "message_ref": "2.5", "member_ref": "U60", "text": "Je commence haut."}
    bus.publish("slack", [Inbound(kind="said", event_ref="2.5", at=to_us(there.clock.now()) + 1, **said)])
    bus.close()
    there.live_until(TUESDAY + timedelta(days=7))

    told = [entry.text for entry in there.slack.standing() if entry.place_ref == "C9"]
    assert len(told) == 1 and "1 personne sur 3" in told[0] and "trop peu" in told[0]
    with store.read() as session:
        result = there.runs()[0].facts["result"]
        assert (result["counted"], result["of"], result["more"]["note"]) == (1, 3, "too few to say")
        assert session.scalars(select(Connection)).first() is not None


def test_the_budget_of_a_member_is_one_unasked_word_a_week(store: Store) -> None:
    there = quiet_circle(store)
    there.live_until(TUESDAY + timedelta(days=8))

    assert written_to(there) == ["U60", "U61", "U62"]  # the second Tuesday had nobody left who spoke in between
    with store.read() as session:
        bodies = [deliveries.decode(row.body) for row in session.scalars(select(Delivery).where(Delivery.unasked))]
    assert all(isinstance(body, Post) and len(body.buttons) == 2 for body in bodies)
