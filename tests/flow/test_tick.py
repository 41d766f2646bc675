"""A tick a person: who is left out is part of what hosts agree to, and is never written to or named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.errors import Refused
from orchestrator.flow import approve, moments, request
from orchestrator.flow.batch import Batch, Work
from orchestrator.ports import Post
from orchestrator.rules.reasons import Reason
from orchestrator.store import answers, approvals, deliveries, rituals
from orchestrator.store.approvals import Terms
from orchestrator.store.runs import Story
from orchestrator.store.session import Store
from orchestrator.store.tables import Connection, Delivery, Handle, Part, Run, Stage
from tests.flow.backstage import ALEXIS, Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, ritual

NEEDS = {"required": True, "within": "6 hours"}
ASKED = MONDAY - timedelta(hours=6)


def asked_for(store: Store, names: tuple[str, ...] = ("Nadia", "Karim", "Léa")) -> Backstage:
    """Hosts are asked about a message to each of these members instead of the run's posts."""
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    members = [hosts.there.member(f"U7{n}", name) for n, name in enumerate(names)]
    hosts.there.live_until(ASKED - timedelta(minutes=1))
    hosts.there.live_until(ASKED)
    with store.write() as session:
        run = session.scalars(select(Run)).one()
        for post in approvals.held(session, run.id):
            post.state = "skipped"
        for member_id, name in zip(members, names, strict=True):
            handle = session.scalars(select(Handle).where(Handle.member_id == member_id)).one()
            deliveries.plan(
                session,
                run=run,
                stage="post",
                target=f"member:{member_id}",
                body=Post(f"Bonjour {name}, on pense à vous."),
                handle=handle,
                not_before=MONDAY,
                late_until=MONDAY + timedelta(hours=2),
                state="held",
            )
        approvals.void(session, run.id)
        _ask(hosts, session, run)
    hosts.there.tick()
    return hosts


def _ask(hosts: Backstage, session: Any, run: Run) -> None:
    there = hosts.there
    batch = Batch(there.app, session, there.clock.now(), Story(there.clock.now()))
    stage = session.scalars(select(Stage).where(Stage.run_id == run.id, Stage.name == moments.APPROVAL)).one()
    work = Work(stage, run, rituals.of_runs(session, [run])[run.id])
    approve.put(batch, work, Terms(MONDAY + timedelta(hours=2)))
    batch.story.write(session)


def outcomes(hosts: Backstage) -> dict[str, tuple[str, str | None]]:
    with hosts.there.store.read() as session:
        rows = session.scalars(select(Delivery).where(Delivery.target.startswith("member:")).order_by(Delivery.id))
        return {deliveries.decode(row.body).text.split()[1].strip(","): (row.state, row.reason) for row in rows}  # type: ignore[union-attr]


@pytest.fixture
def hosts(store: Store) -> Backstage:
    return asked_for(store)


def test_each_person_has_a_line_and_a_box(hosts: Backstage) -> None:
    assert hosts.labels() == ["Envoyer", "Modifier", "Ne pas envoyer", "☑ Nadia", "☑ Karim", "☑ Léa"]
    request = hosts.texts()[-1]
    assert "à 3 membres" in request
    assert all(f"- {name}" in request for name in ("Nadia", "Karim", "Léa"))


def test_who_is_left_out_is_not_written_to_and_the_reason_is_kept(hosts: Backstage) -> None:
    before = len(hosts.standing())
    hosts.presses("☑ Karim")
    assert "☐ Karim" in hosts.labels() and "~~Karim~~" in hosts.texts()[-1]
    assert len(hosts.standing()) == before, "the same post says so"

    hosts.presses("Envoyer", who=ALEXIS)
    hosts.there.live_until(MONDAY)
    assert outcomes(hosts) == {
        "Nadia": ("sent", Reason.POSTED),
        "Karim": ("skipped", Reason.REFUSED),
        "Léa": ("sent", Reason.POSTED),
    }
    assert "sans Karim" in hosts.texts()[-1]


def becomes(hosts: Backstage, state: str, ref: str | None) -> str | None:
    """The request on Telegram is in this state, as that message; gives which one it was."""
    theirs = (Delivery.stage.startswith("approval-"), Delivery.connection_id == Connection.id)
    ours = select(Delivery).where(*theirs, Connection.name == "telegram").order_by(Delivery.id.desc())
    with hosts.there.store.write() as session:
        post = session.scalars(ours.limit(1)).one()
        before, post.message_ref, post.state = post.message_ref, ref, state
        return before


def test_a_request_that_was_on_its_way_shows_it_once_it_has_arrived(hosts: Backstage) -> None:
    there = hosts.there
    ref = becomes(hosts, "sending", None)
    hosts.presses("☑ Karim")
    assert "☑ Karim" in hosts.labels("telegram")
    becomes(hosts, "sent", ref)
    there.live_until(there.clock.at + timedelta(seconds=10))

    assert "☐ Karim" in hosts.labels("telegram") and "☑ Karim" not in hosts.labels("telegram")
    edits = len(there.telegram.edits)
    there.live_until(there.clock.at + timedelta(minutes=5))
    assert len(there.telegram.edits) == edits, "once"


