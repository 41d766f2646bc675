"""Deeds, answered questions and topics follow what is said, once, whatever comes late, twice or out of order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from orchestrator.flow import deeds
from orchestrator.ports import Inbound
from orchestrator.rules.days import LocalDays
from orchestrator.store import evidence, questions
from orchestrator.store.session import Store
from orchestrator.store.tables import Community, Deed, FollowUp, Handle, Member, MemberTopic, Question, Reply
from tests.circle import NOON, inbound, said
from tests.flow.hall import Hall, in_thread, opened

PARIS = LocalDays("Europe/Paris")


@pytest.fixture
def hall(store: Store) -> Iterator[Hall]:
    with opened(store) as hall:
        yield hall


def ref(number: int) -> str:
    return f"1700000000.{number:06d}"


def at(number: int) -> datetime:
    return NOON + timedelta(hours=number)


def ask(number: int, member: str = "ANA", text: str = "Qui connaît un bon avocat ?", **facts: object) -> Inbound:
    return said(number, member, at(number), text=text, **facts)


def reply(number: int, member: str, to: int, text: str = "Moi") -> Inbound:
    return said(number, member, at(number), text=text, thread_ref=ref(to))


def like(number: int, member: str, emoji: str = "👍", kind: str = "reacted", later: int = 99) -> Inbound:
    facts = {"event_ref": f"{kind}{number}{member}{emoji}", "data": {"emoji": emoji}}
    return inbound(kind, number, member, at(later), **facts)  # type: ignore[arg-type]


def done(hall: Hall) -> set[tuple[str, str, int]]:
    """(who, what, number of the thread's first message), after all was derived."""
    deeds.follow(hall.app)
    with hall.store.read() as session:
        rows = session.execute(
            select(Handle.ref, Deed.kind, Deed.root_ref).join(Deed, Deed.member_id == Handle.member_id)
        )
        return {(who, kind, root % 1_000_000) for who, kind, root in rows}


def question(hall: Hall) -> Question:
    deeds.follow(hall.app)
    (row,) = hall.all(Question)
    assert isinstance(row, Question)
    return row


def host(hall: Hall, ref: str) -> None:
    with hall.store.write() as session:
        handle = session.scalars(select(Handle).where(Handle.ref == ref)).one()
        session.get_one(Member, handle.member_id).is_host = True


def people(hall: Hall) -> dict[str, int]:
    """Member ids by reference."""
    return {handle.ref: handle.member_id for handle in hall.all(Handle)}


def remember(hall: Hall, *topics: str) -> None:
    with hall.store.write() as session:
        session.scalars(select(Community)).one().topics = list(topics)


def test_who_replies_and_is_thanked_has_helped(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "BEN", 1))
    assert done(hall) == {("ANA", "started", 1)}
    hall.hear(reply(3, "ANA", 1, "Merci !"))
    assert done(hall) == {("ANA", "started", 1), ("BEN", "helped", 1)}


def test_a_reaction_of_the_asker_tells_of_help_until_it_is_taken_back(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "BEN", 1), like(2, "CLEO"))
    assert ("BEN", "helped", 1) not in done(hall)
    hall.hear(like(2, "ANA"))
    assert ("BEN", "helped", 1) in done(hall)
    hall.hear(like(2, "ANA", kind="unreacted", later=100))
    assert ("BEN", "helped", 1) not in done(hall)


def test_replies_to_replies_stand_in_one_thread_in_whatever_order_they_are_told(hall: Hall) -> None:
    def on_telegram(number: int, member: str, to: int | None, text: str = "oui") -> Inbound:
        under = None if to is None else str(to)
        return said(
            number, member, at(number), place_ref="-100", message_ref=str(number), reply_to_ref=under, text=text
        )

    talk = [
        on_telegram(1, "ANA", None, "Qui vient ?"),
        on_telegram(2, "BEN", 1),
        on_telegram(3, "ANA", 2, "ah"),
        on_telegram(4, "CLEO", 3),
        on_telegram(5, "ANA", 4, "merci"),
    ]
    for one in reversed(talk):
        hall.hear(one, connection="telegram")
        deeds.follow(hall.app)
    assert {row.root_ref for row in hall.all(Reply)} == {1}
    assert done(hall) == {("ANA", "started", 1), ("CLEO", "helped", 1)}


