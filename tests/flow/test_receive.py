"""What waits in the inbox has its effects once, in whatever order it came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from orchestrator.flow import names
from orchestrator.flow.receive import receive
from orchestrator.ports import Address, Form, Inbound, InboundKind, Notice, Post, React
from orchestrator.rules.flags import GONE
from orchestrator.store import answers, deliveries
from orchestrator.store import inbound as inbox
from orchestrator.store.activity import REACTED
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Activity,
    Answer,
    Delivery,
    Expected,
    Handle,
    Inbox,
    Member,
    MemberTotal,
    Place,
    Presence,
    Run,
    Trace,
)
from tests.circle import CLOSES, NOON, inbound, said
from tests.flow.hall import Hall, commanded, direct, in_thread, opened, replied, texts


@pytest.fixture
def hall(store: Store) -> Iterator[Hall]:
    with opened(store) as one:
        yield one


def totals(hall: Hall) -> dict[int, int]:
    return {row.member_id: row.n for row in hall.all(MemberTotal)}


def test_the_first_message_in_the_thread_is_the_answer(hall: Hall) -> None:
    hall.hear(in_thread(1, "20 euros"), in_thread(2, "ou 30"), in_thread(3, "10", "U2"))
    assert hall.answers() == [("U1", "20 euros", False), ("U2", "10", False)]
    assert sorted(totals(hall).values()) == [1, 2]
    assert hall.waiting() == 0


def test_an_answer_is_acknowledged_by_one_reaction_and_a_reply_is_not(hall: Hall) -> None:
    hall.hear(in_thread(1), in_thread(2))
    hall.hear(in_thread(1))
    heard = hall.all(Delivery, Delivery.stage == "heard")
    assert [deliveries.decode(row.body) for row in heard] == [React("1700000000.000001", "🙏")]
    assert ("deliver", [hall.here.slack_id]) in hall.bells
    assert not heard[0].counts


def test_a_reply_to_the_post_is_an_answer_and_a_reply_to_an_answer_is_talk(hall: Hall) -> None:
    hall.hear(replied(50), replied(51, "d'accord", "78", to="50"), connection="telegram")
    assert hall.answers() == [("77", "20 euros", False)]
    assert len(totals(hall)) == 2


def test_the_same_number_in_another_place_is_another_message(hall: Hall) -> None:
    hall.hear(in_thread(1, place_ref="C9"))
    assert hall.answers() == []


def test_an_edit_changes_the_answer_and_an_edit_of_a_reply_does_not(hall: Hall) -> None:
    hall.hear(in_thread(1), in_thread(2, "merci"))
    later = NOON + timedelta(minutes=5)
    edits = [
        inbound("edited", 1, at=later, text="25 euros", thread_ref="1699999999.000100", to_us=True),
        inbound("edited", 2, at=later, text="de rien", thread_ref="1699999999.000100", to_us=True),
    ]
    hall.hear(*edits)
    assert texts(hall.answers()) == ["25 euros"]
    assert hall.waiting() == 0


def test_an_older_edit_told_late_does_not_undo_a_newer_one(hall: Hall) -> None:
    def edit(minute: int, text: str) -> Inbound:
        at = NOON + timedelta(minutes=minute)
        facts = {"event_ref": f"e{minute}", "text": text, "thread_ref": "1699999999.000100", "to_us": True}
        return inbound("edited", 1, at=at, **facts)

    hall.hear(in_thread(1), edit(9, "nouveau"))
    hall.hear(edit(5, "ancien"))
    assert texts(hall.answers()) == ["nouveau"]


def test_an_edit_told_before_its_message_waits_for_it(hall: Hall) -> None:
    edit = inbound(
        "edited", 1, at=NOON + timedelta(minutes=5), text="25 euros", thread_ref="1699999999.000100", to_us=True
    )
    assert hall.hear(edit) == 0
    hall.hear(in_thread(1))
    hall.pass_time(seconds=3)
    hall.receive()
    assert texts(hall.answers()) == ["25 euros"]
    assert hall.waiting() == 0


def test_an_edit_whose_message_was_never_told_stands_for_it(hall: Hall) -> None:
    hall.hear(inbound("edited", 1, text="25 euros", thread_ref="1699999999.000100", to_us=True))
    hall.pass_time(seconds=11)
    hall.receive()
    assert texts(hall.answers()) == ["25 euros"]


def test_a_deleted_answer_is_removed_and_the_story_says_so(hall: Hall) -> None:
    hall.hear(in_thread(1))
    before = totals(hall)
    hall.hear(inbound("deleted", 1, thread_ref="1699999999.000100", to_us=True))
    assert hall.answers() == []
    assert [row.step for row in hall.all(Trace)] == ["answer removed"]
    assert totals(hall) == before
    hall.hear(in_thread(1), in_thread(5, "autre"))
    assert texts(hall.answers()) == ["autre"]


def test_a_message_deleted_before_it_was_told_is_no_answer(hall: Hall) -> None:
    hall.hear(inbound("deleted", 1, to_us=True))
    hall.hear(in_thread(1))
    assert hall.answers() == []


def test_one_answer_per_member_over_all_platforms(hall: Hall) -> None:
    hall.hear(in_thread(1, "sur slack"))
    with hall.store.write() as session:
        member_id = session.scalars(sql("SELECT member_id FROM handle")).one()
        community = {"community_id": hall.here.community_id, "connection_id": hall.here.telegram_id}
        session.add(Handle(**community, ref="77", member_id=member_id))
    hall.hear(replied(50, "sur telegram"), connection="telegram")
    assert texts(hall.answers()) == ["sur slack"]
    assert totals(hall) == {member_id: 2}


def test_after_closing_an_answer_is_kept_as_late(hall: Hall) -> None:
    hall.change_run(state="closed")
    hall.hear(in_thread(1, at=CLOSES + timedelta(seconds=1)))
    assert hall.answers() == [("U1", "20 euros", True)]


def test_a_stopped_run_takes_nothing_more(hall: Hall) -> None:
    hall.change_run(state="stopped")
    hall.hear(in_thread(1))
    assert hall.answers() == []
    assert len(totals(hall)) == 1


def test_hosts_answers_are_kept_and_not_counted(hall: Hall) -> None:
    hall.hear(said(1))
    with hall.store.write() as session:
        session.execute(sql("UPDATE member SET is_host = true"))
    hall.hear(in_thread(2))
    assert [row.counted for row in hall.all(Answer)] == [False]


def test_who_answers_without_a_known_name_is_looked_up_after_the_commit(hall: Hall) -> None:
    hall.hear(in_thread(1))
    assert [(row.name, row.is_host) for row in hall.all(Member)] == [("Name of U1", False)]


def test_a_name_is_asked_for_before_anything_is_sent(hall: Hall) -> None:
    done: list[str] = []
    ask = hall.slack.member
    hall.slack.member = lambda ref: done.append("asked") or ask(ref)  # type: ignore[method-assign, func-returns-value]
    hall.app = replace(hall.app, ring=lambda kind, _ids: done.append(kind))
    hall.hear(in_thread(1))
    assert done == ["asked", "deliver"], "a process that dies while it sends has learned the name"


def test_whoever_came_while_nobody_could_ask_is_asked_for_later(hall: Hall) -> None:
    hall.app = replace(hall.app, adapters={})
    hall.hear(inbound("joined", 1, message_ref=None))
    names.learn_some(replace(hall.app, adapters={"slack": hall.slack}))  # type: ignore[dict-item]
    assert [row.name for row in hall.all(Member)] == ["Name of U1"]


# --- the form, the link, direct questions ----------------------------------------------------------


def press(number: int, key: str, **facts: object) -> Inbound:
    data = {"key": key, "trigger_ref": f"T{number}"}
    return inbound("pressed", number, message_ref="1699999999.000100", data=data, to_us=True, **facts)


def form(number: int, text: str, minute: int = 5, *, named: bool = True) -> Inbound:
    data = {"key": "answer-c0de", "text": text, "named": named}
    at = NOON + timedelta(minutes=minute)
    return inbound("submitted", number, at=at, place_ref="C1", message_ref=None, data=data, to_us=True)


def test_pressing_answer_opens_the_form_with_the_question(hall: Hall) -> None:
    hall.hear(press(1, "answer-c0de"))
    (opened_form,) = hall.slack.sent
    assert isinstance(opened_form, Form)
    assert (opened_form.trigger_ref, opened_form.key, opened_form.question) == ("T1", "answer-c0de", "Quel prix\u202f?")


@pytest.mark.parametrize("thread_ref", [None, "1699999999.000100"])
def test_what_answers_a_press_is_shown_where_it_was_pressed(hall: Hall, thread_ref: str | None) -> None:
    hall.hear(press(1, "answer-c0de", thread_ref=thread_ref))
    assert hall.slack.to == [Address(place_ref="C1", topic_ref=thread_ref, member_ref="U1")]


def test_a_form_is_an_answer_and_sent_again_it_corrects_it(hall: Hall) -> None:
    hall.hear(form(1, "20"), form(2, "30", minute=6, named=False))
    assert texts(hall.answers()) == ["30"]
    (answer,) = hall.all(Answer)
    assert (answer.named, answer.late, answer.place_id) == (False, False, hall.here.slack_place_id)
    assert list(totals(hall).values()) == [1]
    assert hall.all(Delivery, Delivery.stage == "heard") == []


@pytest.mark.parametrize("key", ["answer-nope", "answer-", "other", ""])
def test_a_key_that_is_none_of_ours_does_nothing(hall: Hall, key: str) -> None:
    hall.hear(press(1, key), inbound("submitted", 2, data={"key": key, "text": "x"}, to_us=True))
    assert hall.answers() == []
    assert hall.waiting() == 0


def test_the_answer_link_asks_the_question_and_the_next_direct_message_answers_it(hall: Hall) -> None:
    hall.hear(commanded(1, "start", "answer-c0de"), connection="telegram")
    (asked,) = hall.all(Delivery, Delivery.stage == "direct")
    body = deliveries.decode(asked.body)
    assert isinstance(body, Post) and "Quel prix" in body.text
    hall.hear(direct(2), direct(3, "encore"), connection="telegram")
    assert hall.answers() == [("77", "20 euros", False)]
    assert hall.all(Expected) == []
    assert list(totals(hall).values()) == [1]


def test_the_link_and_its_answer_may_come_in_one_batch(hall: Hall) -> None:
    hall.hear(commanded(1, "start", "answer-c0de"), direct(2), connection="telegram")
    assert hall.answers() == [("77", "20 euros", False)]
    later = NOON + timedelta(minutes=5)
    edit = inbound("edited", 2, "77", later, place_ref="77", message_ref="2", text="25", to_us=True)
    hall.hear(edit, connection="telegram")
    assert texts(hall.answers()) == ["25"]


@pytest.mark.parametrize(("text", "expected"), [("Moi", ["Moi"]), ("/help", [])])
def test_a_plain_word_may_be_the_whole_answer_and_a_command_never_is(
    hall: Hall, text: str, expected: list[str]
) -> None:
    data = {"word": text.strip("/").lower(), "rest": ""}
    word = inbound("commanded", 2, "77", place_ref="77", message_ref="2", text=text, data=data, to_us=True)
    hall.hear(commanded(1, "start", "answer-c0de"), word, connection="telegram")
    assert texts(hall.answers()) == expected


def test_a_direct_message_that_nobody_asked_for_is_no_answer(hall: Hall) -> None:
    hall.hear(direct(2), connection="telegram")
    assert hall.answers() == []
    assert hall.waiting() == 0 and hall.all(Activity) == []


def test_stop_silences_at_once_and_start_ends_it(hall: Hall) -> None:
    hall.hear(commanded(1, "stop"), connection="telegram")
    assert [row.opted_out_at for row in hall.all(Member)] == [NOON + timedelta(seconds=1)], "when they said so"
    hall.hear(commanded(2, "start"), connection="telegram")
    assert [row.opted_out_at for row in hall.all(Member)] == [None]


# --- decisions, comings and goings ------------------------------------------------------------------


def test_a_press_on_a_request_that_is_not_there_says_nothing(hall: Hall) -> None:
    hall.hear(press(1, "approve-nothing"))
    assert [type(one) for one in hall.slack.sent if not isinstance(one, Notice)] == []
    assert hall.waiting() == 0


def test_presence_is_the_last_word_in_whatever_order_it_is_told(hall: Hall) -> None:
    came = inbound("joined", 1, at=NOON, message_ref=None)
    went = inbound("left", 1, at=NOON + timedelta(minutes=5), message_ref=None)
    hall.hear(went)
    hall.hear(came)
    (row,) = hall.all(Presence)
    assert row.left_at == NOON + timedelta(minutes=5)
    hall.hear(inbound("joined", 2, at=NOON + timedelta(minutes=9), message_ref=None))
    (row,) = hall.all(Presence)
    assert row.left_at is None and not row.at_start


# --- a chat of which only topics are places: Telegram tells no topic of a reaction, nor of who comes or goes


def in_topics(hall: Hall) -> list[int]:
    """Let the Telegram group be a place by two of its topics only; the run's post is in the first."""
    with hall.store.write() as session:
        first = session.get_one(Place, hall.here.telegram_place_id)
        first.topic_ref = "45"
        second = Place(space_id=first.space_id, connection_id=first.connection_id, ref="-100", topic_ref="46")
        session.add(second)
        session.flush()
        return [first.id, second.id]


