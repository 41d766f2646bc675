"""What hosts are told without being asked: in their space, once an occasion, never at the price of anything else."""

from __future__ import annotations

import pytest

from orchestrator.flow.host_note import Note, note
from orchestrator.store import rituals
from orchestrator.store.session import Store
from tests.flow.theatre import Theatre, playbook, theatre

VALUES = {"ritual": "lundi", "when": None, "place": "salon"}


def tell(there: Theatre, once: str, template: str = "hosts/unsure") -> set[int]:
    with there.store.write() as session:
        known = rituals.find(session, "cercle/lundi")
        return note(there.app, session, known, Note(template, VALUES, once))


@pytest.fixture
def there(store: Store) -> Theatre:
    made = theatre(store)
    made.apply()
    return made


def test_hosts_are_told_in_their_space_once_an_occasion(there: Theatre) -> None:
    assert tell(there, "a") == tell(there, "a") == {1}
    tell(there, "b")
    there.tick()

    assert len(there.said(place="C9")) == 2
    assert there.said(place="C1") == []


def test_a_template_with_a_mistake_harms_nothing_else(there: Theatre) -> None:
    assert tell(there, "a", "hosts/nothing") == set()


def test_without_a_space_for_hosts_nobody_is_told(there: Theatre) -> None:
    there.apply(playbook(hosts={"people": ["ines"]}))

    assert tell(there, "a") == set()
