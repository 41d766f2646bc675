"""tertulia why: one sentence and every step, for any run, and for days without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.flow import hold, pause
from orchestrator.rules.reasons import SENTENCES, Reason
from tests.commands.conftest import Machine

KEYS = ["playbook", "ritual", "due_at", "local", "outcome", "reason", "sentence", "trace"]


def test_a_ritual_without_a_run_says_when_it_is_due_next(machine: Machine) -> None:
    told = machine.asks("why", "cercle/lundi")

    assert list(told) == KEYS
    assert (told["outcome"], told["reason"], told["trace"]) == (None, None, [])
    assert re.search(r"due next on \d{4}-\d\d-\d\d at 09:30 \(Europe/Paris\)", told["sentence"])


def test_a_run_tells_its_reason_and_its_steps(machine: Machine) -> None:
    app = machine.app()
    with app.store.write() as session:
        pause.pause(session, "cercle/lundi", app.now())
    machine.types("hold", "cercle/lundi")

    told = machine.asks("why", "cercle/lundi")
    assert (told["playbook"], told["ritual"], told["outcome"]) == ("cercle", "lundi", "skipped")
    assert (told["reason"], told["sentence"]) == (Reason.PAUSED, SENTENCES[Reason.PAUSED])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["due_at"])
    assert [step["step"] for step in told["trace"]] == ["held", "skipped"]
    assert all(list(step) == ["at", "step", "facts"] for step in told["trace"])


def test_the_date_is_the_playbooks_own(machine: Machine) -> None:
    hold.hold(machine.app(), "cercle", "lundi")
    local = machine.asks("why", "cercle/lundi")["local"]

    assert machine.asks("why", "cercle/lundi", local[:10])["local"] == local
    assert machine.asks("why", "cercle/lundi", "2001-01-01")["outcome"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cercle/lundy"], "cercle/lundi"),
        (["cercle"], "write PLAYBOOK/RITUAL"),
        (["cercle/lundi", "monday"], "2026-11-30"),
    ],
)
def test_unusable_arguments_get_a_sentence_and_a_mend(machine: Machine, words: list[str], says: str) -> None:
    status, printed = machine.types("why", *words)

    assert status == 2
    assert says in printed


def test_the_docs_explain_every_reason_and_no_other() -> None:
    page = Path(__file__).parents[2].joinpath("docs/why.md").read_text(encoding="utf-8")
    explained = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]

    assert explained[1:] == [str(reason) for reason in Reason]