def liked(number: int, kind: InboundKind = "reacted", **facts: object) -> Inbound:
    known = {"place_ref": "-100", "message_ref": str(number), "data": {"emoji": "👍"}}
    return inbound(kind, number, "78", **{**known, **facts})


def likes(hall: Hall) -> list[tuple[int, int]]:
    return [(row.place_id, row.ref) for row in hall.all(Activity, Activity.kind == REACTED)]


def test_whoever_joins_or_leaves_a_chat_does_so_in_each_of_its_topics(hall: Hall) -> None:
    place_ids = in_topics(hall)
    came = inbound("joined", 1, "77", place_ref="-100", message_ref=None)
    went = inbound("left", 1, "77", NOON + timedelta(minutes=5), place_ref="-100", message_ref=None)
    hall.hear(came, connection="telegram")
    assert sorted((row.place_id, row.left_at) for row in hall.all(Presence)) == [(one, None) for one in place_ids]
    assert [row.left_at for row in hall.all(Member)] == [None]
    for _ in range(2):
        hall.hear(went, connection="telegram")
    assert {row.left_at for row in hall.all(Presence)} == {NOON + timedelta(minutes=5)}
    assert [row.left_at for row in hall.all(Member)] == [NOON + timedelta(minutes=5)]


def test_topics_beside_their_whole_chat_are_left_with_it(hall: Hall) -> None:
    with hall.store.write() as session:
        group = session.get_one(Place, hall.here.telegram_place_id)
        session.add(Place(space_id=group.space_id, connection_id=group.connection_id, ref="-100", topic_ref="45"))
    for kind in ("joined", "left"):
        hall.hear(inbound(kind, 1, "77", place_ref="-100", message_ref=None), connection="telegram")  # type: ignore[arg-type]
    assert [row.left_at for row in hall.all(Presence)] == [NOON, NOON]