def test_a_topic_of_telegram_is_no_thread_and_what_is_asked_there_is_a_question(hall: Hall) -> None:
    here = {"place_ref": "-100", "thread_ref": "7"}
    first = ask(1, message_ref="1", **here)
    hall.hear(first, said(2, "BEN", at(2), message_ref="2", **here), connection="telegram")
    assert done(hall) == set()
    assert question(hall).answered_at is None


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_and_repetition_the_deeds_are_those_of_the_whole_talk(hall: Hall, seed: int) -> None:
    chance = random.Random(seed)
    talk = random_talk(chance)
    for _ in range(2):
        for start in range(0, len(mixed := chance.sample(talk, len(talk))), 5):
            hall.hear(*mixed[start : start + 5])
            if chance.random() < 0.5:
                deeds.follow(hall.app)
            hall.pass_time(minutes=1)
        hall.pass_time(hours=1)
        assert done(hall) == plainly(talk) != set()


def test_nothing_waits_for_ever(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "BEN", 1), in_thread(7), said(8))
    for _ in range(4):
        deeds.follow(hall.app)
        hall.pass_time(hours=13)
    assert hall.all(FollowUp) == []


def test_a_question_keeps_its_text_until_somebody_else_replies(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "ANA", 1, "Personne ?"))
    row = question(hall)
    assert (row.text, row.answered_at, row.message_ref) == ("Qui connaît un bon avocat ?", None, ref(1))
    hall.hear(reply(3, "BEN", 1))
    row = question(hall)
    assert (row.text, row.answered_at) == (None, at(3))
    hall.hear(ask(1))  # told again
    assert question(hall).text is None


def test_a_question_keeps_its_text_for_fourteen_days(hall: Hall) -> None:
    hall.hear(ask(0))
    hall.pass_time(days=13, hours=22)
    assert question(hall).text is not None
    hall.pass_time(hours=2)
    assert question(hall).text is None


def test_an_edited_question_is_kept_as_it_reads_now_while_it_is_open(hall: Hall) -> None:
    edit = inbound("edited", 1, "ANA", at(2), text="Qui connaît une bonne avocate\x00 ?")
    hall.hear(ask(1))
    hall.hear(edit)
    assert question(hall).text == "Qui connaît une bonne avocate ?"
    hall.hear(reply(3, "BEN", 1))
    deeds.follow(hall.app)
    hall.hear(inbound("edited", 1, "ANA", at(4), event_ref="later", text="Autre chose ?"))
    assert question(hall).text is None


@pytest.mark.parametrize("deleted_first", [False, True])
def test_a_deleted_question_is_none(hall: Hall, deleted_first: bool) -> None:
    told = [ask(1), inbound("deleted", 1, "ANA", at(2))]
    for one in reversed(told) if deleted_first else told:
        hall.hear(one)
        deeds.follow(hall.app)
    assert hall.all(Question) == []


def test_plain_talk_replies_and_what_is_asked_in_a_thread_keep_no_text(hall: Hall) -> None:
    hall.hear(said(1), said(2, text="Vraiment ? Oui."), reply(3, "BEN", 2, "Ah bon ?"), in_thread(4, "Quoi ?"))
    assert hall.all(Question) == []


def test_open_questions_are_those_of_members_that_nobody_answered_the_oldest_first(hall: Hall) -> None:
    hall.hear(ask(1), ask(2, "BEN"), ask(3, "CLEO"), ask(4, "DAN"), reply(5, "ANA", 2))
    host(hall, "CLEO")
    deeds.follow(hall.app)
    with hall.store.read() as session:
        here = [hall.here.slack_place_id, hall.here.telegram_place_id]
        found = questions.unanswered(session, here, at(4))
        assert [one.message_ref for one in found] == [ref(1), ref(4)]
        assert [one.message_ref for one in questions.unanswered(session, here, at(3))] == [ref(1)]
        assert questions.one(session, here[0], ref(1)) == found[0]
        assert questions.one(session, here[0], ref(2)) is None
    with hall.store.write() as session:
        questions.answered(session, here[0], ref(1), at(6))
    with hall.store.read() as session:
        assert questions.one(session, here[0], ref(1)) is None


