"""When a part is green, when it turns red, and what is said then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from orchestrator.flow import vitals
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store import heartbeats
from orchestrator.store.session import Store
from tests.circle import NOON

HERE = "this-host"


def seen(store: Store, after: float = 0.0) -> App:
    """An app this many seconds after noon."""
    now = NOON + timedelta(seconds=after)
    return App(settings=Settings(), store=store, adapters={}, render=Renderer(None), now=lambda: now)


def beat(store: Store, part: str, process: str = f"{HERE}:1", at: datetime = NOON) -> None:
    with store.write() as session:
        heartbeats.beat(session, part, process, at)


@pytest.mark.parametrize("part", ["listen", "worker", "clock", "console", "slack"])
def test_a_silent_part_turns_red_within_a_minute_and_green_when_it_is_back(store: Store, part: str) -> None:
    beat(store, part)

    assert vitals.parts(seen(store, 44))[part]["ok"]
    red = vitals.parts(seen(store, 60))[part]
    assert (red["ok"], red["seen_at"]) == (False, f"{NOON:%Y-%m-%dT%H:%M:%SZ}")
    assert "60 s" in red["what"] and "tertulia" in red["mend"]
    beat(store, part, at=NOON + timedelta(seconds=61))
    assert vitals.parts(seen(store, 62))[part]["ok"]


def test_a_part_is_green_while_one_of_its_processes_works(store: Store) -> None:
    beat(store, "worker", "a:1")
    beat(store, "worker", "b:1", NOON + timedelta(seconds=50))

    assert vitals.parts(seen(store, 60))["worker"]["ok"]


def test_a_connection_taken_away_a_day_ago_is_forgotten_but_no_part_is(store: Store) -> None:
    beat(store, "worker")
    beat(store, "slack")

    assert not vitals.parts(seen(store, 24 * 3600 - 1))["slack"]["ok"]
    later = vitals.parts(seen(store, 24 * 3600))
    assert "slack" not in later
    assert not later["worker"]["ok"]


def test_a_part_that_never_ran_is_red(sqlite_store: Store) -> None:
    beat(sqlite_store, "console")

    signs = vitals.parts(seen(sqlite_store))
    assert {name for name, sign in signs.items() if not sign["ok"]} == {"listen", "worker", "clock"}
    assert (signs["worker"]["what"], signs["worker"]["seen_at"]) == ("the worker does not run", None)


def test_a_container_sees_only_its_own_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: HERE)
    beat(store, "worker")
    beat(store, "clock", "another-host:1")
    beat(store, "console", f"{HERE}-2:1")

    assert set(vitals.parts(seen(store), here=True)) == {"database", "worker"}


def test_a_database_of_another_version_is_not_ready(store: Store) -> None:
    sign = vitals.ready(seen(store))["database"]  # its tables were made without the migrations

    assert not sign["ok"] and "tertulia migrate" in sign["mend"]


def test_the_gauges_tell_what_waits_and_who_is_silent(sqlite_store: Store) -> None:
    beat(sqlite_store, "clock")

    assert set(vitals.count(seen(sqlite_store, 30))) >= {"delivery due", "delivery unknown", "inbox", "approval"}
    assert vitals.registry.get_sample_value("tertulia_part_silent_seconds", {"part": "clock"}) == 30
