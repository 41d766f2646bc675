"""tertulia spaces: what a manager pastes into a playbook, over the real SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.conftest import Machine
from tests.fakes.telegram import FakeTelegram

INES, ANA, ROBOT, SALON = 99887766, 55443322, 11223344, -1001234567890


@pytest.fixture
def telegram(bare_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTelegram]:
    """A Telegram where Ana wrote a word in a group that Inès and a robot administer."""
    fake = FakeTelegram()
    for person, name in ((INES, "Inès"), (ANA, "Ana")):
        fake.person(person, name)
    fake.person(ROBOT, "Robot", is_bot=True)
    group = fake.group(SALON, "Salon")
    group.members |= {INES: "creator", ROBOT: "administrator"}
    fake.says(ANA, SALON, "Bonjour")
    monkeypatch.setenv("TERTULIA_TELEGRAM_TOKEN", fake.token)
    monkeypatch.setenv("TERTULIA_TELEGRAM_API_URL", fake.url)
    yield fake
    fake.close()


@pytest.mark.usefixtures("telegram")
def test_a_group_where_somebody_wrote_is_shown_with_the_numbers_of_its_administrators(bare_machine: Machine) -> None:
    status, printed = bare_machine.types("spaces")

    assert status == 0
    assert printed.split("\n") == [
        "telegram:",
        f"  {SALON:<16} Salon",
        f"    {INES:<14} Inès, administrator",
        "",
    ]
    told = bare_machine.asks("spaces")
    assert [place["ref"] for place in told["connections"]["telegram"]] == [str(SALON)]
    assert [person["ref"] for person in told["administrators"][str(SALON)]] == [str(INES)]


def test_without_a_connection_it_says_what_to_set(bare_machine: Machine) -> None:
    status, printed = bare_machine.types("spaces")

    assert status == 2 and "TERTULIA_SLACK_BOT_TOKEN or TERTULIA_TELEGRAM_TOKEN" in printed
