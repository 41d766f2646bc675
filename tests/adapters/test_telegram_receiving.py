"""How a Telegram connection hears: by polling, by webhook, and never losing what was not kept."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from adapters.telegram import adapter, loop
from adapters.telegram.adapter import SECRET_HEADER, Telegram
from orchestrator.errors import Refused
from orchestrator.ports import HookAnswer, Inbound, Publish
from tests.adapters.telegram_bot import (
    ANA,
    SALON,
    call,
    circle,
    codes,
    listening,
    made,
    nothing,
    until,
)
from tests.fakes.telegram import FakeTelegram

SECRET = "s3cret_S3CRET"
NEWS = Path(__file__).with_name("payloads") / "telegram" / "message.json"


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with circle() as one:
        yield one


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Telegram]:
    with closing(made(fake)) as one:
        yield one


# --- receiving by polling


def test_what_could_not_be_kept_is_told_again(fake: FakeTelegram, bot: Telegram) -> None:
    kept: list[Inbound] = []
    failures = [OSError("the database is away")]

    def publish(inbounds: Sequence[Inbound]) -> None:
        if failures:
            raise failures.pop()
        kept.extend(inbounds)

    with listening(bot, publish):
        fake.says(ANA, SALON, "une réponse")
        fake.updates.wait_until_heard()
    assert [one.text for one in kept] == ["une réponse"]


def testnothing_is_confirmed_before_it_is_kept(fake: FakeTelegram, bot: Telegram) -> None:
    waiting: list[int] = []

    def publish(inbounds: Sequence[Inbound]) -> None:
        waiting.append(len(fake.updates.queue))

    with listening(bot, publish):
        fake.says(ANA, SALON, "une réponse")
        fake.updates.wait_until_heard()
    assert waiting == [1]
    assert fake.updates.queue == []


def test_what_was_kept_is_confirmed_before_stopping(fake: FakeTelegram, bot: Telegram) -> None:
    heard = threading.Event()

    def publish(inbounds: Sequence[Inbound]) -> None:
        heard.set()
        stop.set()

    with listening(bot, publish) as stop:
        fake.says(ANA, SALON, "la dernière")
        assert heard.wait(5)
    assert fake.updates.queue == []


def test_only_who_holds_the_lease_listens(fake: FakeTelegram, bot: Telegram) -> None:
    with listening(bot, nothing, lambda: False):
        time.sleep(0.2)
        assert fake.updates.poller == 0


def test_a_lost_lease_ends_a_long_poll(fake: FakeTelegram, bot: Telegram) -> None:
    asked: list[int] = []

    def may_listen() -> bool:
        asked.append(fake.updates.poller)
        return not fake.updates.poller

    with listening(bot, nothing, may_listen):
        until(lambda: asked[-2:] == [1, 1])
        fake.says(ANA, SALON, "pour qui tient le bail")
        assert len(fake.updates.queue) == 1


def test_exactly_the_kinds_we_understand_are_asked_for(fake: FakeTelegram, bot: Telegram) -> None:
    with listening(bot, nothing):
        fake.updates.wait_until_asked()
        assert fake.updates.allowed == loop.ALLOWED_UPDATES


def test_updates_whose_numbers_start_anew_are_heard(fake: FakeTelegram, bot: Telegram) -> None:
    kept: list[str | None] = []
    with listening(bot, lambda inbounds: kept.extend(one.text for one in inbounds)):
        fake.says(ANA, SALON, "avant")
        fake.updates.wait_until_heard()
    fake.updates.numbers = iter(range(5, 99))  # type: ignore[assignment]
    with listening(bot, lambda inbounds: kept.extend(one.text for one in inbounds)):
        fake.says(ANA, SALON, "après")
        fake.updates.wait_until_heard()
    assert kept == ["avant", "après"]


def test_a_webhook_left_set_is_removed_because_we_poll(fake: FakeTelegram, bot: Telegram) -> None:
    fake.updates.webhook = "https://elsewhere.example/hook"
    assert codes(bot) == ["telegram.webhook_left"]
    kept: list[Inbound] = []
    with listening(bot, kept.extend):
        fake.updates.wait_until_asked()
        fake.says(ANA, SALON, "enfin")
        fake.updates.wait_until_heard()
    assert [one.text for one in kept] == ["enfin"]
    assert fake.updates.webhook == ""


def test_a_second_poller_makes_us_step_back_and_is_a_finding(fake: FakeTelegram, bot: Telegram) -> None:
    with listening(bot, nothing):
        fake.updates.wait_until_asked()
        assert codes(bot) == []
        call(fake, "getUpdates", timeout=0)
        until(lambda: codes(bot) == ["telegram.two_pollers"])


def test_a_dropped_network_is_waited_for(fake: FakeTelegram) -> None:
    port = fake.server.server_port
    fake.close()
    bot = made(fake)
    kept: list[Inbound] = []
    with closing(bot), listening(bot, kept.extend):
        time.sleep(0.2)
        back = FakeTelegram(port=port)
        back.person(ANA, "Ana")
        back.group(SALON, "Salon")
        back.updates.wait_until_asked()
        back.says(ANA, SALON, "de retour")
        back.updates.wait_until_heard()
    back.close()
    assert [one.text for one in kept] == ["de retour"]


# --- receiving by webhook


@pytest.fixture
def hooked(fake: FakeTelegram) -> Iterator[Telegram]:
    with closing(made(fake, telegram_webhook_secret=SECRET, public_url="https://cercle.example/")) as one:
        yield one


def test_the_webhook_is_set_with_its_secret_and_kinds(fake: FakeTelegram, hooked: Telegram) -> None:
    with listening(hooked, nothing):
        until(lambda: bool(fake.updates.webhook))
    assert fake.updates.webhook == "https://cercle.example/hooks/telegram"
    assert fake.updates.webhook_secret == SECRET
    assert fake.updates.allowed == loop.ALLOWED_UPDATES
    assert fake.updates.poller == 0


def test_telegram_delivers_until_we_kept_it(fake: FakeTelegram) -> None:
    kept: list[Inbound] = []
    failures = [OSError("the database is away")]

    def publish(inbounds: Sequence[Inbound]) -> None:
        if failures:
            raise failures.pop()
        kept.extend(inbounds)

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            self.send_response(connection.hook(headers, body, publish).status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to print."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with (
            closing(made(fake, telegram_webhook_secret=SECRET, public_url=address)) as connection,
            listening(connection, nothing),
        ):
            until(lambda: bool(fake.updates.webhook))
            fake.reacts(ANA, SALON, 1, "👍")
            fake.updates.wait_until_heard()
        server.shutdown()
    assert [(one.kind, one.data) for one in kept] == [("reacted", {"emoji": "👍"})]


def test_a_webhook_without_an_address_is_refused(fake: FakeTelegram) -> None:
    with closing(made(fake, telegram_webhook_secret=SECRET)) as bot, pytest.raises(Refused) as refused:
        bot.listen(nothing, lambda: True, threading.Event())
    assert "TERTULIA_PUBLIC_URL" in refused.value.mend


def delivered(bot: Telegram, body: bytes, secret: str = SECRET, publish: Publish | None = None) -> HookAnswer:
    return bot.hook({SECRET_HEADER: secret}, body, publish or nothing)


def test_a_delivery_is_kept_before_it_gets_its_ok(hooked: Telegram) -> None:
    update = json.loads(NEWS.read_text())["message_text"]["update"]
    kept: list[Inbound] = []
    assert delivered(hooked, json.dumps(update).encode(), publish=kept.extend).status == 200
    assert [one.text for one in kept] == ["Bonjour, ça va ?"]


def test_a_delivery_that_could_not_be_kept_comes_again(hooked: Telegram) -> None:
    def publish(inbounds: Sequence[Inbound]) -> None:
        raise OSError("the database is away")

    update = json.loads(NEWS.read_text())["message_text"]["update"]
    assert delivered(hooked, json.dumps(update).encode(), publish=publish).status == 503


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "é"])
def test_a_delivery_without_the_secret_is_refused(hooked: Telegram, secret: str) -> None:
    assert delivered(hooked, b"{}", secret) == HookAnswer(401)


def test_without_a_webhook_every_delivery_is_refused(bot: Telegram) -> None:
    assert delivered(bot, b"{}", "").status == 401


def test_an_endless_delivery_is_refused(hooked: Telegram) -> None:
    assert delivered(hooked, b" " * (adapter.MAX_BODY + 1)).status == 413


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"update_id":1}', b'{"update_id":1,"telepathy":{}}'])
def test_a_delivery_we_do_not_understand_gets_its_ok(hooked: Telegram, body: bytes) -> None:
    assert delivered(hooked, body).status == 200