def test_a_reaction_told_before_its_message_is_applied_waits_for_it(hall: Hall) -> None:
    first, second = in_topics(hall)
    reply = replied(500, thread_ref="45")
    hall.hear(
        liked(500), liked(501), reply, replied(501, to="499", thread_ref="46", to_us=False), connection="telegram"
    )
    hall.pass_time(seconds=3)
    hall.receive()
    assert sorted(likes(hall)) == [(first, 500), (second, 501)]
    hall.hear(liked(500), connection="telegram")
    assert (len(likes(hall)), hall.waiting()) == (2, 0)


def test_a_reaction_taken_back_while_it_waits_is_gone(hall: Hall) -> None:
    in_topics(hall)
    taken = liked(500, "unreacted", at=NOON + timedelta(seconds=9))
    hall.hear(taken, liked(500), connection="telegram")
    hall.hear(replied(500, thread_ref="45"), connection="telegram")
    hall.pass_time(seconds=3)
    hall.receive()
    (row,) = hall.all(Activity, Activity.kind == REACTED)
    assert row.flags == GONE


def test_a_reaction_in_another_topic_is_none_of_ours(hall: Hall) -> None:
    in_topics(hall)
    hall.hear(liked(700), connection="telegram")
    for _ in range(6):
        hall.pass_time(seconds=2)
        hall.receive()
    assert (likes(hall), hall.waiting()) == ([], 0)
    assert [row.ref for row in hall.all(Handle)] == []


