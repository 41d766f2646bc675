"""A segment is the same whoever evaluates it: Python over facts, counted days in SQL, or standings in SQL."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from orchestrator.playbook.segments import Segment
from orchestrator.rules.segment import AtLeast, Expression, Not, Quiet, belongs
from orchestrator.store import communities, follow_ups, member_facts, members, segment, standing
from orchestrator.store.session import Store
from orchestrator.store.tables import Deed, Member, Standing
from tests.store.village import NOW, Village, asked, talk, village

VILLAGES, QUESTIONS = 5, 25


def in_python(session: Session, here: Village, question: Expression) -> list[int]:
    """Who belongs, by the evaluation that `members --why` shows."""
    today = segment.today_of(session, here.community_id, NOW)
    facts = member_facts.of_members(session, here.community_id, here.members)
    return [member_id for member_id, known in facts.items() if belongs(question, known, today)]


def in_sql(session: Session, here: Village, question: Expression) -> list[int]:
    found = segment.page(session, here.community_id, question, NOW, limit=1000)
    assert found.total == len(found.ids)
    return found.ids


def derive(session: Session, here: Village, questions: list[Expression]) -> None:
    """Build the standings of these questions, as flow/deeds.py does, in small steps."""
    standing.want(session, here.community_id, questions)
    while standing.build(session, here.community_id, 5, NOW):
        pass


def settle(session: Session) -> None:
    """Derive what commits left behind."""
    left = follow_ups.waiting(session, NOW, 10_000)
    standing.renew(session, {member_id for row in left for member_id in row.members})
    follow_ups.done(session, [row.id for row in left])


def test_counted_days_and_python_agree_on_random_communities(store: Store) -> None:
    for seed in range(VILLAGES):
        chance = random.Random(seed)
        with store.write() as session:
            here = village(session, seed)
            for _ in range(QUESTIONS):
                question = asked(chance)
                assert in_sql(session, here, question) == in_python(session, here, question), question


def test_standings_and_python_agree_before_and_after_more_is_said(store: Store) -> None:
    for seed in range(VILLAGES):
        chance = random.Random(seed)
        questions = [asked(chance) for _ in range(QUESTIONS)]
        with store.write() as session:
            here = village(session, seed)
            settle(session)
            derive(session, here, questions)
            _all_agree(session, here, questions)
            talk(session, chance, here, here.members[:4])
            _all_agree(session, here, questions)
            settle(session)
            _all_agree(session, here, questions)
            _change_sides(session, here)
            _all_agree(session, here, questions)
            settle(session)
            _all_agree(session, here, questions)


def _change_sides(session: Session, here: Village) -> None:
    """One leaves, one comes, hosts change, one helps: what is derived of them is of another day."""
    leaver, comer, host, helper, *_ = here.members
    for place_id in here.place_ids:
        members.leave(session, place_id, leaver, NOW)
        members.come(session, place_id, comer, NOW)
    communities.keep_hosts(session, here.community_id, [host])
    today = segment.today_of(session, here.community_id, NOW)
    session.add(Deed(place_id=here.place_ids[0], root_ref=1, member_id=helper, kind="helped", day=today))
    session.flush()
    standing.renew(session, [helper])


def _all_agree(session: Session, here: Village, questions: list[Expression]) -> None:
    for question in questions:
        assert standing.ready(session, here.community_id, question) is not None
        assert in_sql(session, here, question) == in_python(session, here, question), question


def test_standings_answer_by_themselves(store: Store) -> None:
    question = AtLeast("contributed", 2, 60)
    with store.write() as session:
        here = village(session, 1)
        settle(session)
        derive(session, here, [question])
        honest = in_sql(session, here, question)
        assert honest
        session.execute(delete(Standing))
        assert in_sql(session, here, question) == []
        follow_ups.note(session, members=here.members)
        assert in_sql(session, here, question) == honest  # those who wait are counted
        settle(session)
        assert in_sql(session, here, question) == honest


def test_only_the_standings_that_are_asked_for_are_kept(store: Store) -> None:
    with store.write() as session:
        here = village(session, 1)
        derive(session, here, [AtLeast("contributed", 2, 60), Not(Quiet(3))])
        assert standing.ready(session, here.community_id, AtLeast("contributed", 2, 5)) is not None
        assert standing.ready(session, here.community_id, AtLeast("contributed", 3, 60)) is None
        standing.want(session, here.community_id, [Quiet(14, 30)])
        assert standing.ready(session, here.community_id, AtLeast("contributed", 2, 60)) is None
        assert standing.ready(session, here.community_id, Quiet(9)) is not None
        assert standing.building(session) is None  # too small a community to build any by itself


def test_several_segments_are_one_or_the_other_and_none_is_nobody(store: Store) -> None:
    quiet = Segment.model_validate({"quiet_for": "14 days"})
    loud = Segment.model_validate({"not": {"quiet_for": "14 days"}})
    with store.write() as session:
        here = village(session, 3)
        everybody = list(member_facts.of_members(session, here.community_id, here.members))
        both = [segment.members_of(session, here.community_id, [one], NOW) for one in (quiet, loud)]
        assert sorted(both[0] + both[1]) == everybody and all(both)
        assert segment.members_of(session, here.community_id, [quiet, loud], NOW) == everybody
        assert segment.members_of(session, here.community_id, [], NOW) == []


def test_a_page_is_the_first_by_id_and_tells_how_many_there_are(store: Store) -> None:
    with store.write() as session:
        here = village(session, 2, people=30)
        everybody = in_sql(session, here, Not(AtLeast("helped", 99, 1)))
        found = segment.page(session, here.community_id, Not(AtLeast("helped", 99, 1)), NOW, limit=4)
        assert found == segment.Page(everybody[:4], len(everybody))


def test_members_of_another_community_are_never_among_them(store: Store) -> None:
    with store.write() as session:
        here, there = village(session, 1), village(session, 1)
        for question in (Not(AtLeast("helped", 99, 1)), AtLeast("contributed", 1, 365), AtLeast("helped", 1, 365)):
            mine, theirs = (set(in_sql(session, one, question)) for one in (here, there))
            assert mine <= set(here.members) and theirs <= set(there.members)
            assert mine and theirs


def test_who_left_every_place_belongs_to_none_until_they_are_back(store: Store) -> None:
    everybody = Not(AtLeast("helped", 99, 1))
    with store.write() as session:
        here = village(session, 4)
        who = in_sql(session, here, everybody)[0]
        for step, place_id in enumerate(here.place_ids):
            assert who in in_sql(session, here, everybody), step
            for other in here.place_ids[step:]:
                members.come(session, other, who, NOW - timedelta(days=1))
            members.leave(session, place_id, who, NOW)
        assert who not in in_sql(session, here, everybody)
        members.come(session, here.place_ids[0], who, NOW + timedelta(hours=1))
        assert who in in_sql(session, here, everybody)


def test_days_end_at_local_midnight(store: Store) -> None:
    """NOW is 23:30 in Paris, half past eleven the next morning in Auckland."""
    for seed in range(8):
        with store.write() as session:
            here = village(session, seed)
            ahead = segment.today_of(session, here.community_id, NOW + timedelta(minutes=45))
            today = segment.today_of(session, here.community_id, NOW)
            assert (ahead > today) == (here.zone == "Europe/Paris")
            assert session.get(Member, here.members[0]) is not None
