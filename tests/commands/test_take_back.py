"""tertulia take-back: the last post, within ten minutes, whichever ritual is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orchestrator.flow.deliver import deliver
from orchestrator.ports import Remove
from orchestrator.store import deliveries
from orchestrator.store.tables import Connection, Delivery
from tests.commands.conftest import Machine


def posted(machine: Machine) -> None:
    """The prompt is held, and its posts are sent."""
    machine.types("hold", "cercle/lundi")
    app = machine.app()
    with app.store.read() as session:
        connections = list(session.scalars(select(Connection.id)))
    for connection_id in connections:
        deliver(app, connection_id, 10)


def removals(machine: Machine) -> int:
    """How many posts are to be removed, each from its platform."""
    with machine.app().store.read() as session:
        return sum(isinstance(deliveries.decode(row.body), Remove) for row in session.scalars(select(Delivery)))


@pytest.mark.parametrize("path", [[], ["cercle"], ["cercle/lundi"]])
def test_the_last_post_is_removed_everywhere(machine: Machine, path: list[str]) -> None:
    posted(machine)

    told = machine.asks("take-back", *path)
    assert told == {"ritual": "cercle/lundi", "taken_back": True, "sentence": "C’est retiré."}
    assert removals(machine) == 2
    assert machine.asks("why", "cercle/lundi")["outcome"] == "stopped"
    status, printed = machine.types("take-back")
    assert status == 1 and "déjà retiré" in printed


def test_after_ten_minutes_it_stays(machine: Machine) -> None:
    posted(machine)
    app = machine.app()
    with app.store.write() as session:
        for row in session.scalars(select(Delivery).where(Delivery.state == "sent")):
            row.sent_at = app.now() - timedelta(minutes=11)

    status, printed = machine.types("take-back", "cercle/lundi")
    assert status == 1 and "dix dernières minutes" in printed
    assert removals(machine) == 0


def test_with_nothing_posted_it_says_so(machine: Machine) -> None:
    status, printed = machine.types("take-back")

    assert status == 2 and "nothing was posted yet" in printed
