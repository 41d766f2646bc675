"""What every platform promises the core about polls and files, asked of each adapter before its own fake platform."""

from __future__ import annotations

import time

import pytest

from orchestrator.errors import DeliveryFailed, DeliveryUnknown
from orchestrator.ports import Address, Button, ClosePoll, Document, Poll, Receipt
from tests.adapters.acts import last, only, send
from tests.adapters.rig import PollStanding, Rig

LUNCH = Poll("Quel jour ?", ("Lundi", "Mardi", "Jeudi"))


def ask(rig: Rig, poll: Poll = LUNCH) -> Receipt:
    return rig.adapter.send(rig.place, poll, "k1")


def standing(rig: Rig, receipt: Receipt) -> PollStanding:
    return rig.poll(str(receipt.message_ref))


def test_a_platform_without_polls_refuses_them_for_good(rig: Rig) -> None:
    if rig.adapter.capabilities.native_polls:
        return
    for act in (LUNCH, ClosePoll("1.000002")):
        with pytest.raises(DeliveryFailed) as failed:
            rig.adapter.send(rig.place, act, "k1")
        assert failed.value.permanent and failed.value.mend


def test_a_poll_arrives_with_the_reference_that_its_votes_name(polls: Rig) -> None:
    receipt = ask(polls)
    assert standing(polls, receipt) == PollStanding(LUNCH.question, LUNCH.options, (0, 0, 0), is_open=True)
    heard = only(polls.votes(str(receipt.message_ref), 1))
    assert (heard.kind, heard.member_ref, heard.to_us) == ("voted", polls.ana, True)
    assert heard.data == {"poll_ref": receipt.poll_ref, "options": [1]}


def test_two_polls_have_two_references(polls: Rig) -> None:
    assert ask(polls).poll_ref != ask(polls).poll_ref


def test_a_changed_vote_is_told_whole_and_a_vote_taken_back_as_none(polls: Rig) -> None:
    ref = str(ask(polls, Poll("Quels jours ?", ("Lundi", "Mardi", "Jeudi"), several=True)).message_ref)
    told = [only(polls.votes(ref, *chosen)) for chosen in ((0, 2), (1,), ())]
    assert [one.data["options"] for one in told] == [[0, 2], [1], []]
    assert len({one.event_ref for one in told}) == 3
    assert polls.poll(ref).tally == (0, 0, 0)


def test_a_closed_poll_takes_no_votes_and_closing_it_again_is_fine(polls: Rig) -> None:
    ref = str(ask(polls).message_ref)
    polls.votes(ref, 0)
    for key in ("k2", "k3"):
        polls.adapter.send(polls.place, ClosePoll(ref), key)
    assert polls.votes(ref, 1) == []
    assert (polls.poll(ref).tally, polls.poll(ref).is_open) == ((1, 0, 0), False)


def test_a_poll_says_when_it_ends_what_may_be_chosen_and_who_sees_the_counts(polls: Rig) -> None:
    ends = int(time.time() + 3600) * 1_000_000
    poll = Poll("Quels jours ?", ("Lundi", "Mardi"), several=True, closes_at=ends, hidden=True, text="Avec **joie**")
    shown = standing(polls, ask(polls, poll))
    assert (shown.several, shown.hidden, shown.is_open, shown.text) == (True, True, True, "Avec joie")


def test_a_lost_reply_of_a_poll_is_unknown(polls: Rig) -> None:
    polls.breaks("lost reply")
    with pytest.raises(DeliveryUnknown):
        ask(polls)


def test_many_choices_stand_under_a_post_in_order(rig: Rig) -> None:
    labels = tuple(f"{number}. Une réponse qui prend la place qu’il lui faut" for number in range(1, 13))
    receipt = send(rig, "Que choisis-tu ?", *(Button(one, f"vote-{n}") for n, one in enumerate(labels)))
    assert last(rig).buttons == labels
    assert only(rig.presses(str(receipt.message_ref), labels[11])).data["key"] == "vote-11"


def test_a_file_reaches_one_member_directly(rig: Rig) -> None:
    rig.tells_us("mes données ?")  # on Telegram we may only answer
    document = Document("données d’Ana.json", '{"prénom": "Ana"}'.encode(), "Voici **tout**.")
    rig.adapter.send(Address(member_ref=rig.ana), document, "k1")
    (given,) = rig.files()
    assert (given.name, given.content, given.text) == (document.name, document.content, "Voici tout.")


def test_a_file_for_a_member_who_cannot_be_written_to_is_refused(rig: Rig) -> None:
    if rig.platform == "slack":
        return  # whoever is in the workspace can be written to
    rig.breaks("unreachable member")
    with pytest.raises(DeliveryFailed) as failed:
        rig.adapter.send(Address(member_ref=rig.ana), Document("a.json", b"{}", "Voici."), "k1")
    assert failed.value.permanent
