"""Nothing that needs a host's word leaves without it, and the word binds to the very texts that were shown."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from orchestrator.flow import approve, decisions
from orchestrator.playbook.schema import Playbook
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from orchestrator.store.tables import Handle
from tests.flow.theatre import MONDAY, SUNDAY, Theatre, playbook, ritual, theatre

NEEDS = {"required": True, "within": "6 hours"}
ASKED = MONDAY - timedelta(hours=6)


def sensitive(**more: object) -> Playbook:
    return playbook(ritual(**{"approval": NEEDS, **more}))


def asked(there: Theatre, book: Playbook | None = None) -> str:
    """Live until the hosts are asked; give the request's code."""
    there.apply(book or sensitive())
    there.live_until(ASKED)
    return there.approvals()[-1].code


def decide(there: Theatre, code: str, who: int | str = "command line", yes: bool = True) -> str:
    with there.store.write() as session:
        said = approve.decide(session, code, who, yes, there.clock.now())
    return approve.sentence(there.app.render, said)


def member(there: Theatre, ref: str) -> int:
    with there.store.read() as session:
        return session.scalars(select(Handle.member_id).where(Handle.ref == ref)).one()


def test_hosts_are_asked_ahead_with_the_text_and_two_buttons(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    (request,) = there.said(place="C9")
    assert request.at == ASKED and "Quel prix" in request.text
    (delivery,) = [row for row in there.deliveries() if not row.counts]
    assert f"approve-{code}".encode() in delivery.body and f"skip-{code}".encode() in delivery.body
    assert (there.run().state, there.run().reason) == ("made", Reason.AWAITING_APPROVAL)
    assert there.said() == []


def test_approved_in_time_it_is_posted_at_when(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    decide(there, code, member(there, "U1"))
    there.live_until(MONDAY)
    assert [entry.at for entry in there.said()] == [MONDAY]
    assert there.run().state == "open"
    assert {edit.message_ref for edit in there.slack.edits} == {there.said(place="C9")[0].message_ref}
    assert "Ines" in there.slack.edits[0].text


def test_approved_late_it_is_posted_at_once_while_on_missed_allows(store: Store) -> None:
    there = theatre(store)
    code = asked(there)
    there.live_until(MONDAY + timedelta(hours=1, minutes=59))

    decide(there, code)
    there.tick()
    assert [entry.at for entry in there.said()] == [there.clock.at]
    assert there.run().closes_at == there.clock.at + timedelta(days=2)


def test_what_hosts_are_still_to_be_told_keeps_no_run_open(store: Store) -> None:
    there = theatre(store)
    code = asked(there)
    decide(there, code)
    there.live_until(MONDAY + timedelta(days=1))
    with store.write() as session:
        decisions.tell_later(session, there.run(), MONDAY + timedelta(days=2, minutes=1))
    there.live_until(MONDAY + timedelta(days=2))
    assert there.run().state == "done"
    there.live_until(MONDAY + timedelta(days=2, minutes=2))
    assert there.stages()["decided"].state == "done" and there.run().state == "done"


def test_silence_means_that_it_is_not_sent(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    there.live_until(MONDAY + timedelta(hours=3))
    assert (there.run().state, there.run().reason) == ("skipped", Reason.NOT_APPROVED)
    assert "trop tard" in decide(there, code)
    assert there.said() == []
    assert "à temps" in there.slack.edits[0].text


def test_without_lateness_silence_ends_at_when(store: Store) -> None:
    there = theatre(store)
    asked(there, sensitive(on_missed="skip"))

    there.live_until(MONDAY + timedelta(seconds=1))
    assert there.run().reason == Reason.NOT_APPROVED


def test_refused_it_is_skipped_and_the_hosts_are_told_by_whom(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    decide(there, code, member(there, "U2"), yes=False)
    there.live_until(MONDAY + timedelta(hours=3))
    assert (there.run().state, there.run().reason) == ("skipped", Reason.REFUSED)
    assert "Alexis" in there.slack.edits[0].text
    assert there.said() == []


def test_a_second_click_changes_nothing(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    assert "accord" in decide(there, code)
    assert decide(there, code, yes=False).startswith("Un hôte (en ligne de commande) a déjà donné son accord")
    there.live_until(MONDAY)
    assert len(there.said()) == 1


def test_two_decisions_at_once_are_one(store: Store) -> None:
    there = theatre(store)
    code = asked(there)
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda yes=yes: said.append(decide(there, code, "somebody", yes)))
        for yes in (True, False, True, False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum("Somebody" in sentence for sentence in said) == 3
    there.live_until(MONDAY)
    assert len(there.said()) == (there.approvals()[0].state == "approved")


def test_only_the_named_may_decide(store: Store) -> None:
    there = theatre(store)
    code = asked(there, sensitive(approval={**NEEDS, "by": ["ines"]}))

    for stranger in (member(there, "U2"), there.member("U7")):
        assert "C’est à Ines d’en décider." in decide(there, code, stranger)
    there.live_until(MONDAY)
    assert there.said() == []
    decide(there, code, member(there, "U1"))
    there.tick()
    assert len(there.said()) == 1


def test_an_edit_voids_a_decision_and_asks_anew(store: Store) -> None:
    there = theatre(store)
    code = asked(there)
    decide(there, code)

    there.apply(sensitive(text="Une introduction"))
    there.live_until(MONDAY)
    assert there.said() == []
    assert "changé" in decide(there, code)
    new = there.approvals()[-1].code
    assert new != code and len(there.said(place="C9")) == 2
    decide(there, new)
    there.tick()
    assert "Une introduction" in there.said()[0].text
    assert "Quel prix" in there.said()[0].text


def test_a_changed_moment_stops_the_run_that_was_made_for_the_old_one(store: Store) -> None:
    there = theatre(store)
    code = asked(there)

    there.apply(sensitive(when=["every tuesday at 09:30"]))
    there.live_until(MONDAY + timedelta(hours=3))
    assert there.runs()[0].state == "stopped"
    assert there.said() == []
    assert "en ligne de commande" not in decide(there, code)


def test_an_unknown_request_gets_a_sentence(store: Store) -> None:
    there = theatre(store)

    assert decide(there, "nothing") == "There is no such request."


def test_without_a_hosts_space_the_command_line_still_decides(store: Store) -> None:
    there = theatre(store)
    book = playbook(ritual(approval=NEEDS), hosts={"people": ["ines"]})
    code = asked(there, book)

    assert there.said(place="C9") == []
    decide(there, code)
    there.live_until(MONDAY)
    assert len(there.said()) == 1


def test_a_run_whose_hosts_were_never_there_is_asked_at_once_after_an_outage(store: Store) -> None:
    there = theatre(store, SUNDAY)
    there.apply(sensitive())

    there.wake_at(MONDAY + timedelta(hours=1))
    decide(there, there.approvals()[0].code)
    there.tick()
    assert len(there.said()) == 1


def test_a_host_approves_every_text_of_the_steps_and_none_leaves_without(store: Store) -> None:
    there = theatre(store)
    steps = [{"post": "un"}, {"wait": "1 day"}, {"post": "deux"}, {"ask": "trois"}]
    code = asked(there, playbook(ritual(kind="steps", model=steps, approval=NEEDS)))

    request = there.said(place="C9")[0].text
    assert all(text in request for text in ("un", "deux", "trois"))
    there.live_until(MONDAY + timedelta(hours=1))
    assert there.said() == []
    decide(there, code)
    there.live_until(MONDAY + timedelta(hours=25))
    assert [entry.text.split("\n")[0].strip("*") for entry in there.said()] == ["un", "deux", "trois"]
    assert [entry.at - MONDAY for entry in there.said()] == [timedelta(hours=1), *[timedelta(hours=25)] * 2]
