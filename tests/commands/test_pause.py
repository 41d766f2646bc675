"""tertulia pause and resume: what they say."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Machine


@pytest.mark.parametrize("path", [[], ["cercle"], ["cercle/lundi"]])
def test_a_pause_says_how_to_end_it(machine: Machine, path: list[str]) -> None:
    status, printed = machine.types("pause", *path)
    assert status == 0
    assert printed.splitlines()[-1] == " ".join(["End it with: tertulia resume", *path])
    assert machine.asks("resume", *path) == {"resumed": path[0] if path else "everything", "still_paused": []}


def test_what_stays_silent_is_named(machine: Machine) -> None:
    machine.types("pause", "cercle/lundi")
    machine.types("pause")

    assert "cercle/lundi stays silent" in machine.types("resume")[1]


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_an_unknown_name_gets_near_ones(machine: Machine, command: str) -> None:
    status, printed = machine.types(command, "cercel")

    assert status == 2
    assert '"cercle"' in printed
