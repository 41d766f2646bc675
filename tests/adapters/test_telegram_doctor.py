"""What doctor finds about a Telegram connection, and how places are found."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.telegram import adapter, checks
from adapters.telegram.adapter import Telegram
from orchestrator.errors import Refused
from orchestrator.ports import Address
from orchestrator.settings import Settings
from tests.adapters.telegram_bot import ANA, FORUM, PLACE, SALON, call, circle, codes, listening, made, nothing, until
from tests.fakes.telegram import FakeTelegram

SECRET = "s3cret_S3CRET"


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with circle() as one:
        one.says(ANA, ANA, "bonjour")  # what waits lets doctor's look for another poller end at once
        yield one


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Telegram]:
    with closing(made(fake)) as one:
        yield one


@pytest.fixture
def hooked(fake: FakeTelegram) -> Iterator[Telegram]:
    with closing(made(fake, telegram_webhook_secret=SECRET, public_url="https://cercle.example/")) as one:
        yield one


# --- who and where


@pytest.mark.parametrize(
    ("ref", "place", "topic"),
    [
        ("https://t.me/cercle_salon", SALON, None),
        ("t.me/cercle_salon/123", SALON, None),
        ("@cercle_salon", SALON, None),
        ("cercle_salon", SALON, None),
        (" -1001234567890 ", SALON, None),
        ("https://t.me/c/2222222222/45", FORUM, "45"),
        ("https://t.me/c/2222222222/45/678", FORUM, "45"),
        ("https://t.me/c/2222222222/1", FORUM, None),
        ("https://t.me/c/2222222222/1/678", FORUM, None),
        ("https://t.me/c/1234567890/99?single", SALON, None),
        ("https://web.telegram.org/a/#-1001234567890", SALON, None),
        ("99887766", ANA, None),
    ],
)
def test_a_place_is_found_from_what_a_manager_pastes(bot: Telegram, ref: str, place: int, topic: str | None) -> None:
    seen = bot.resolve(ref)
    assert (seen.ref, seen.topic_ref, seen.joined) == (str(place), topic, True)


def test_a_place_tells_its_title_kind_and_link(bot: Telegram) -> None:
    salon, forum, ana = bot.resolve("@cercle_salon"), bot.resolve("https://t.me/c/2222222222/45"), bot.resolve(str(ANA))
    assert (salon.title, salon.kind, salon.link) == ("Salon", "group", "https://t.me/cercle_salon")
    assert forum.link == "https://t.me/c/2222222222/45"
    assert (ana.title, ana.kind) == ("Ana", "direct")


@pytest.mark.parametrize(
    "ref", ["https://t.me/+AbCdEf", "t.me/joinchat/AbCdEf", "#salon", "un salon", "", "@nowhere_at_all"]
)
def test_a_place_that_cannot_be_found_is_refused_with_a_mend(bot: Telegram, ref: str) -> None:
    with pytest.raises(Refused) as refused:
        bot.resolve(ref)
    assert refused.value.mend


def test_a_place_we_were_taken_out_of_is_not_joined(fake: FakeTelegram, bot: Telegram) -> None:
    fake.chats[SALON].members[fake.bot.id] = "left"
    assert not bot.resolve("@cercle_salon").joined


def test_places_are_those_we_were_added_to(fake: FakeTelegram, bot: Telegram) -> None:
    with listening(bot, nothing):
        fake.updates.wait_until_asked()
        fake.puts_us(SALON, "left", ANA)
        fake.puts_us(SALON, "member", ANA)
        fake.updates.wait_until_heard()
        until(lambda: bot.places() != [])
    assert [place.ref for place in bot.places()] == [str(SALON)]


def test_places_with_news_nobody_took_are_seen_before_we_ever_ran(fake: FakeTelegram, bot: Telegram) -> None:
    fake.says(ANA, FORUM, "nous voilà")
    assert [place.ref for place in bot.places()] == [str(FORUM)]
    assert len(fake.updates.queue) == 2


def test_people_are_the_administrators(fake: FakeTelegram, bot: Telegram) -> None:
    fake.chats[SALON].members[ANA] = "creator"
    assert [one.name for one in bot.people(str(SALON))] == ["Ana"]
    assert bot.member(str(ANA)).name == "Ana"


# --- what doctor finds


def test_a_bot_in_privacy_mode_is_deaf_unless_administrator(fake: FakeTelegram, bot: Telegram) -> None:
    fake.privacy = True
    assert codes(bot, PLACE) == []
    fake.chats[SALON].members[fake.bot.id] = "member"
    assert codes(bot, PLACE) == ["telegram.deaf", "telegram.no_administrator"]
    fake.privacy = False
    assert codes(bot, PLACE) == ["telegram.no_administrator"]


def test_a_place_without_the_bot_is_found(fake: FakeTelegram, bot: Telegram) -> None:
    fake.chats[SALON].members[fake.bot.id] = "left"
    fake.chats[FORUM].members[fake.bot.id] = "kicked"
    assert codes(bot, PLACE, Address(place_ref=str(FORUM))) == ["telegram.not_in_place", "telegram.place"]
    assert codes(bot, Address(place_ref="-100404")) == ["telegram.place"]


@pytest.mark.parametrize(
    ("status", "rights", "found"),
    [
        ("restricted", {"is_member": True, "can_send_messages": False}, "telegram.may_not_write"),
        (
            "restricted",
            {"is_member": True, "can_send_messages": True, "can_send_polls": False},
            "telegram.may_not_poll",
        ),
        ("administrator", {"can_post_messages": False}, "telegram.may_not_write"),
    ],
)
def test_a_right_that_the_bot_lacks_is_found(
    fake: FakeTelegram, bot: Telegram, status: str, rights: dict[str, bool], found: str
) -> None:
    fake.chats[SALON].members[fake.bot.id] = status
    fake.rights = rights
    assert codes(bot, PLACE)[0] == found


def test_a_clock_that_is_off_is_found(fake: FakeTelegram, bot: Telegram) -> None:
    fake.skew = 300
    assert codes(bot) == ["telegram.clock"]


def test_another_program_that_polls_is_found(fake: FakeTelegram, bot: Telegram) -> None:
    fake.updates.queue.clear()
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            call(fake, "getUpdates", timeout=5)

    other = threading.Thread(target=poll)
    other.start()
    fake.updates.wait_until_asked()
    assert codes(bot) == ["telegram.two_pollers"]
    stop.set()
    fake.says(ANA, ANA, "bonjour")
    other.join(5)


def test_our_own_listener_elsewhere_is_no_other_program(fake: FakeTelegram, bot: Telegram) -> None:
    fake.updates.queue.clear()
    with closing(made(fake)) as elsewhere, listening(elsewhere, nothing):
        fake.updates.wait_until_asked()
        assert codes(bot) == []


def test_a_wrong_token_is_found(fake: FakeTelegram) -> None:
    with closing(adapter.open("telegram", Settings(telegram_token="1:wrong", telegram_api_url=fake.url))) as bot:
        assert codes(bot, PLACE) == ["telegram.token"]


def test_no_network_is_found(fake: FakeTelegram, bot: Telegram) -> None:
    fake.close()
    assert codes(bot) == ["telegram.unreachable"]


def test_a_webhook_that_is_not_set_or_deaf_is_found(fake: FakeTelegram, hooked: Telegram) -> None:
    assert codes(hooked) == ["telegram.webhook"]
    fake.updates.webhook, fake.updates.allowed = "https://cercle.example/hooks/telegram", ["message"]
    assert codes(hooked) == ["telegram.allowed_updates"]


def test_a_webhook_that_cannot_work_is_found(fake: FakeTelegram) -> None:
    with closing(made(fake, telegram_webhook_secret="no spaces!", public_url="http://x.fr")) as bot:
        assert codes(bot) == ["telegram.secret", "telegram.public_url", "telegram.webhook"]


def test_every_finding_is_in_the_manual() -> None:
    found = set(re.findall(r"\"(telegram\.\w+)\"", Path(checks.__file__).read_text()))
    manual = (Path(__file__).parents[2] / "docs" / "telegram.md").read_text()
    assert found and all(f"`{code}`" in manual for code in found)
