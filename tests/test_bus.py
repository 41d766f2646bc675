"""The bus keeps what it acknowledged, once, whatever is repeated, shuffled or broken."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select, text

from orchestrator.bus import Bus, NotKept
from orchestrator.ports import Inbound, InboundKind
from orchestrator.rules.flags import GONE
from orchestrator.store import inbound as inbox
from orchestrator.store import members, sharing
from orchestrator.store.activity import FORM, REACTED, VOTED
from orchestrator.store.known import Known
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Activity,
    Base,
    Community,
    Handle,
    Inbox,
    Member,
    MemberDay,
    MemberMonth,
    MemberTotal,
    MemberWeek,
    Place,
    Space,
    from_us,
)
from tests.circle import NOON, ROOT, circle, inbound, open_run, said


@pytest.fixture
def bus(store: Store) -> Iterator[Bus]:
    circle(store)
    one = Bus(store, lambda: NOON)
    yield one
    one.close()


def count(store: Store, table: type[Base]) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def rolled_up(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All roll-ups as rows, ordered by key; members by their handle, so that two stores compare."""
    with store.read() as session:
        ref = {handle.member_id: handle.ref for handle in session.scalars(select(Handle))}

        def rows(table: type[Base], *columns: str) -> list[tuple[object, ...]]:
            found = session.scalars(select(table))
            return sorted((ref[row.member_id], *(getattr(row, c) for c in columns)) for row in found)  # type: ignore[attr-defined]

        return {
            "total": rows(MemberTotal, "n", "first_at", "last_at"),
            "day": rows(MemberDay, "space_id", "day", "n"),
            "week": rows(MemberWeek, "week", "n", "days"),
            "month": rows(MemberMonth, "month", "n", "days"),
        }