@pytest.mark.parametrize("emoji", ["🚩", "⚠️", "warning", "triangular_flag_on_post", "🕊"])
@pytest.mark.parametrize("on", [1, 2])
def test_a_host_marks_a_dispute_by_a_reaction_anywhere_in_its_thread(hall: Hall, emoji: str, on: int) -> None:
    hall.hear(ask(1), reply(2, "ANA", 1, "Alors"), said(9, "HOST"), like(1, "BEN", emoji), like(1, "HOST", "👍"))
    host(hall, "HOST")
    deeds.follow(hall.app)

    def found() -> int:
        with hall.store.read() as session:
            return len(questions.unanswered(session, [hall.here.slack_place_id], at(9)))

    assert found() == 1
    hall.hear(like(on, "HOST", emoji))
    assert found() == 0
    hall.hear(like(on, "HOST", emoji, kind="unreacted", later=100))
    assert found() == 1


def test_topics_are_remembered_of_replies_and_answers_and_of_nothing_else(hall: Hall) -> None:
    remember(hall, "prix", "IA")
    hall.hear(ask(1, text="Quels prix ?"), said(2, text="Les prix montent"), reply(3, "BEN", 1, "Mes prix, avec l’IA"))
    hall.hear(in_thread(4, "20 euros de prix", "CLEO"), reply(3, "BEN", 1, "Mes prix, avec l’IA"))
    members = people(hall)
    with hall.store.read() as session:
        found = evidence.of_members(session, list(members.values()), "Europe/Paris", NOON).topics
    assert found == {members["BEN"]: {"prix": 1, "IA": 1}, members["CLEO"]: {"prix": 1}}
    assert question(hall).topics == ["prix"]


def test_a_community_without_topics_remembers_none(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "BEN", 1, "prix"))
    assert hall.all(MemberTopic) == []


def test_what_was_done_is_evidence(hall: Hall) -> None:
    hall.hear(ask(1), reply(2, "BEN", 1), reply(3, "CLEO", 1), reply(4, "ANA", 1, "merci"), in_thread(9, member="BEN"))
    deeds.follow(hall.app)
    members = people(hall)
    ana, ben, cleo = members["ANA"], members["BEN"], members["CLEO"]
    with hall.store.read() as session:
        found = evidence.of_members(session, list(members.values()), "Europe/Paris", NOON)
    assert (found.answered, found.helped, found.started) == ({ben: 1}, {ben: 1, cleo: 1}, {ana: 1})
    assert found.voices == {ana: 2, ben: 2, cleo: 2}


# --- random talk -----------------------------------------------------------------------------------


def random_talk(chance: random.Random) -> list[Inbound]:
    """Questions, threads, thanks and reactions of five members."""
    who = ["ANA", "BEN", "CLEO", "DAN", "EVA"]
    talk: list[Inbound] = []
    for number in range(1, 40):
        member, roots = chance.choice(who), [one for one in range(1, number) if one % 4 == 1]
        if number % 4 == 1:
            talk.append(ask(number, member, chance.choice(["Qui vient ?", "Voilà"])))
        elif roots and chance.random() < 0.7:
            talk.append(reply(number, member, chance.choice(roots), chance.choice(["oui", "merci", "ah"])))
        else:
            talk.append(
                like(chance.randrange(1, number), member, kind=chance.choice(["reacted", "unreacted"]), later=number)
            )
    return talk


def plainly(talk: list[Inbound]) -> set[tuple[str, str, int]]:
    """The deeds of all of it, told by looking at each thread as a whole."""
    said = {one.message_ref: one for one in talk if one.kind == "said"}
    last = {(one.message_ref, one.member_ref): one.kind for one in talk if one.kind != "said"}
    found = set()
    for root in [one for one in said.values() if one.thread_ref is None]:
        asker, number = root.member_ref or "", int((root.message_ref or "")[-6:])
        replies = [one for one in said.values() if one.thread_ref == root.message_ref]
        thanks = [one.message_ref or "" for one in replies if one.member_ref == asker and one.text == "merci"]
        for one in [one for one in replies if one.member_ref != asker]:
            found.add((asker, "started", number))
            liked = last.get((one.message_ref, asker)) == "reacted"
            if "?" in (root.text or "") and (liked or any(thank > (one.message_ref or "") for thank in thanks)):
                found.add((one.member_ref or "", "helped", number))
    return found
