"""Weeks in seconds: what a rehearsal promises to the manager who reads it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.commands import retelling_lines, retelling_page, retelling_rows
from orchestrator.commands.retelling import Held, Tale
from orchestrator.commands.retelling_words import ENGLISH, FRENCH, FRENCH_REASONS
from orchestrator.playbook import load
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shipped import shipped
from orchestrator.rules.reasons import Reason
from workers.simulation import Approvals, Simulation

START = datetime(2026, 11, 30, tzinfo=UTC)


ASKING = """\
playbook: asking
language: en
timezone: Europe/London
spaces: {room: {slack: C0123ABCD}, back: {slack: C0456DEFG}}
people: {nora: {slack: U07NORA11}}
hosts: {people: [nora], space: back}
rituals:
  monday: {when: every monday at 09:30, where: room, prompt: {ask: ["What is new?"], open_for: 1 day}}
  thursday: {when: every thursday at 10:00, where: room, approval: required, steps: [{post: "A short week."}]}
"""


def cercle() -> Playbook:
    return next(one for one in load.load([shipped("playbooks")]).playbooks if one.playbook == "cercle")


def rehearse(
    members: int = 40, weeks: int = 2, seed: int = 7, approvals: Approvals = "given", of: Playbook | None = None
) -> Tale:
    simulation = Simulation([of or cercle()], members=members, seed=seed, start=START)
    simulation.approvals = approvals
    try:
        simulation.play(START + timedelta(weeks=weeks))
        return retelling_rows.tell(simulation)
    finally:
        simulation.close()


@pytest.fixture(scope="module")
def tale() -> Tale:
    return rehearse()


def test_the_same_seed_gives_the_same_bytes() -> None:
    tale, again = rehearse(members=12, weeks=1), rehearse(members=12, weeks=1)

    assert json.dumps(retelling_lines.as_facts(again)) == json.dumps(retelling_lines.as_facts(tale))
    assert json.dumps(retelling_lines.as_calls(again)) == json.dumps(retelling_lines.as_calls(tale))
    assert retelling_page.as_page(again) == retelling_page.as_page(tale)


def test_another_seed_gives_other_answers(tale: Tale) -> None:
    other = rehearse(seed=8, weeks=1)

    assert [run.answers for run in other.held] != [run.answers for run in tale.held][: len(other.held)]


def test_every_monday_has_its_question_and_its_recap_two_days_later(tale: Tale) -> None:
    said = [one for one in tale.said if one.ritual == "question-du-lundi" and one.platform == "slack"]
    posts = [tale.local(one.at) for one in said if one.stage == "post"]
    recaps = [tale.local(one.at) for one in said if one.stage == "recap"]

    assert [f"{at:%a %H:%M}" for at in posts] == ["Mon 09:30"] * 2
    assert [recap.date() - post.date() for post, recap in zip(posts, recaps, strict=True)] == [timedelta(days=2)] * 2


def test_every_answer_is_acknowledged_by_a_reaction(tale: Tale) -> None:
    methods = [call["method"] for call in tale.calls]
    answers = sum(run.answers for run in tale.held)

    assert answers > 0
    assert methods.count("reactions.add") + methods.count("setMessageReaction") == answers


@pytest.mark.parametrize(
    ("approvals", "reason"), [("given", "posted"), ("refused", "refused"), ("none", "not approved in time")]
)
def test_what_hosts_do_decides_what_needs_their_word_and_nothing_else(approvals: Approvals, reason: str) -> None:
    (asking,) = load.load_text(ASKING).playbooks
    tale = rehearse(members=8, weeks=1, approvals=approvals, of=asking)

    assert {run.ritual: run.reason for run in tale.held} == {"monday": "posted", "thursday": reason}
    assert [one.state for one in tale.asked] == [{"given": "approved", "none": "expired"}.get(approvals, approvals)]


def test_whoever_comes_later_is_welcomed_at_most_once(tale: Tale) -> None:
    welcomes = [run for run in tale.held if run.ritual == "bienvenue"]

    assert 0 < tale.newcomers < tale.members
    assert len(welcomes) <= tale.newcomers


def test_it_reads_day_by_day_and_ends_with_the_outcomes(tale: Tale) -> None:
    lines = "\n".join(retelling_lines.as_lines(tale)).splitlines()

    assert lines[0] == "Le Cercle des fondateurs: a rehearsal with 40 members. Nothing was sent."
    assert "lundi 30 novembre 2026" in lines
    assert any(line.startswith("  2026-11-30 09:30  cercle/question-du-lundi: held, ") for line in lines)
    assert "What the hosts were asked:" in lines


def test_a_debate_that_nobody_opened_was_called_off_not_held() -> None:
    numbers = {"counted": 0, "of": 4, "more": {"held": False}}
    run = Held(1, START, "cercle", "debat", "debate", "done", "posted", answers=0, votes=18, numbers=numbers)

    assert retelling_lines.ending(run) == "called off, 18 votes"
    assert retelling_lines.ending(replace(run, numbers={**numbers, "more": {"held": True}})) == "held, 18 votes"


def test_the_page_stands_alone_and_shows_every_message(tale: Tale) -> None:
    page = retelling_page.as_page(tale)

    assert '<html lang="fr">' in page and "<script" not in page
    assert not re.search(r"""(?:src|href|url\()\s*=?\s*["']?https?:""", page)
    for one in tale.said:
        assert one.for_hosts or retelling_page.LINK.sub("<a", one.html) in page
    targets = set(re.findall(r'href="#([\w-]+)"', page))
    assert targets <= set(re.findall(r'id="([\w-]+)"', page))


def test_the_page_speaks_both_languages() -> None:
    assert FRENCH.keys() == ENGLISH.keys()
    assert FRENCH_REASONS.keys() == set(Reason)
    for key, text in FRENCH.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", ENGLISH[key])), key