def test_a_place_that_moves_is_followed_by_a_new_one_with_what_was_not_sent(hall: Hall) -> None:
    with hall.store.write() as session:
        place = session.get_one(Place, hall.here.telegram_place_id)
        later = {"not_before": NOON + timedelta(days=1), "body": Post("r"), "stage": "recap"}
        run = session.get_one(Run, hall.run_id)
        waiting = deliveries.plan(session, run=run, target=f"place:{place.id}", place=place, **later).id  # type: ignore[arg-type]
    moved = inbound("moved", 1, place_ref="-100", data={"new_ref": "-1009"}, member_ref=None)
    hall.hear(moved, connection="telegram")
    hall.hear(moved, connection="telegram")
    old, new = sorted(hall.all(Place, Place.connection_id == hall.here.telegram_id), key=lambda place: place.id)
    assert (old.retired_at, new.ref, new.space_id, new.retired_at) == (hall.clock[0], "-1009", old.space_id, None)
    (row,) = hall.all(Delivery, Delivery.id == waiting)
    assert (row.place_id, row.target) == (new.id, f"place:{new.id}")
    hall.hear(said(3, "77", place_ref="-1009", message_ref="3"), connection="telegram")
    assert [fact.place_id for fact in hall.all(Activity)] == [new.id]


