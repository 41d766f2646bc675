"""A debate finds its speakers, or ends kindly; votes count once a member; opinions are compared without a name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from orchestrator.flow import due, prepare
from orchestrator.flow.receive import receive
from orchestrator.rituals.debate import INVITE_UNTIL, STATEMENTS_AT
from orchestrator.store.session import Store
from tests.flow.debates import AHEAD, MOTION, THURSDAY, debate

DAY = timedelta(days=1)


def test_a_whole_debate(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    assert "Qu’en penses-tu aujourd’hui" in there.said()[0] and MOTION in there.said()[0].replace("\u202f", " ")
    speakers = there.invited()
    assert sorted(there.side(ref) for ref in speakers) == ["against", "against", "for", "for"]

    there.accept(*speakers)
    assert {*there.parts().values()} == {"accepted"}
    there.vote("before", **dict.fromkeys(there.members, 0))

    there.until(THURSDAY - STATEMENTS_AT)
    assert [len(there.written_to(ref)) for ref in speakers] == [2, 2, 2, 2]
    there.say(speakers[0], "Un prix affiché fait gagner du temps à tout le monde.")

    there.until(THURSDAY)
    assert "gagner du temps" in there.said()[-1]
    there.say(speakers[1], "Un prix affiché sort de son contexte.", under="opening")
    there.until(THURSDAY + timedelta(hours=2))
    there.say("U67", "Chez nous, l’afficher a changé les appels.", under="opening")

    there.until(THURSDAY + DAY)
    there.vote("after", **dict.fromkeys(there.members, 0) | {"U60": 1, "U61": 1, "U62": 2})
    there.until(THURSDAY + 2 * DAY)
    recap = there.said()[-1]
    assert "3 voix" in recap and "3 ont changé d’avis" in recap and "Merci à Membre" in recap
    assert there.there.run().state == "done"
    assert there.result() == {
        "counted": 2,
        "of": 4,
        "unanswered": False,
        "asks": True,
        "more": {
            "speakers who spoke": 2,
            "speakers wanted": 4,
            "held": True,
            "accepted": 4,
            "voices": 3,
            "voted before": 8,
            "voted after": 8,
            "voted twice": 8,
            "moved": 3,
            "net towards for": -5,
        },
    }


def test_who_declines_is_replaced_at_once_and_reads_a_kind_word(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    first = there.invited()
    there.decline(first[0])

    (other,) = [ref for ref in there.invited() if ref not in first]
    assert there.side(other) == there.side(first[0])
    assert len(there.written_to(other)) == len(there.written_to(first[0])) == 1
    assert any("merci de ta réponse" in edit.text and not edit.buttons for edit in there.there.slack.edits)


def test_silence_is_replaced_after_a_day_and_not_before(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    first = there.invited()
    there.accept(*first[1:])
    there.until(AHEAD + DAY - timedelta(minutes=5))
    assert there.invited() == first[:1]

    there.until(AHEAD + DAY + timedelta(minutes=1))
    assert there.parts()[first[0]] == "silent"
    assert len(there.invited()) == 1 and there.invited() != first[:1]


def test_each_new_silence_has_its_own_day(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD + timedelta(hours=5))
    first = there.invited()
    there.accept(*first[1:])
    there.decline(first[0])
    (second,) = there.invited()

    there.until(AHEAD + DAY + timedelta(hours=1))
    assert there.invited() == [second]
    there.until(AHEAD + DAY + timedelta(hours=6))
    assert there.parts()[second] == "silent"


def test_nobody_is_invited_twice_and_it_ends_when_nobody_is_left(store: Store) -> None:
    there = debate(store, count=6)
    there.until(AHEAD)
    for _ in range(6):
        there.decline(*there.invited())

    assert there.invited() == [] and {*there.parts().values()} == {"declined"}
    assert [len(there.written_to(ref)) for ref in there.members] == [1] * 6


def test_shortly_before_nobody_new_is_invited(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    first = there.invited()
    there.accept(*first)
    there.until(THURSDAY - INVITE_UNTIL + timedelta(minutes=1))
    there.decline(first[0])

    assert there.invited() == []


def test_two_are_enough_and_it_says_so(store: Store) -> None:
    there = debate(store, count=2)
    there.until(AHEAD)
    there.accept(*there.invited())
    there.until(THURSDAY)

    assert "Deux voix pour ouvrir, une de chaque côté" in there.said()[-1]
    there.until(THURSDAY + DAY)
    assert "votes-tu" not in there.said()[-1] and "Vote de nouveau" in there.said()[-1]


def test_one_side_alone_leaves_the_other_free(store: Store) -> None:
    there = debate(store, count=1)
    there.until(AHEAD)
    there.accept(*there.invited())
    there.until(THURSDAY)

    assert "contre » : la place est libre" in there.said()[-1].replace("\u202f", " ").replace("\xa0", " ")


def test_without_speakers_it_ends_kindly_and_the_vote_is_not_wasted(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    there.vote("before", U60=0, U61=0, U62=1)
    for _ in range(8):
        there.decline(*there.invited())
    there.until(THURSDAY + 3 * DAY)

    said = there.said()
    assert len(said) == 2 and "n’aura pas lieu cette fois" in said[1]
    assert "2 pour, 1 contre, 0 sans avis tranché" in said[1]
    assert there.there.run().state == "done"
    assert (there.result()["counted"], there.result()["more"]["held"]) == (0, False)
    assert "le débat n’a pas eu lieu" in there.shows("before").text.lower() and not there.shows("before").buttons


def test_a_debate_that_nobody_cares_for_is_unanswered(store: Store) -> None:
    there = debate(store)
    there.until(THURSDAY + 3 * DAY)

    assert there.result()["unanswered"] is True


def test_a_vote_is_changed_and_taken_back_until_it_closes(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    there.vote("before", U60=0, U61=1)
    there.vote("before", U60=2)
    there.press("U61", "unvote-{run}-before")
    assert there.ballots("before") == {"U60": "2", "U61": ""}

    there.accept(there.invited()[0])
    there.until(THURSDAY)
    there.vote("before", U60=1, U65=1)
    assert there.ballots("before") == {"U60": "2", "U61": ""}
    assert not there.shows("before").buttons


def test_a_press_that_is_told_twice_counts_once(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    first = there.invited()
    for _ in range(2):
        there.press(first[0], "decline-{run}-invite", event="same")
    there.decline(first[0])

    assert len(there.parts()) == 5


def test_hosts_votes_are_kept_and_not_counted(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    there.accept(there.invited()[0])
    there.vote("before", U1=0, U60=0)
    there.until(THURSDAY + 3 * DAY)

    assert there.result()["more"]["voted before"] == 1


def test_hosts_are_not_invited(store: Store) -> None:
    there = debate(store, count=1, model={"speakers": 8})
    there.until(AHEAD)

    assert there.invited() == ["U60"]


def test_who_was_silent_may_still_accept_while_the_seat_is_free(store: Store) -> None:
    there = debate(store, count=1)
    there.until(AHEAD)
    there.until(THURSDAY - STATEMENTS_AT + timedelta(minutes=1))
    assert there.parts() == {"U60": "silent"}
    there.accept("U60")

    assert there.parts() == {"U60": "accepted"} and len(there.written_to("U60")) == 2


@pytest.mark.parametrize("press", ["accept-{run}-invite", "decline-{run}-invite"])
def test_an_answer_after_the_debate_began_changes_nothing(store: Store, press: str) -> None:
    there = debate(store)
    there.until(AHEAD)
    first = there.invited()
    there.accept(first[0])
    there.until(THURSDAY)
    before = there.parts()
    there.press(first[0], press)
    there.press(first[1], press)

    assert there.parts() == before


def test_a_statement_told_directly_later_is_put_into_the_post(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    speakers = there.invited()
    there.accept(*speakers)
    there.until(THURSDAY + timedelta(minutes=20))
    there.say(speakers[2], "Le secret protège les petits.")
    there.until(THURSDAY + timedelta(minutes=21))

    assert "Le secret protège les petits." in there.shows("opening").text


def test_without_votes_there_are_no_buttons_and_no_second_post(store: Store) -> None:
    there = debate(store, model={"vote": False})
    there.until(AHEAD)
    assert not there.shows("before").buttons
    there.accept(*there.invited())
    there.until(THURSDAY + timedelta(minutes=1))
    there.say("U60", "Un mot.", under="opening")
    there.until(THURSDAY + 3 * DAY)

    assert len(there.said()) == 3 and "Une voix" in there.said()[-1]
    assert "moved" not in there.result()["more"]


def test_it_comes_at_its_moment_even_if_the_announcement_was_late(store: Store) -> None:
    there = debate(store, at=AHEAD + timedelta(hours=20))
    there.until(AHEAD + timedelta(hours=20))
    there.accept(*there.invited())
    there.until(THURSDAY - timedelta(minutes=1))
    assert len(there.said()) == 1
    there.until(THURSDAY)

    assert len(there.said()) == 2


def test_two_workers_never_fill_a_seat_twice(store: Store) -> None:
    there = debate(store, count=14)
    there.until(AHEAD)
    first = there.invited()
    presses = [there.pressing(ref, verb) for ref in first for verb in ("decline", "accept", "decline")]
    there.publish_all(presses)

    def work() -> None:
        receive(there.there.app)
        with store.write() as session:
            stages = due.due(session, there.there.clock.now())
        prepare.prepare_all(there.there.app, stages)

    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(work) for _ in range(4)]:
            done.result()
    there.there.tick()

    live = [ref for ref, state in there.parts().items() if state in ("invited", "accepted")]
    assert sorted(there.side(ref) for ref in live) == ["against", "against", "for", "for"]
    assert len(there.parts()) == 8, "each of the four who declined was replaced once"


def test_a_statement_that_is_corrected_is_corrected_in_the_post(store: Store) -> None:
    there = debate(store)
    there.until(AHEAD)
    speakers = there.invited()
    there.accept(*speakers)
    there.until(THURSDAY + timedelta(minutes=10))
    there.say(speakers[0], "Le secret protége.")
    there.until(THURSDAY + timedelta(minutes=11))
    there.correct("Le secret protège.")
    there.until(THURSDAY + timedelta(minutes=12))

    assert "Le secret protège." in there.shows("opening").text
