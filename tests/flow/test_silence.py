"""Stop is obeyed at once, also by what was planned: every such delivery ends with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow import amend, decisions
from orchestrator.flow.deliver import deliver
from orchestrator.flow.errands import settle
from orchestrator.flow.receive import receive
from orchestrator.ports import Post
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, deliveries, errands
from orchestrator.store.approvals import Terms
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Approval,
    Community,
    Connection,
    Delivery,
    Handle,
    Member,
    Part,
    Ritual,
    Run,
    Trace,
)
from tests.circle import NOON
from tests.circle import inbound as happened
from tests.flow import hall
from tests.flow.hall import Hall, commanded
from tests.flow.test_shout_out import helped
from tests.flow.test_shout_out import house as thanks
from tests.flow.theatre import MONDAY, Theatre, playbook, ritual, theatre

REFS = ("77", "78", "79")


@pytest.fixture
def here(store: Store) -> Iterator[Hall]:
    with hall.opened(store) as one:
        for number, ref in enumerate(REFS):
            one.hear(hall.replied(60 + number, member=ref), connection="telegram")
        yield one


def plan(here: Hall, ref: str, state: str, number: int, *, of_run: bool = True) -> None:
    """Something to say to this member directly."""
    with here.store.write() as session:
        handle = session.scalars(select(Handle).where(Handle.ref == ref)).one()
        deliveries.plan(
            session,
            run=session.get_one(Run, here.run_id) if of_run else None,
            stage=f"nudge{number}",
            target=f"member:{handle.member_id}",
            body=Post(f"Bonjour {number}"),
            not_before=NOON + timedelta(minutes=number),
            handle=handle,
            counts=False,
            state=state,
        )


def silent(here: Hall) -> set[str]:
    with here.store.read() as session:
        found = select(Handle.ref).join(Member, Member.id == Handle.member_id).where(Member.opted_out_at.is_not(None))
        return set(session.scalars(found))


@pytest.mark.parametrize("state", ["planned", "held", "due"])
def test_what_was_planned_for_them_ends_and_says_why(here: Hall, state: str) -> None:
    plan(here, "77", state, 1)
    plan(here, "78", state, 2)
    here.hear(commanded(70, "stop"), connection="telegram")

    planned = here.all(Delivery, Delivery.stage.in_(("nudge1", "nudge2")))
    mine, theirs = sorted(planned, key=lambda row: str(row.stage))
    assert (mine.state, mine.reason, theirs.state) == ("skipped", Reason.OPTED_OUT, state)
    (told,) = here.all(Trace, Trace.step == "skipped")
    assert told.facts["reason"] == Reason.OPTED_OUT


def test_what_hosts_were_asked_is_about_what_is_left(here: Hall) -> None:
    for number, ref in enumerate(REFS):
        plan(here, ref, "held", number)
    with here.store.write() as session:
        asked = approvals.ask(session, session.get_one(Run, here.run_id), "approval", NOON, Terms(NOON))
        before = asked.digest
    here.hear(commanded(70, "stop"), connection="telegram")

    (request,) = here.all(Approval)
    assert request.state == "asked" and request.digest != before
    with here.store.read() as session:
        assert request.digest == approvals.digest(approvals.held(session, here.run_id))


def test_of_start_and_stop_the_one_said_later_counts_whichever_is_heard_first(here: Hall) -> None:
    here.hear(commanded(70, "stop"), connection="telegram")
    here.hear(commanded(72, "stop"), connection="telegram")
    here.hear(commanded(71, "start"), connection="telegram")
    assert silent(here) == {"77"}
    here.hear(commanded(73, "start"), connection="telegram")
    assert silent(here) == set()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("stop"), st.sampled_from(REFS)),
        st.tuples(st.just("start"), st.sampled_from(REFS)),
        st.tuples(st.sampled_from(("planned", "held", "due")), st.sampled_from(REFS)),
        st.tuples(st.just("send"), st.just("")),
    ),
    max_size=14,
)


def test_nothing_reaches_who_is_silent_whatever_the_order(store: Store) -> None:
    with hall.opened(store) as here:
        for number, ref in enumerate(REFS):
            here.hear(hall.replied(60 + number, member=ref), connection="telegram")
        numbers = iter(range(100, 100_000))

        @given(steps)
        @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def holds(played: list[tuple[str, str]]) -> None:
            wanted = silent(here)
            for what, ref in played:
                wanted = play(here, wanted, what, ref, next(numbers))
                assert silent(here) == wanted
                check(here, wanted)

        holds()


def play(here: Hall, wanted: set[str], what: str, ref: str, number: int) -> set[str]:
    if what == "send":
        here.pass_time(seconds=30)
        deliver(here.app, here.here.telegram_id, 100)
    elif what in ("stop", "start"):
        here.hear(commanded(number, what, member=ref), connection="telegram")
        return wanted | {ref} if what == "stop" else wanted - {ref}
    else:
        plan(here, ref, what, number)
    return wanted


def check(here: Hall, wanted: set[str]) -> None:
    """What was sent was sent to somebody who had not asked for silence."""
    with here.store.read() as session:
        rows: list[Any] = list(
            session.execute(
                select(Delivery, Handle.ref)
                .join(Handle, Handle.id == Delivery.handle_id)
                .where(Delivery.run_id.is_not(None), Delivery.stage.startswith("nudge"))
            )
        )
    sent_now = [ref for row, ref in rows if row.state == "sent" and row.sent_at == here.clock[0]]
    assert not set(sent_now) & wanted
    assert all(row.reason == Reason.OPTED_OUT for row, _ in rows if row.state == "skipped")


def says(there: Theatre, ref: str, text: str) -> None:
    bus = Bus(there.store, there.app.now)
    number = len(there.clock.slept) + len(text)
    word = happened("commanded", number, ref, there.clock.now(), place_ref="D1", data={"word": text, "rest": ""})
    bus.publish("slack", [structs.replace(word, to_us=True)])
    receive(there.app)
    bus.close()


@pytest.mark.parametrize("word", ["sans éloge", "stop"])
@pytest.mark.parametrize("decided", [False, True])
def test_thanks_that_were_planned_leave_out_who_declines(store: Store, word: str, decided: bool) -> None:
    there = thanks(store, approved=True)
    helped(there, "U5", "Zoé Martin", 3)
    helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    if decided:
        agree(there)
    says(there, "U6", word)
    if not decided:
        agree(there)
    there.live_until(MONDAY)

    (post,) = [entry.text for entry in there.said()]
    assert "Zoé" in post and "Nadia" not in post


def test_the_button_that_says_stop_is_as_good_as_the_word(store: Store) -> None:
    there = theatre(store)
    wish = ritual("merci", "shout_out", model={"top": 2}, approval={"required": True})
    there.apply(playbook(wish, ritual("relance", "relaunch", when=["question unanswered for 4 hours"], model={})))
    helped(there, "U5", "Zoé Martin", 3)
    nadia = helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    with store.write() as session:
        relance = session.scalars(select(Ritual).where(Ritual.name == "relance")).one()
        known = {"ritual_id": relance.id, "version_id": relance.version_id, "due_at": MONDAY, "made_at": MONDAY}
        run = Run(code="c0de" * 4, key="asked", state="open", **known)
        session.add(run)
        session.flush()
        session.add(Part(run_id=run.id, member_id=nadia, role="expert", state="proposed", at=MONDAY))
        other = Community(name="autre", zone="Europe/Paris", language="fr")
        session.add(other)
        session.flush()
        elsewhere = Member(community_id=other.id, name="Nadia B")
        session.add(elsewhere)
        session.flush()
        slack = session.scalars(select(Connection.id).where(Connection.name == "slack")).one()
        session.add(Handle(community_id=other.id, connection_id=slack, ref="U6", member_id=elsewhere.id))
    bus = Bus(there.store, there.app.now)
    pressed = happened("pressed", 1, "U6", there.clock.now(), place_ref="D1", data={"key": f"stop-{'c0de' * 4}-ask"})
    bus.publish("slack", [structs.replace(pressed, to_us=True)])
    receive(there.app)
    bus.close()
    agree(there)
    there.live_until(MONDAY)

    (post,) = [entry.text for entry in there.said()]
    assert "Zoé" in post and "Nadia" not in post
    with store.read() as session:
        silent = select(Member.community_id).where(Member.name == "Nadia B", Member.opted_out_at.is_not(None))
        assert sorted(session.scalars(silent)) == [1, 2], "in every community of the connection"


def test_thanks_for_nobody_else_are_not_held(store: Store) -> None:
    there = thanks(store, approved=True)
    helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    says(there, "U6", "sans éloge")
    there.live_until(MONDAY)

    assert there.said() == [] and there.run().reason == Reason.OPTED_OUT


def test_a_text_that_a_host_wrote_keeps_its_words_without_the_name(store: Store) -> None:
    there = thanks(store, approved=True)
    helped(there, "U5", "Zoé Martin", 3)
    helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    with store.write() as session:
        amend.edit(there.app, session, asked(there), "Bravo à Zoé et à Nadia.", "command line")
    says(there, "U6", "sans éloge")
    agree(there)
    there.live_until(MONDAY)

    assert [entry.text for entry in there.said()] == ["Bravo à Zoé et à un membre."]


def test_no_host_takes_somebody_in_again_who_declined(store: Store) -> None:
    there, nadia = two_to_thank(store)
    says(there, "U6", "sans éloge")
    with store.write() as session:
        said, _ = amend.tick(there.app, session, asked(there), nadia, True, "command line")
    agree(there)
    there.live_until(MONDAY)

    assert said.what == "unchanged"
    assert "Nadia" not in there.said()[0].text


def test_what_one_account_declined_holds_for_the_other_once_they_are_linked(store: Store) -> None:
    there, _ = two_to_thank(store)
    there.member("U8", "Nadia B")
    says(there, "U8", "sans éloge")
    with store.write() as session:
        here = {one.ref: one for one in session.scalars(select(Handle))}
        telegram = session.scalars(select(Connection.id).where(Connection.name == "telegram")).one()
        here["U8"].connection_id = telegram  # as if they had said it there
        errands.keep(session, "link", here["U6"].id, "e", there.clock.now(), here["U8"].id)
    settle(there.app)
    agree(there)
    there.live_until(MONDAY)

    assert "Nadia" not in there.said()[0].text


def test_what_hosts_were_asked_can_be_agreed_to_when_somebody_in_it_was_forgotten(store: Store) -> None:
    there, _ = two_to_thank(store)
    for word in ("oublie-moi", "oublie-moi !"):
        says(there, "U6", word)
    said = agree(there)
    there.live_until(MONDAY)

    assert said == "approved"
    (post,) = [entry.text for entry in there.said()]
    assert "Zoé" in post and "membre" not in post


def two_to_thank(store: Store) -> tuple[Theatre, int]:
    """Hosts are asked about thanks to Zoé (U5) and Nadia (U6); gives Nadia's member id."""
    there = thanks(store, approved=True)
    helped(there, "U5", "Zoé Martin", 3)
    nadia = helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    return there, nadia


def asked(there: Theatre) -> str:
    return next(one.code for one in there.approvals() if one.state == "asked")


def agree(there: Theatre) -> str:
    with there.store.write() as session:
        return decisions.decide(session, asked(there), "command line", True, there.clock.now()).what
