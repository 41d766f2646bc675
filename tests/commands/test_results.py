"""tertulia results: whole numbers that mean what they say."""

from __future__ import annotations

from sqlalchemy import select

from orchestrator.flow import hold
from orchestrator.store.tables import Answer, Community, Connection, Handle, Member, Run
from tests.commands.conftest import Machine


def answered(machine: Machine, *given: dict[str, bool]) -> None:
    """Keep an answer by a new member for each of these."""
    app = machine.app()
    run_id = hold.hold(app, "cercle", "lundi")
    with app.store.write() as session:
        community = session.scalars(select(Community)).one()
        slack = session.scalars(select(Connection).where(Connection.name == "slack")).one()
        for number, more in enumerate(given):
            member = Member(community_id=community.id, name=f"m{number}")
            session.add(member)
            session.flush()
            handle = Handle(community_id=community.id, connection_id=slack.id, ref=f"U{number}", member_id=member.id)
            session.add(handle)
            session.flush()
            known = {
                "run_id": run_id,
                "stage": "post",
                "member_id": member.id,
                "handle_id": handle.id,
                "said_at": app.now(),
                "text": "oui",
            }
            session.add(Answer(**known, **more))


def test_answers_in_time_late_ones_and_members_are_counted_apart(machine: Machine) -> None:
    answered(machine, {}, {}, {"late": True}, {"counted": False})

    found = machine.asks("results", "cercle/lundi")
    assert list(found) == ["run", "answers", "late", "members", "tally"]
    assert (found["answers"], found["late"], found["members"], found["tally"]) == (2, 1, 2, [])
    with machine.app().store.read() as session:
        assert found["run"] == session.scalars(select(Run.key)).one()


def test_for_a_person_it_is_a_sentence(machine: Machine) -> None:
    answered(machine, {})

    status, printed = machine.types("results", "cercle/lundi")
    assert status == 0
    assert "1 answer from 1 member, and 0 after closing" in printed


def test_further_numbers_of_a_kind_are_told_once_the_run_is_over(machine: Machine) -> None:
    answered(machine, {})
    with machine.app().store.write() as session:
        run = session.scalars(select(Run)).one()
        more = {"held": True, "voices": 3, "net towards for": -2, "moves": [1, 2]}
        run.facts = {**run.facts, "result": {"more": more}}

    assert machine.asks("results", "cercle/lundi")["more"] == more
    _, printed = machine.types("results", "cercle/lundi")
    assert "  held: yes\n  voices: 3\n  net towards for: -2\n" in printed and "moves" not in printed


def test_without_a_run_it_says_when_there_will_be_one(machine: Machine) -> None:
    status, printed = machine.types("results", "cercle/lundi")

    assert status == 1
    assert "It is due next on" in printed


def test_without_a_run_a_program_reads_the_same_keys_and_why(machine: Machine) -> None:
    none = machine.asks("results", "cercle/lundi")

    assert none.pop("sentence").startswith("It was not due yet. It is due next on")
    assert none == {"run": None, "answers": 0, "late": 0, "members": 0, "tally": []}
    assert machine.types("results", "cercle/lundi", "--json")[0] == 1
