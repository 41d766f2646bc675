"""Slack's adapter before a fake Slack: acts, copies found again, places, people, and what doctor sees."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.slack import adapter as slack
from adapters.slack.directory import ONE_BY_ONE
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, Refused
from orchestrator.ports import Address, Edit, Notice, Post, React
from orchestrator.settings import Settings
from tests.adapters.rig_slack import ANA, SALON
from tests.fakes.slack import SIGNING_SECRET, FakeSlack

PLACE = Address(place_ref=SALON)


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    fake = FakeSlack()
    fake.workspace.add_user(ANA, "ana")
    fake.workspace.add_channel(SALON, "salon", ANA)
    yield fake
    fake.stop()


def connect(fake: FakeSlack, **changed: Any) -> slack.Slack:
    tokens = {"slack_bot_token": fake.tokens["bot"], "slack_signing_secret": SIGNING_SECRET, "slack_api_url": fake.url}
    return slack.open("slack", Settings(**(tokens | changed)))


# --- acts


def test_strict_limits_of_a_channel_are_told_with_the_pause(fake: FakeSlack) -> None:
    fake.workspace.strict_rate = True
    adapter = connect(fake)
    adapter.send(PLACE, Post("un"), "k1")
    with pytest.raises(DeliveryFailed) as failed:
        adapter.send(PLACE, Post("deux"), "k2")
    assert (failed.value.code, failed.value.retry_after) == ("ratelimited", 1.0)


def test_an_edit_or_a_reaction_in_a_direct_chat_finds_that_chat(fake: FakeSlack) -> None:
    adapter = connect(fake)
    directly = Address(member_ref=ANA)
    receipt = adapter.send(directly, Post("bonjour"), "k1")
    assert receipt.place_ref == "D0ANA"
    adapter.send(directly, Edit(str(receipt.message_ref), "bonsoir"), "k2")
    adapter.send(directly, React(str(receipt.message_ref), "👍"), "k3")
    assert [(entry["act"], entry["channel"]) for entry in fake.ledger] == [
        (act, "D0ANA") for act in ("posted", "edited", "reacted")
    ]


def test_an_edit_keeps_the_key_by_which_the_post_is_found(fake: FakeSlack) -> None:
    adapter = connect(fake)
    receipt = adapter.send(PLACE, Post("avant"), "k1")
    adapter.send(PLACE, Edit(str(receipt.message_ref), "après"), "k2")
    found = adapter.find(PLACE, Post("avant"), "k1", 0)
    assert found is not None and [one.message_ref for one in found] == [receipt.message_ref]


def test_every_copy_is_found_oldest_first_over_all_pages(fake: FakeSlack) -> None:
    adapter = connect(fake)
    first = adapter.send(PLACE, Post("un"), "k1")
    for number in range(450):
        fake.workspace.add(SALON, {"type": "message", "user": ANA, "text": str(number)})
    second = adapter.send(PLACE, Post("un"), "k1")
    found = adapter.find(PLACE, Post("un"), "k1", int(first.at or 0))
    assert found is not None and [one.message_ref for one in found] == [first.message_ref, second.message_ref]


@pytest.mark.parametrize("answer", [[], [1], None, 0, "", "ok", {}, {"ok": False, "error": ["x"]}])
def test_an_answer_that_cannot_be_read_does_not_say_whether_it_was_done(fake: FakeSlack, answer: Any) -> None:
    adapter = connect(fake)
    fake.faults.odd_answers += [answer, answer]
    with pytest.raises(DeliveryUnknown):
        adapter.send(PLACE, Post("un"), "k1")
    with pytest.raises(DeliveryUnknown):
        adapter.member(ANA)
    assert fake.faults.fired["odd answer"] == 2
    assert [entry["act"] for entry in fake.ledger] == ["posted"]


def test_the_answer_to_a_press_in_a_thread_is_shown_in_that_thread(fake: FakeSlack) -> None:
    adapter = connect(fake)
    root = adapter.send(PLACE, Post("un"), "k1").message_ref
    to = Address(place_ref=SALON, topic_ref=root, member_ref=ANA)
    adapter.send(to, Notice("t.1", "noté"), "k2")
    assert (fake.ledger[-1]["act"], fake.ledger[-1]["thread_ts"]) == ("shown", root)


def test_another_process_can_read_the_ledger(fake: FakeSlack) -> None:
    connect(fake).send(PLACE, Post("un"), "k1")
    with urllib.request.urlopen(f"{fake.url}/_ledger", timeout=5) as answer:
        assert [entry["act"] for entry in json.load(answer)] == ["posted"]


# --- places and people


@pytest.mark.parametrize(
    "written",
    [
        SALON,
        f"https://cercle.slack.com/archives/{SALON}",
        f"https://cercle.slack.com/archives/{SALON}/p1796027400000100?thread_ts=1.2",
        f"https://app.slack.com/client/T0CERCLE/{SALON}",
        "salon",
        "#salon",
        " #Salon ",
    ],
)
def test_a_place_is_found_by_link_id_or_name(fake: FakeSlack, written: str) -> None:
    seen = connect(fake).resolve(written)
    assert (seen.ref, seen.title, seen.joined, seen.kind) == (SALON, "salon", True, "group")


@pytest.mark.parametrize("written", ["#nulle-part", "C0UNKNOWN", "https://example.com/archives/C0SALON", ""])
def test_a_place_that_is_not_there_is_refused_with_a_mend(fake: FakeSlack, written: str) -> None:
    with pytest.raises(Refused) as refused:
        connect(fake).resolve(written)
    assert refused.value.mend


def test_places_are_listed_ours_first_with_links_to_paste(fake: FakeSlack) -> None:
    fake.workspace.add_channel("C0AUTRE", "autre", joined=False)
    assert [(place.ref, place.joined, place.link) for place in connect(fake).places()] == [
        (SALON, True, f"https://cercle.slack.com/archives/{SALON}"),
        ("C0AUTRE", False, "https://cercle.slack.com/archives/C0AUTRE"),
    ]


@pytest.mark.parametrize("count", [3, ONE_BY_ONE + 5])
def test_people_are_listed_without_bots_and_closed_accounts(fake: FakeSlack, count: int) -> None:
    refs = [f"U0P{number:03d}" for number in range(count)]
    for ref in refs:
        fake.workspace.add_user(ref, ref.lower())
    fake.workspace.users[refs[0]]["deleted"] = True
    fake.workspace.add_channel("C0MANY", "many", *refs)
    seen = connect(fake).people("C0MANY")
    assert sorted(person.ref for person in seen) == refs[1:]
    assert (seen[0].language, seen[0].zone, seen[0].is_bot) == ("fr", "Europe/Paris", False)


def test_a_member_is_shown_by_their_display_name(fake: FakeSlack) -> None:
    assert connect(fake).member(ANA).name == "ana"


# --- doctor


def codes(adapter: slack.Slack, *places: Address) -> list[str]:
    findings = adapter.check(places)
    assert all(finding.what and finding.mend for finding in findings)
    return [finding.code for finding in findings]


def test_no_token_is_a_finding() -> None:
    assert codes(slack.open("slack", Settings(slack_bot_token=None))) == ["slack_token"]


def test_a_connection_that_hears_nothing_is_a_finding(fake: FakeSlack) -> None:
    assert codes(connect(fake, slack_signing_secret=None)) == ["slack_deaf"]


def test_a_mistyped_signing_secret_is_a_finding(fake: FakeSlack) -> None:
    assert codes(connect(fake, slack_signing_secret="xoxb-oops")) == ["slack_signing_secret"]


def test_an_app_token_that_does_not_open_is_a_finding(fake: FakeSlack) -> None:
    assert codes(connect(fake, slack_app_token="xapp-wrong")) == ["slack_app_token"]


def test_missing_permissions_are_named(fake: FakeSlack) -> None:
    fake.workspace.scopes = "chat:write,commands"
    [finding] = connect(fake).check([])
    assert finding.code == "slack_scopes" and "reactions:write" in finding.what and "chat:write" not in finding.what


def test_a_clock_that_is_wrong_is_a_finding(fake: FakeSlack) -> None:
    fake.server.clock_ahead = 600.0
    assert codes(connect(fake)) == ["slack_clock"]


def test_places_where_we_cannot_post_are_findings(fake: FakeSlack) -> None:
    fake.workspace.add_channel("C0OUT", "dehors", joined=False)
    fake.workspace.add_channel("C0OLD", "ancien")
    fake.workspace.channels["C0OLD"]["is_archived"] = True
    places = [PLACE, *(Address(place_ref=ref) for ref in ("C0OUT", "C0OLD", "C0NONE"))]
    found = connect(fake).check(places)
    assert [finding.what.split(":")[0].split(" is")[0] for finding in found] == ["#dehors", "#ancien", "C0NONE"]


def test_a_slack_that_cannot_be_reached_is_a_finding(fake: FakeSlack) -> None:
    adapter = connect(fake)
    fake.stop()
    assert codes(adapter) == ["slack_token"]
