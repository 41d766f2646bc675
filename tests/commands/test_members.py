"""tertulia members: who belongs, in a manager's words and for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orchestrator.commands.members import lines, sentence
from orchestrator.flow.app import wall_clock
from orchestrator.rules.days import LocalDays
from orchestrator.rules.segment import Finding
from orchestrator.store.tables import Badge, Community, Member, MemberDay, PlaybookRow, Space, to_us
from tests.commands.conftest import Machine

SEGMENTS = """\
segments:
  piliers: {contributed: 8 en 30 jours, active_days: 2 en 30 jours}
  discrets: {quiet_for: 14 jours, active_before: 30 jours}
  muets: {not: {any_of: [{contributed: 1 en 365 jours}, {badge: ambassadeur}]}}
rituals:
"""


@pytest.fixture
def circle(bare_machine: Machine) -> Machine:
    """Nadia spoke nine times on three days, Omar a month ago, Lila never; Alexis is a host."""
    written = bare_machine.playbook.read_text(encoding="utf-8").replace("rituals:\n", SEGMENTS)
    bare_machine.playbook.write_text(written, encoding="utf-8")
    assert bare_machine.types("apply", str(bare_machine.playbook))[0] == 0
    with bare_machine.app().store.write() as session:
        community = session.scalars(select(Community)).one()
        space = session.scalars(select(Space).order_by(Space.id)).first()
        assert space is not None
        today = LocalDays(community.zone)(to_us(wall_clock()))
        said = {"Nadia B": [0, 3, 9], "Omar": [30, 31], "Lila": []}
        for name, days in said.items():
            member = Member(community_id=community.id, name=name)
            session.add(member)
            session.flush()
            for day in days:
                session.add(MemberDay(space_id=space.id, member_id=member.id, day=today - day, n=3))
        host = session.scalars(select(Member).where(Member.is_host)).one()
        session.add(MemberDay(space_id=space.id, member_id=host.id, day=today, n=99))
    return bare_machine


def test_a_segment_is_shown_with_its_reasons(circle: Machine) -> None:
    assert circle.types("members", "--segment", "piliers", "--why") == (
        0,
        "1 member is in piliers now:\n"
        "  Nadia B\n"
        "    9 contributions (wanted: 8 in 30 days)\n"
        "    3 active days (wanted: 2 in 30 days)\n",
    )


def test_without_why_only_names_are_shown(circle: Machine) -> None:
    assert circle.types("members", "--segment", "discrets") == (0, "1 member is in discrets now:\n  Omar\n")


def test_programs_get_ids_and_facts(circle: Machine) -> None:
    (omar,) = circle.asks("members", "--segment", "discrets", "--why")
    since = (wall_clock() - timedelta(days=30)).date()
    assert [fact["fact"] for fact in omar["why"]] == ["quiet_for"]
    assert omar["why"][0]["wanted"] == "14 days, active in the 30 before"
    assert abs((since - since.fromisoformat(omar["why"][0]["value"][-10:])).days) <= 1
    with circle.app().store.read() as session:
        lila = session.scalars(select(Member.id).where(Member.name == "Lila")).one()
    silent = {one["member_id"]: one["why"] for one in circle.asks("members", "--segment", "muets", "--why")}
    assert silent[lila] == [
        {"fact": "contributed", "value": 0, "wanted": "fewer than 1 in 365 days"},
        {"fact": "badge", "value": None, "wanted": "not ambassadeur"},
    ]
    assert circle.asks("members", "--segment", "piliers")[0]["why"] == []


def test_nobody_is_said_plainly(circle: Machine) -> None:
    with circle.app().store.write() as session:
        for member in session.scalars(select(Member)):
            session.add(Badge(member_id=member.id, name="ambassadeur", earned_at=wall_clock()))
    assert circle.types("members", "--segment", "muets") == (0, "Nobody is in muets now.\n")
    assert circle.asks("members", "--segment", "muets") == []


def test_an_unknown_segment_is_told_with_the_nearest(circle: Machine) -> None:
    status, printed = circle.types("members", "--segment", "pilier")
    assert (status, printed) == (2, 'tertulia: there is no segment "pilier"\n  mend: did you mean "piliers"?\n')


def test_of_two_communities_with_one_name_a_playbook_is_asked_for(circle: Machine) -> None:
    other = circle.playbook.with_name("jardin.yaml")
    other.write_text(circle.playbook.read_text(encoding="utf-8").replace("playbook: cercle", "playbook: jardin"))
    assert circle.types("apply", str(other))[0] == 0
    status, printed = circle.types("members", "--segment", "piliers")
    assert (status, printed.splitlines()) == (
        2,
        ['tertulia: 2 communities have a segment "piliers"', "  mend: name a playbook of one: --playbook cercle"],
    )
    assert circle.asks("members", "--segment", "piliers", "--playbook", "cercle") != []
    assert circle.asks("members", "--segment", "piliers", "--playbook", "jardin.yaml") == []


def test_a_retired_playbook_has_no_segments(circle: Machine) -> None:
    with circle.app().store.write() as session:
        session.scalars(select(PlaybookRow)).one().live_version_id = None
    assert circle.types("members", "--segment", "piliers")[0] == 2


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding("contributed", 1, "8 in 30 days"), "1 contribution (wanted: 8 in 30 days)"),
        (Finding("helped", 3, "3 in 90 days"), "helped 3 askers (wanted: 3 in 90 days)"),
        (Finding("started", 1, "1 in 9 days"), "started 1 thread that others joined (wanted: 1 in 9 days)"),
        (Finding("badge", "bilan", "bilan"), "has the badge bilan"),
        (Finding("badge", None, "not bilan"), "does not have the badge bilan"),
        (Finding("answered", None, "not lundi"), "did not answer lundi"),
        (Finding("answered", "lundi", "lundi"), "answered lundi"),
        (Finding("joined", "2026-11-02", "in the last 30 days"), "joined on 2026-11-02 (wanted: in the last 30 days)"),
        (Finding("quiet_for", "never contributed", "14 days"), "never contributed (wanted: 14 days)"),
        (
            Finding("quiet_for", "20 days, since 2026-11-03", "14 days"),
            "quiet for 20 days, since 2026-11-03 (wanted: 14 days)",
        ),
    ],
)
def test_a_fact_reads_as_a_manager_would_say_it(finding: Finding, words: str) -> None:
    assert sentence(finding) == words


def test_more_than_a_page_is_counted() -> None:
    told = list(lines("piliers", 3, [("Ana", [])]))
    assert told == ["3 members are in piliers now:", "  Ana", "  and 2 more (--json prints them all)"]
