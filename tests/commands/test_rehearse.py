"""Weeks in seconds: what a rehearsal promises to the manager who reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.commands import retelling
from orchestrator.commands.retelling import Tale
from orchestrator.playbook import load
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shipped import shipped
from workers.simulation import Simulation

START = datetime(2026, 11, 30, tzinfo=UTC)


def playbook(name: str) -> Playbook:
    return next(one for one in load.load([shipped("playbooks")]).playbooks if one.playbook == name)


def rehearse(name: str = "cercle", weeks: int = 3, seed: int = 7, approves: bool = True) -> Tale:
    simulation = Simulation([playbook(name)], members=24, seed=seed, start=START)
    simulation.approves = approves
    try:
        simulation.play(START + timedelta(weeks=weeks))
        return retelling.tell(simulation)
    finally:
        simulation.close()


@pytest.fixture(scope="module")
def tale() -> Tale:
    return rehearse()


def test_the_same_seed_gives_the_same_bytes(tale: Tale) -> None:
    again = rehearse()

    assert json.dumps(retelling.as_calls(again)) == json.dumps(retelling.as_calls(tale))
    assert retelling.as_page(again) == retelling.as_page(tale)


def test_another_seed_gives_other_answers(tale: Tale) -> None:
    assert retelling.as_facts(rehearse(seed=8))["runs"] != retelling.as_facts(tale)["runs"]


def test_every_monday_has_its_question_and_its_recap_two_days_later(tale: Tale) -> None:
    said = [one for one in tale.said if one.ritual == "question-du-lundi" and one.platform == "slack"]
    posts = [tale.local(one.at) for one in said if one.stage == "post"]
    recaps = [tale.local(one.at) for one in said if one.stage == "recap"]

    assert [f"{at:%a %H:%M}" for at in posts] == ["Mon 09:30"] * 3
    assert [recap.date() - post.date() for post, recap in zip(posts, recaps, strict=True)] == [timedelta(days=2)] * 3


def test_every_answer_is_acknowledged_by_a_reaction(tale: Tale) -> None:
    methods = [call["method"] for call in tale.calls]
    answers = sum(run.answers for run in tale.held)

    assert answers > 0
    assert methods.count("reactions.add") + methods.count("setMessageReaction") == answers


def test_what_hosts_refuse_is_not_held() -> None:
    refused = {run.ritual: (run.outcome, run.reason) for run in rehearse(approves=False).held}

    assert refused["cercle/bilan-du-trimestre"] == ("skipped", "refused")
    assert refused["cercle/question-du-lundi"] == ("done", "posted")


def test_it_reads_day_by_day_and_ends_with_the_outcomes(tale: Tale) -> None:
    lines = "\n".join(retelling.as_lines(tale)).splitlines()

    assert lines[0] == "Le Cercle des fondateurs: a rehearsal with 24 members. Nothing was sent."
    assert "lundi 30 novembre 2026" in lines
    assert any(line.startswith("  2026-11-30 09:30  cercle/question-du-lundi: held, ") for line in lines)