def test_a_mistake_in_a_template_does_not_end_the_run_that_hosts_are_asked_about(
    hosts: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = becomes(hosts, "sending", None)
    hosts.presses("☑ Karim")
    becomes(hosts, "sent", ref)

    def refused(*_: object) -> None:
        raise Refused("hosts/request.md.j2:1: a mistake", "mend it")

    monkeypatch.setattr(request, "compose", refused)
    hosts.there.live_until(hosts.there.clock.at + timedelta(seconds=10))
    assert (hosts.there.run().state, hosts.there.steps()[-1]) == ("made", "failed")


def test_taken_in_again_they_are_written_to(hosts: Backstage) -> None:
    hosts.presses("☑ Karim")
    hosts.presses("☐ Karim")
    hosts.presses("Envoyer")

    hosts.there.live_until(MONDAY)
    assert {state for state, _ in outcomes(hosts).values()} == {"sent"}


def test_who_was_left_out_and_taken_in_again_may_still_ask_for_silence(hosts: Backstage) -> None:
    hosts.presses("☑ Karim")
    hosts.presses("☐ Karim")
    hosts.says("stop", who="U71")
    hosts.presses("Envoyer")

    hosts.there.live_until(MONDAY)
    assert outcomes(hosts) == {
        "Nadia": ("sent", Reason.POSTED),
        "Karim": ("skipped", Reason.OPTED_OUT),
        "Léa": ("sent", Reason.POSTED),
    }


def test_a_box_pressed_twice_is_pressed_once(hosts: Backstage) -> None:
    ref, box = hosts.button("☑ Karim")
    hosts.presses_key(box.key, ref)
    hosts.presses_key(box.key, ref, ALEXIS)

    assert "☐ Karim" in hosts.labels()


def test_two_hosts_leave_out_two_people_at_once(hosts: Backstage) -> None:
    (ref, karim), (_, nadia) = hosts.button("☑ Karim"), hosts.button("☑ Nadia")
    hosts.presses_key(karim.key, ref)
    hosts.presses_key(nadia.key, ref, ALEXIS)

    assert {"☐ Karim", "☐ Nadia", "☑ Léa"} <= set(hosts.labels())


def test_who_agreed_to_another_list_agreed_to_nothing(hosts: Backstage) -> None:
    ref, old = hosts.button("Envoyer")
    hosts.presses("☑ Karim")
    hosts.presses_key(old.key, ref, ALEXIS)

    assert "changé" in hosts.notices()[-1]
    hosts.there.live_until(MONDAY + timedelta(minutes=1))
    assert {state for state, _ in outcomes(hosts).values()} == {"held"}


def test_somebody_must_be_left(hosts: Backstage) -> None:
    hosts.presses("☑ Karim")
    hosts.presses("☑ Nadia")
    hosts.presses("☑ Léa")

    assert "personne" in hosts.notices()[-1]
    assert "☑ Léa" in hosts.labels()


def test_only_the_named_may_tick(hosts: Backstage) -> None:
    ref, box = hosts.button("☑ Karim")
    hosts.presses_key(box.key, ref, who="U70")

    assert "☑ Karim" in hosts.labels()


def test_a_text_for_one_person_is_changed_for_them_alone(hosts: Backstage) -> None:
    hosts.presses("☑ Léa")
    hosts.presses("Modifier")
    assert "[2] Karim\nBonjour Karim" in hosts.forms()[0].value
    hosts.submits("[2] Karim\nBonjour Karim, et merci.")
    assert "☐ Léa" in hosts.labels(), "who was left out stays left out"
    hosts.presses("Envoyer")

    hosts.there.live_until(MONDAY)
    sent = [entry.text for entry in hosts.there.slack.standing() if entry.place_ref.startswith("U7")]
    assert sorted(sent) == ["Bonjour Karim, et merci.", "Bonjour Nadia, on pense à vous."]


def test_parts_of_those_left_out_say_so(hosts: Backstage) -> None:
    store = hosts.there.store
    with store.write() as session:
        run = session.scalars(select(Run)).one()
        for member_id in session.scalars(select(Handle.member_id).where(Handle.ref.startswith("U7"))):
            session.add(Part(run_id=run.id, member_id=member_id, role="nudged", state="chosen", at=ASKED))
    hosts.presses("☑ Karim")
    hosts.presses("Envoyer")

    with store.read() as session:
        parts = session.scalars(select(Part).order_by(Part.member_id))
        assert [part.state for part in parts] == ["chosen", "refused", "chosen"]


def test_a_name_in_a_text_that_a_host_wrote_is_taken_out_by_writing(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    nadia, karim = hosts.there.member("U70", "Nadia"), hosts.there.member("U71", "Karim")
    hosts.there.live_until(ASKED)
    with store.write() as session:
        run = session.scalars(select(Run)).one()
        for member_id in (nadia, karim):
            session.add(Part(run_id=run.id, member_id=member_id, role="praised", state="proposed", at=ASKED))
    hosts.presses("Modifier")
    hosts.submits("Merci à Nadia et à Karim.")
    hosts.presses("☑ Karim")

    assert "modifiez-le encore" in hosts.notices()[-1]
    assert "☑ Karim" in hosts.labels()


def test_messages_to_members_are_taken_back_too(hosts: Backstage) -> None:
    hosts.presses("Envoyer")
    hosts.there.live_until(MONDAY + timedelta(minutes=1))
    hosts.presses("Retirer")

    sent = [entry for entry in hosts.there.slack.ledger if entry.place_ref.startswith("U7")]
    assert [entry.removed for entry in sent] == [True, True, True]


def test_what_members_say_answers_no_question_that_they_were_not_asked(hosts: Backstage) -> None:
    def open_for() -> list[bool]:
        with hosts.there.store.read() as session:
            return [bool(answers.expected(session, 1, f"U7{n}")) for n in range(3)]

    with hosts.there.store.write() as session:
        run = session.scalars(select(Run)).one()
        for handle in session.scalars(select(Handle).where(Handle.ref.startswith("U7"))):
            answers.expect(session, handle.id, run.id, "post", ASKED)
    assert open_for() == [False, False, False]
    hosts.presses("☑ Karim")
    hosts.presses("Envoyer")
    hosts.there.live_until(MONDAY + timedelta(minutes=1))
    assert open_for() == [True, False, True]
