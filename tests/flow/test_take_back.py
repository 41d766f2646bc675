"""A post taken back while it is fresh: gone everywhere, its run ended, and the hosts told by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.backstage import ALEXIS, INES_TOO, Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, ritual

NEEDS = {"required": True, "within": "6 hours"}
ASKED = MONDAY - timedelta(hours=6)
TEN = timedelta(minutes=10)


@pytest.fixture
def hosts(store: Store) -> Backstage:
    """A post that hosts agreed to has just been sent."""
    made = backstage(store, two_rooms(ritual(approval=NEEDS)))
    made.there.live_until(ASKED)
    made.presses("Publier")
    made.there.live_until(MONDAY + timedelta(minutes=1))
    return made


def in_the_salon(hosts: Backstage) -> int:
    return sum(len(hosts.there.said(town, "C1")) for town in (hosts.there.slack, hosts.there.telegram))


def test_the_button_takes_the_post_off_every_platform_and_ends_the_run(hosts: Backstage) -> None:
    assert in_the_salon(hosts) == 2
    hosts.presses("Retirer", who=INES_TOO, on="telegram")

    assert in_the_salon(hosts) == 0
    run = hosts.there.run()
    assert (run.state, run.reason) == ("stopped", Reason.REFUSED)
    assert all(stage.state != "planned" for stage in hosts.there.stages().values())
    for on in ("slack", "telegram"):
        assert hosts.labels(on) == []
        assert all("retiré par Ines" in text for text in hosts.texts(on))
    hosts.there.live_until(MONDAY + timedelta(days=3))
    assert in_the_salon(hosts) == 0, "neither a reminder nor a recap follows"
    assert len(hosts.texts()) == 2


def test_the_button_stands_for_ten_minutes(hosts: Backstage) -> None:
    _, back = hosts.button("Retirer")
    hosts.there.live_until(MONDAY + TEN + timedelta(seconds=1))
    assert hosts.labels() == []
    assert "c’est parti" in hosts.texts()[0]

    hosts.presses_key(back.key, "1")
    assert "dix dernières minutes" in hosts.notices()[-1]
    assert in_the_salon(hosts) == 2


def test_there_is_no_button_before_there_is_a_post(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    hosts.there.live_until(ASKED)
    hosts.presses("Publier")
    hosts.there.live_until(MONDAY - timedelta(minutes=1))

    assert hosts.labels() == []


def test_approved_late_it_is_offered_too(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    hosts.there.live_until(MONDAY + timedelta(hours=1))
    hosts.presses("Publier")
    hosts.there.live_until(MONDAY + timedelta(hours=1, minutes=1))

    hosts.presses("Retirer")
    assert in_the_salon(hosts) == 0


def test_only_hosts_take_it_back(hosts: Backstage) -> None:
    ref, back = hosts.button("Retirer")
    hosts.there.member("U7")
    hosts.presses_key(back.key, ref, who="U7")

    assert in_the_salon(hosts) == 2
    assert "en décider" in hosts.notices()[-1]


def test_taken_back_twice_it_is_taken_back_once(hosts: Backstage) -> None:
    ref, back = hosts.button("Retirer")
    hosts.presses_key(back.key, ref)
    hosts.presses_key(back.key, ref, who=ALEXIS)

    assert "Ines l’a déjà retiré" in hosts.notices()[-1]
    assert len(hosts.texts()) == 2


def test_a_post_that_turns_up_later_is_removed_then(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual()))
    hosts.there.telegram.faults.append("lost reply")
    hosts.there.live_until(MONDAY)
    hosts.says("take", "back")
    (unsure,) = hosts.there.said(hosts.there.telegram, "C1")

    unsure.message_ref = "77"
    hosts.replies("Ah bon ?", to="77", who="12", place="C1")
    assert hosts.there.said(hosts.there.telegram, "C1") == []


def test_the_word_takes_the_last_post_back(store: Store) -> None:
    two = (ritual("a"), ritual("b", when=["every monday at 10:00"]))
    hosts = backstage(store, two_rooms(*two, pace={"posts": "9 per day"}))
    hosts.there.live_until(MONDAY + timedelta(minutes=31))

    hosts.says("reprends", "a", on="telegram", who=INES_TOO)
    assert "dix dernières minutes" in hosts.texts("telegram")[-1]
    hosts.says("take", "back")
    assert [run.state for run in hosts.there.runs()] == ["open", "stopped"]
    assert len(hosts.there.said()) == 1
    assert all(
        "**b**" in hosts.texts(on)[-1] and "retiré par Ines" in hosts.texts(on)[-1] for on in ("slack", "telegram")
    )


def test_a_later_post_leaves_the_first_where_it_is(store: Store) -> None:
    steps = [{"post": "un"}, {"wait": "1 day"}, {"post": "deux"}, {"wait": "1 day"}, {"post": "trois"}]
    hosts = backstage(store, two_rooms(ritual(kind="steps", model=steps)))
    hosts.there.live_until(MONDAY + timedelta(days=1, minutes=1))

    hosts.says("take", "back")
    hosts.there.live_until(MONDAY + timedelta(days=3))
    assert [entry.text for entry in hosts.there.said()] == ["un"]
