"""A press is always heard: what says nothing to anybody still ends the wait, and "stop" holds in every run."""

from __future__ import annotations

import pytest

from orchestrator.ports import Capabilities
from orchestrator.store.session import Store
from tests.flow.backstage import Backstage, backstage, two_rooms
from tests.flow.theatre import ritual


@pytest.fixture
def hosts(sqlite_store: Store) -> Backstage:
    found = backstage(sqlite_store, two_rooms(ritual("q")))
    found.there.telegram.capabilities = Capabilities("telegram", 4096, forms=False, reads_back=False, waits=True)
    return found


@pytest.mark.parametrize("key", ["vote-0000000000000000-open-0", "approve-0000000000000000", "stop", "hm"])
def test_a_press_that_leads_nowhere_does_not_look_busy_for_ever(hosts: Backstage, key: str) -> None:
    hosts.presses_key(key, "1", who="77", on="telegram")
    assert hosts.notices("telegram") == [""]


def test_where_nothing_waits_nothing_is_said(hosts: Backstage) -> None:
    hosts.presses_key("vote-0000000000000000-open-0", "1.000001")
    assert hosts.notices() == []
