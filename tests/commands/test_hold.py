"""tertulia hold: what a manager is told at once."""

from __future__ import annotations

import pytest

from orchestrator.rules.reasons import Reason
from tests.commands.conftest import Machine


def test_a_held_ritual_is_planned_for_now(machine: Machine) -> None:
    told = machine.asks("hold", "cercle/lundi")

    assert (told["outcome"], told["reason"]) == ("made", None)
    assert [step["step"] for step in told["trace"]] == ["held", "admitted", "prepared"]
    assert told["sentence"] == "It is ready and on its way to C0123ABCD on slack and -1001234567890 on telegram."


def test_a_ritual_that_needs_a_word_waits_for_it(machine: Machine) -> None:
    assert machine.asks("hold", "cercle/annonce")["reason"] == Reason.AWAITING_APPROVAL


def test_a_forbidden_one_says_why_and_exits_with_one(machine: Machine) -> None:
    machine.types("pause", "cercle")

    status, printed = machine.types("hold", "cercle/lundi")
    assert status == 1
    assert "It was paused." in printed


def test_a_rehearsal_with_tokens_set_prints_what_would_be_posted_and_keeps_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERTULIA_SLACK_BOT_TOKEN", "xoxb-no-such-token")
    told = machine.asks("hold", "cercle/annonce", "--rehearsal")

    assert told["sentence"] == "It was posted in C0123ABCD on slack and -1001234567890 on telegram."
    assert [post["text"].split("\n")[0] for post in told["posts"]] == ["Bonne année"] * 2
    assert machine.asks("why", "cercle/annonce")["outcome"] is None


def test_an_unknown_ritual_is_refused_with_near_names(machine: Machine) -> None:
    status, printed = machine.types("hold", "cercle/lundy")

    assert status == 2
    assert '"cercle/lundi"' in printed