def test_a_place_we_are_taken_out_of_is_parked_until_we_are_back(hall: Hall) -> None:
    hall.hear(inbound("removed", 1, member_ref=None))
    (place,) = hall.all(Place, Place.ref == "C1")
    assert place.parked_at == hall.clock[0] and "add us again" in (place.parked_what or "")
    hall.hear(inbound("added", 2, member_ref=None))
    (place,) = hall.all(Place, Place.ref == "C1")
    assert place.parked_at is None and place.parked_what is None


# --- races and failures -----------------------------------------------------------------------------


def arrive(hall: Hall) -> None:
    """The receipts of the run's posts come."""
    with hall.store.write() as session:
        session.execute(
            sql("UPDATE delivery SET state = 'sent', message_ref = '1699999999.000100', sent_place_ref = 'C1'")
        )
    hall.change_run(state="open", closes_at=CLOSES)


def test_an_answer_that_overtakes_the_receipt_of_our_post_waits_for_it(store: Store) -> None:
    with opened(store, "sending") as hall:
        assert hall.hear(in_thread(1)) == 0
        assert (hall.waiting(), hall.answers()) == (1, [])
        arrive(hall)
        hall.pass_time(seconds=3)
        assert hall.receive() == 1
        assert texts(hall.answers()) == ["20 euros"]


def test_an_edit_of_such_an_answer_waits_behind_it(store: Store) -> None:
    with opened(store, "sending") as hall:
        later = NOON + timedelta(minutes=5)
        edit = inbound("edited", 1, at=later, text="25 euros", thread_ref="1699999999.000100", to_us=True)
        hall.hear(in_thread(1), edit)
        assert hall.waiting() == 2
        arrive(hall)
        hall.pass_time(seconds=3)
        assert hall.receive() == 2
        assert texts(hall.answers()) == ["25 euros"]


