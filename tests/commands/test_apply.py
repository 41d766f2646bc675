"""tertulia apply: what it prints, and that nothing goes live with a mistake."""

from __future__ import annotations

import pytest

from tests.commands.conftest import PLAYBOOK, Machine


def test_it_tells_what_became_of_each_ritual(bare_machine: Machine) -> None:
    first = bare_machine.asks("apply", str(bare_machine.playbook))
    assert first["added"] == ["cercle/lundi", "cercle/annonce"]

    bare_machine.playbook.write_text(PLAYBOOK.replace("9h30", "10h").split("  annonce")[0], encoding="utf-8")
    status, printed = bare_machine.types("apply", str(bare_machine.playbook))
    assert status == 0
    assert printed.splitlines() == ["~ cercle/lundi (changed)", "- cercle/annonce (retired)"]


def test_with_a_mistake_nothing_goes_live_and_the_last_version_stays(machine: Machine) -> None:
    machine.playbook.write_text(PLAYBOOK.replace("chaque lundi", "chaque lundy"), encoding="utf-8")

    status, printed = machine.types("apply", str(machine.playbook))
    assert status == 1
    assert "lundy" in printed and "the last good version stays live" in printed
    assert machine.asks("apply", str(machine.playbook))["problems"][0]["line"] == 13
    assert machine.asks("why", "cercle/lundi")["sentence"].startswith("It was not due yet.")


def test_without_a_playbook_a_rehearsal_gets_the_shipped_examples(bare_machine: Machine) -> None:
    assert "cercle/question-du-lundi" in bare_machine.asks("apply")["added"]


def test_with_real_connections_the_examples_are_never_applied(
    bare_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERTULIA_SLACK_BOT_TOKEN", "xoxb-1-2-never-used")
    status, printed = bare_machine.types("apply")

    assert status == 2
    assert "TERTULIA_PLAYBOOKS" in printed
