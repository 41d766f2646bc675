"""tertulia approve: the list of what waits, and a decision from the command line."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Machine


def asked(machine: Machine) -> str:
    machine.types("hold", "cercle/annonce")
    (request,) = machine.asks("approve")["approvals"]
    code: str = request["id"]
    return code


def test_what_waits_is_listed_with_its_texts(machine: Machine) -> None:
    code = asked(machine)

    (request,) = machine.asks("approve")["approvals"]
    assert (request["playbook"], request["ritual"]) == ("cercle", "annonce")
    assert request["posts"] == [{"text": "Bonne année", "places": ["C0123ABCD", "-1001234567890"]}]
    status, printed = machine.types("approve")
    assert status == 0
    assert code in printed and "Bonne année" in printed


@pytest.mark.parametrize(("options", "state"), [([], "approved"), (["--refuse"], "refused")])
def test_a_decision_is_taken_once(machine: Machine, options: list[str], state: str) -> None:
    code = asked(machine)

    assert machine.asks("approve", code, *options)["state"] == state
    assert machine.asks("approve")["approvals"] == []
    assert "command line" in machine.asks("approve", code)["sentence"]


def test_an_unknown_request_is_refused(machine: Machine) -> None:
    status, printed = machine.types("approve", "nothing")

    assert status == 2
    assert "tertulia approve" in printed


def test_nothing_waiting_is_said(machine: Machine) -> None:
    assert machine.types("approve") == (0, "Nothing waits for a decision.\n")