def test_an_answer_is_heard_whose_posts_receipt_comes_while_it_is_looked_for(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = answers.on_its_way

    def at_that_moment(session: Session, place_id: int) -> bool:
        arrive(hall)
        return look(session, place_id)

    with opened(postgres_store, "sending") as hall:
        monkeypatch.setattr(answers, "on_its_way", at_that_moment)
        assert hall.hear(in_thread(1)) == 1
        assert texts(hall.answers()) == ["20 euros"]


def test_a_reply_on_telegram_proves_that_an_unknown_post_arrived(store: Store) -> None:
    with opened(store, "unknown") as hall:
        hall.hear(replied(50), connection="telegram")
        (post,) = hall.all(Delivery, Delivery.connection_id == hall.here.telegram_id, Delivery.stage == "post")
        assert (post.state, post.message_ref) == ("sent", "40")
        assert hall.answers() == [("77", "20 euros", False)]


def test_a_reply_to_the_other_copy_of_a_repeated_post_is_an_answer_by_its_button(store: Store) -> None:
    with opened(store) as hall:
        hall.hear(replied(50, to="39", data={"under": "answer-c0de"}), connection="telegram")
        hall.hear(replied(51, "to somebody's own", "78", to="38"), connection="telegram")
        hall.hear(replied(52, "of another run", "79", to="37", data={"under": "answer-none"}), connection="telegram")
        (post,) = hall.all(Delivery, Delivery.connection_id == hall.here.telegram_id, Delivery.stage == "post")
        assert post.message_ref == "40"
        assert hall.answers() == [("77", "20 euros", False)]


def test_a_press_of_its_button_proves_that_an_unknown_post_arrived(store: Store) -> None:
    with opened(store, "unknown") as hall:
        hall.hear(press(1, "answer-c0de"))
        (post,) = hall.all(Delivery, Delivery.connection_id == hall.here.slack_id, Delivery.stage == "post")
        assert (post.state, post.message_ref) == ("sent", "1699999999.000100")


def test_a_row_that_cannot_be_applied_is_parked_and_holds_nobody_up(hall: Hall) -> None:
    with hall.store.write() as session:
        broken = Inbox(connection_id=hall.here.slack_id, event_key="x", body=b"\xff", received_at=NOON, tries=0)
        session.add(broken)
    assert hall.hear(in_thread(1), in_thread(2, member="U2")) == 2
    for _ in range(9):
        hall.pass_time(minutes=5)
        hall.receive()
    (row,) = hall.all(Inbox)
    assert (row.tries, row.error) == (inbox.MAX_TRIES, "ValidationError")


def test_a_failure_before_the_commit_leaves_nothing_and_loses_nothing(hall: Hall) -> None:
    with hall.store.write() as session:
        session.execute(sql("ALTER TABLE member_month RENAME TO away"))
    hall.bus.publish("slack", [in_thread(1)])
    assert hall.receive() == 0
    assert (hall.answers(), hall.all(Activity), hall.waiting()) == ([], [], 1)
    with hall.store.write() as session:
        session.execute(sql("ALTER TABLE away RENAME TO member_month"))
    hall.pass_time(seconds=3)
    assert hall.receive() == 1
    assert texts(hall.answers()) == ["20 euros"]
    assert list(totals(hall).values()) == [1]


def test_a_replay_in_other_batches_changes_nothing(hall: Hall) -> None:
    told = [in_thread(n, f"{n}", f"U{n % 7}") for n in range(40)]
    told += [inbound("reacted", n, f"U{n}", data={"emoji": "tada"}, to_us=True) for n in range(5)]
    hall.hear(*told)
    before = (hall.answers(), totals(hall), len(hall.all(Delivery)))
    for start in range(0, len(told), 7):
        hall.hear(*reversed(told[start : start + 7]))
    assert (hall.answers(), totals(hall), len(hall.all(Delivery))) == before


def test_two_receivers_share_the_work_and_do_it_once(hall: Hall) -> None:
    told = [in_thread(n, f"{n}", f"U{n % 20}") for n in range(200)]
    hall.bus.publish("slack", told)

    def work() -> None:
        for _ in range(30):
            receive(hall.app, 10)

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    for _ in range(6):
        hall.pass_time(minutes=5)
        hall.receive()
    assert hall.waiting() == 0
    assert texts(hall.answers()) == [str(n) for n in range(20)]
    assert sum(totals(hall).values()) == 200