def recount(facts: Sequence[Inbound], zone: str = "Europe/Paris") -> dict[str, list[tuple[object, ...]]]:
    """The same roll-ups, counted again from the inbounds in the plainest way."""
    once = {one.message_ref: one for one in facts if one.kind == "said"}
    moments: dict[str, list[datetime]] = {}
    for one in once.values():
        assert one.member_ref and one.at is not None
        moments.setdefault(one.member_ref, []).append(from_us(one.at))
    found: dict[str, list[tuple[object, ...]]] = {"total": [], "day": [], "week": [], "month": []}
    for member, times in moments.items():
        dates = [moment.astimezone(ZoneInfo(zone)).date() for moment in times]
        epoch = datetime(1970, 1, 1).date()
        found["total"].append((member, len(times), min(times), max(times)))
        for date, n in Counter(dates).items():
            found["day"].append((member, 1, (date - epoch).days, n))
        mondays = Counter(date - timedelta(days=date.weekday()) for date in dates)
        for monday, n in mondays.items():
            bits = sum({1 << d.weekday() for d in dates if d - timedelta(days=d.weekday()) == monday})
            found["week"].append((member, ((monday - epoch).days + 3) // 7, n, bits))
        months = Counter((date.year, date.month) for date in dates)
        for (year, month), n in months.items():
            bits = sum({1 << (d.day - 1) for d in dates if (d.year, d.month) == (year, month)})
            found["month"].append((member, year * 12 + month - 1, n, bits))
    return {name: sorted(rows) for name, rows in found.items()}


def talk(n: int, seed: int = 1) -> list[Inbound]:
    """Messages and reactions of 12 members over three months, over a change of clocks."""
    chance = random.Random(seed)
    start = datetime(2026, 9, 20, tzinfo=UTC)
    facts = []
    for number in range(n):
        at = start + timedelta(minutes=chance.randrange(90 * 24 * 60))
        member = f"U{chance.randrange(12)}"
        if chance.random() < 0.2:
            data = {"emoji": chance.choice("👍🎉")}
            facts.append(inbound("reacted", chance.randrange(n), member, at, event_ref=f"R{number}", data=data))
        else:
            facts.append(said(number, member, at))
    return facts


def test_a_plain_message_is_counted_at_once_and_leaves_no_inbox_row(store: Store, bus: Bus) -> None:
    assert bus.publish("slack", [said(1, text="Qui vient demain ?")]) is False
    assert count(store, Inbox) == 0
    with store.read() as session:
        fact = session.scalars(select(Activity)).one()
        assert (fact.kind, fact.ref, fact.flags, fact.length) == (1, 1700000000000001, 1, 18)
        assert session.scalars(select(MemberTotal)).one().n == 1


def test_what_may_need_a_reaction_waits_in_the_inbox_whole(store: Store, bus: Bus) -> None:
    answer = said(1, thread_ref="1699999999.000001", to_us=True, data={"name": "Ana"})
    assert bus.publish("slack", [answer]) is True
    assert count(store, Activity) == 0
    with store.read() as session:
        assert inbox.decode(session.scalars(select(Inbox)).one().body) == answer


def test_one_message_told_by_two_subscriptions_waits_once(store: Store, bus: Bus) -> None:
    bus.publish("slack", [said(1, to_us=True, event_ref="A")])
    bus.publish("slack", [said(1, to_us=True, event_ref="B")])
    assert count(store, Inbox) == 1


def test_talk_in_places_that_no_playbook_names_is_dropped(store: Store, bus: Bus) -> None:
    strangers = [said(1, place_ref="C9"), inbound("joined", 2, place_ref="C9")]
    assert bus.publish("slack", strangers) is False
    assert bus.publish("nowhere", [said(3)]) is False
    assert count(store, Activity) == count(store, Inbox) == count(store, Member) == 0


def test_presses_commands_and_direct_messages_wait_wherever_they_come_from(store: Store, bus: Bus) -> None:
    pressed = inbound("pressed", 1, place_ref="C9")
    direct = said(2, place_ref="D77", to_us=True)
    assert bus.publish("slack", [pressed, direct, inbound("commanded", 3, place_ref=None)]) is True
    assert count(store, Inbox) == 3


def test_roll_ups_equal_an_independent_recount(store: Store, bus: Bus) -> None:
    facts = talk(400)
    bus.publish("slack", facts)
    assert rolled_up(store) == recount(facts)


def test_a_replay_in_other_batches_changes_no_total(store: Store, bus: Bus) -> None:
    facts = talk(300)
    bus.publish("slack", facts)
    before, rows = rolled_up(store), count(store, Activity)
    random.Random(2).shuffle(facts)
    for start in range(0, len(facts), 37):
        bus.publish("slack", [*facts[start : start + 37], said(1000 + start)])
    extra = [said(1000 + start) for start in range(0, len(facts), 37)]
    assert count(store, Activity) == rows + len(extra)
    assert rolled_up(store) == recount(facts + extra) != before


def test_four_publishers_of_the_same_shuffled_facts_count_exactly(store: Store, bus: Bus) -> None:
    facts = talk(600)
    buses = [Bus(store, lambda: NOON), Bus(store, lambda: NOON)]

    def publish(seed: int) -> None:
        mine = facts.copy()
        random.Random(seed).shuffle(mine)
        for start in range(0, len(mine), 50):
            buses[seed % 2].publish("slack", mine[start : start + 50])

    threads = [threading.Thread(target=publish, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in buses:
        one.close()
    assert rolled_up(store) == recount(facts)
    assert count(store, Member) == 12


def test_members_met_by_two_buses_at_once_are_made_once(store: Store, bus: Bus) -> None:
    other = Bus(store, lambda: NOON)
    pair = [
        threading.Thread(target=one.publish, args=("slack", [said(n, f"U{n}") for n in range(200)]))
        for one in (bus, other)
    ]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    other.close()
    assert count(store, Member) == count(store, Handle) == 200


def test_a_reaction_taken_back_is_gone_in_whatever_order_it_is_told(store: Store, bus: Bus) -> None:
    thumb = {"data": {"emoji": "👍"}}
    put = inbound("reacted", 1, at=NOON, **thumb)
    taken = inbound("unreacted", 1, at=NOON + timedelta(seconds=5), **thumb)
    again = inbound("reacted", 1, at=NOON + timedelta(seconds=9), **thumb)
    for told, gone in (([taken, put], True), ([put], True), ([again], False), ([put, taken], False)):
        bus.publish("slack", told)
        with store.read() as session:
            assert bool(session.scalars(select(Activity)).one().flags & 8) is gone
    assert count(store, MemberTotal) == 0


def test_the_local_day_is_that_of_the_community(store: Store, bus: Bus) -> None:
    late = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 00:30 in Paris, still summer time
    later = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)  # 00:30 in Paris, winter time
    bus.publish("slack", [said(1, at=late), said(2, at=later)])
    with store.read() as session:
        days = sorted(session.scalars(select(MemberDay.day)))
    first = (datetime(2026, 10, 25) - datetime(1970, 1, 1)).days
    assert days == [first, first + 1]


def test_a_topic_is_its_own_place_and_other_topics_are_the_group(store: Store, bus: Bus) -> None:
    with store.write() as session:
        group = session.scalars(select(Place).where(Place.ref == "-100")).one()
        topic = Place(space_id=group.space_id, connection_id=group.connection_id, ref="-100", topic_ref="7")
        session.add(topic)
    facts = [said(n, place_ref="-100", message_ref=str(n), thread_ref=topic) for n, topic in ((1, "7"), (2, "8"))]
    bus.publish("telegram", facts)
    with store.read() as session:
        query = select(Place.topic_ref).join(Activity, Activity.place_id == Place.id).order_by(Activity.ref)
        assert list(session.scalars(query)) == ["7", ""]


# --- a chat of which only topics are places: of a reaction Telegram tells the chat alone


def in_topics(store: Store, *topics: str) -> dict[str, int]:
    """Let the Telegram group be a place by these of its topics only; their place_id by topic."""
    with store.write() as session:
        group = session.scalars(select(Place).where(Place.ref == "-100")).one()
        group.topic_ref = topics[0]
        for topic in topics[1:]:
            session.add(Place(space_id=group.space_id, connection_id=group.connection_id, ref="-100", topic_ref=topic))
        session.flush()
        return {place.topic_ref: place.id for place in session.scalars(select(Place).where(Place.ref == "-100"))}


def in_topic(number: int, topic: str | None, **facts: Any) -> Inbound:
    return said(number, "77", place_ref="-100", message_ref=str(number), thread_ref=topic, **facts)


def thumb(number: int, at: datetime = NOON, kind: InboundKind = "reacted", **facts: Any) -> Inbound:
    """A reaction as Telegram tells it: the chat and the message, no topic."""
    known = {"event_ref": f"{kind}{number}{at}", "place_ref": "-100", "message_ref": str(number)}
    return inbound(kind, number, "78", at, **{**known, "data": {"emoji": "👍"}, **facts})


def reactions(store: Store) -> list[tuple[int, int, bool]]:
    """(place_id, message, is it gone) of every reaction that is kept."""
    with store.read() as session:
        rows = session.scalars(select(Activity).where(Activity.kind == REACTED).order_by(Activity.ref))
        return [(row.place_id, row.ref, bool(row.flags & GONE)) for row in rows]


def test_a_reaction_counts_in_the_topic_where_its_message_was_said(store: Store, bus: Bus) -> None:
    place_ids = in_topics(store, "45", "46")
    bus.publish("telegram", [in_topic(500, "46"), in_topic(501, "45")])
    for _ in range(2):
        assert bus.publish("telegram", [thumb(500), thumb(501)]) is False
    assert reactions(store) == [(place_ids["46"], 500, False), (place_ids["45"], 501, False)]
    taken = thumb(500, NOON + timedelta(minutes=1), "unreacted")
    for told in (taken, thumb(500), taken):
        bus.publish("telegram", [told])
    assert reactions(store) == [(place_ids["46"], 500, True), (place_ids["45"], 501, False)]
    assert count(store, Inbox) == 0


def test_a_reaction_to_a_post_of_ours_counts_in_the_topic_it_was_sent_to(store: Store) -> None:
    here = circle(store)
    in_topics(store, "45", "46")
    open_run(store, here)
    one = Bus(store, lambda: NOON)
    one.publish("telegram", [thumb(int(ROOT["telegram"]))] * 2)
    one.close()
    assert reactions(store) == [(here.telegram_place_id, int(ROOT["telegram"]), False)]


def test_what_two_communities_share_is_told_to_both(store: Store, bus: Bus) -> None:
    place_ids = in_topics(store, "45")
    with store.write() as session:
        other = Community(name="autre", zone="Europe/Paris", language="fr")
        session.add(other)
        session.flush()
        space = Space(community_id=other.id, name="salon")
        session.add(space)
        session.flush()
        telegram = session.get_one(Place, place_ids["45"]).connection_id
        shared = Place(space_id=space.id, connection_id=telegram, ref="-100", topic_ref="45")
        session.add(shared)
        session.flush()
        both = [place_ids["45"], shared.id]
    bus.publish("telegram", [in_topic(500, "45")])
    bus.publish("telegram", [thumb(500)])
    assert sorted(reactions(store)) == [(place_id, 500, False) for place_id in both]


def test_a_reaction_to_a_message_not_known_yet_waits_for_it_once(store: Store, bus: Bus) -> None:
    in_topics(store, "45")
    for _ in range(2):
        bus.publish("telegram", [thumb(500), in_topic(500, "45")])
    assert (count(store, Inbox), len(reactions(store))) == (1, 1)


def test_the_numbers_of_forms_and_votes_are_no_messages(store: Store, bus: Bus) -> None:
    place_ids = in_topics(store, "45")
    with store.write() as session:
        for kind in (FORM, VOTED):
            fact = {"place_id": place_ids["45"], "ref": 500, "kind": kind, "mark": 1, "member_id": 1, "day": 1}
            session.add(Activity(**fact, at=NOON))
    bus.publish("telegram", [thumb(500)])
    assert reactions(store) == []


def test_in_a_chat_that_is_a_place_itself_a_reaction_asks_for_nothing_more(store: Store, bus: Bus) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    with store.write() as session:
        group = session.scalars(select(Place).where(Place.ref == "-100")).one()
        session.add(Place(space_id=group.space_id, connection_id=group.connection_id, ref="-100", topic_ref="45"))
    bus.publish("telegram", [thumb(499)])
    event.listen(store.engine, "before_cursor_execute", note)
    try:
        bus.publish("telegram", [thumb(500)])
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert len(reactions(store)) == 2
    assert asked and not [statement for statement in asked if "delivery" in statement]


def test_what_cannot_be_kept_is_parked_alone(store: Store, bus: Bus) -> None:
    far = 2**62  # no calendar reaches that moment, and no database holds the next
    hopeless = Inbound(kind="said", event_ref="Y", place_ref="C1", message_ref="9.8", member_ref="U9", at=2**70)
    poison = Inbound(kind="said", event_ref="X", place_ref="C1", message_ref="9.9", member_ref="U9", at=far)
    bus.publish("slack", [said(1), poison, said(2), hopeless, said(3)])
    assert count(store, Activity) == 3
    with store.read() as session:
        row = session.scalars(select(Inbox)).one()
        assert (row.tries, inbox.decode(row.body)) == (inbox.MAX_TRIES, poison)
        assert inbox.claim(session, NOON, 10) == []


def test_broken_characters_do_not_stop_a_message(store: Store, bus: Bus) -> None:
    bus.publish("slack", [said(1, text="a\x00b\ud800"), said(2, text="a\x00b\ud800", to_us=True)])
    bus.publish("slack", [said(3, member="U\x00", to_us=True, event_ref="E\x00\ud800" * 200)])
    assert count(store, Activity) == 1
    assert count(store, Inbox) == 2


def test_an_error_reaches_those_who_wait_and_nothing_is_left_behind(store: Store, bus: Bus) -> None:
    with store.write() as session:
        session.execute(text("ALTER TABLE member_month RENAME TO away"))
    with pytest.raises(NotKept):
        bus.publish("slack", [said(1), said(2, to_us=True)])
    with store.write() as session:
        session.execute(text("ALTER TABLE away RENAME TO member_month"))
    assert count(store, Activity) == count(store, Inbox) == count(store, Member) == 0
    assert bus.publish("slack", [said(1)]) is False
    assert rolled_up(store) == recount([said(1)])


def test_a_closed_bus_has_kept_everything_and_takes_no_more(store: Store, bus: Bus) -> None:
    waiting = [threading.Thread(target=bus.publish, args=("slack", [said(n)])) for n in range(20)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    bus.close()
    assert count(store, Activity) == 20
    with pytest.raises(NotKept):
        bus.publish("slack", [said(21)])


def test_a_circle_is_met_at_its_first_word_and_anew_after_a_link(store: Store) -> None:
    here = circle(store)
    known = Known()
    with store.write() as session:
        made = members.ensure(session, {(here.slack_id, here.community_id, f"U{n}"): "" for n in range(3)})
    with store.write() as session:
        known.agree(sharing.enter(session))
        known.meet(session, {(here.slack_id, here.community_id)})
    assert known.members == made

    with store.write() as session:
        known.agree(sharing.alone(session))
    assert known.members == {}
    with store.read() as session:
        known.meet(session, {(here.slack_id, here.community_id)})
    assert known.members == made
