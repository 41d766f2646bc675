"""tertulia try: the real message to one person, over the real SDKs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from orchestrator.cli import run
from orchestrator.commands import sketch, try_
from orchestrator.playbook.load import load
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shipped import shipped
from orchestrator.store.tables import Asked, Delivery, RehearsalMessage, Run
from tests.commands.conftest import Machine
from tests.e2e import town as towns
from tests.e2e.town import Town
from workers.simulation import Simulation

PLAYBOOK = f"""\
playbook: cercle
language: fr
tone: tu
timezone: Europe/Paris
spaces:
  salon: {{slack: {towns.SALON}, telegram: {towns.GROUP}}}
people:
  alexis: {{slack: {towns.ALEXIS}}}
  inès: {{slack: {towns.INES}, telegram: {towns.INES_TOO}}}
  ana: {{slack: {towns.ANA}}}
hosts: {{people: [alexis, inès]}}
rituals:
  lundi:
    when: chaque lundi à 9h30
    where: salon
    mention: tout le monde
    prompt: {{ask: ["Quoi de neuf ?"]}}
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Both fake platforms with their tokens set, and no database."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cercle.yaml").write_text(PLAYBOOK, encoding="utf-8")
    with towns.opened() as town:
        settings = {
            "SLACK_API_URL": town.slack.url,
            "SLACK_BOT_TOKEN": town.slack.tokens["bot"],
            "TELEGRAM_API_URL": town.telegram.url,
            "TELEGRAM_TOKEN": town.telegram.token,
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"TERTULIA_{name}", value)
        yield town


def tried(capsys: pytest.CaptureFixture[str], person: str) -> tuple[int, dict[str, Any]]:
    status = run(["try", "cercle.yaml/lundi", "--to", person, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_message_comes_to_that_person_alone_and_says_that_it_is_a_try(
    town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, told = tried(capsys, "alexis")

    assert status == 0
    assert [(one["connection"], one["stage"], one["sent"]) for one in told["messages"]] == [("slack", "post", True)]
    assert town.slack_posts(towns.SALON) == []
    (post,) = town.slack_posts(town.slack.workspace.direct_chat(towns.ALEXIS))
    assert post["text"].startswith("_Essai, que personne")
    assert "Quoi de neuf" in post["text"] and "<!" not in post["text"]
    assert "metadata" not in post or "lundi" not in json.dumps(post["metadata"])
    assert not list(tmp_path.rglob("*.db"))


def test_whoever_never_wrote_to_the_bot_is_told_to_on_telegram(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = tried(capsys, "inès")

    by_connection = {one["connection"]: one for one in told["messages"]}
    assert status == 1
    assert by_connection["slack"]["sent"] and not by_connection["telegram"]["sent"]
    assert by_connection["telegram"]["mend"].startswith("write to the bot first")


def test_whoever_wrote_to_the_bot_has_it_on_both(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    town.telegram.says(towns.INES_TOO, towns.INES_TOO, "bonjour")

    assert tried(capsys, "inès")[0] == 0
    (post,) = town.telegram_posts(towns.INES_TOO)
    assert post.text.startswith("Essai, que personne")
    assert town.telegram_posts(towns.GROUP) == []


def test_a_connection_without_a_token_is_named(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERTULIA_TELEGRAM_TOKEN")
    status, told = tried(capsys, "inès")

    assert status == 1
    assert [(one["connection"], one.get("mend")) for one in told["messages"] if not one["sent"]] == [
        ("telegram", "set TERTULIA_TELEGRAM_TOKEN")
    ]


def test_only_a_host_gets_it(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", "cercle.yaml/lundi", "--to", "ana"]) == 2
    assert "name one of: alexis, inès" in capsys.readouterr().err


EVERY = [(book, name) for book in load([shipped("playbooks")]).playbooks for name in book.rituals]


@pytest.mark.parametrize(("book", "name"), EVERY, ids=lambda one: one if isinstance(one, str) else one.playbook)
def test_every_ritual_of_the_examples_can_be_tried(book: Playbook, name: str) -> None:
    simulation = Simulation([book], 1, 1, datetime(2026, 11, 30, tzinfo=UTC))
    try:
        app, host = simulation.app, next(iter(book.people))
        scenes = sketch.scenes(book, book.rituals[name], app.render, app.now())
        outcomes = list(try_.send(app, book, try_.refs_of(book, host), try_.first(scenes)))
        with app.store.read() as session:
            rows = session.scalars(select(RehearsalMessage)).all()
            assert session.scalars(select(Run)).all() == []
    finally:
        simulation.close()
    assert {one.connection for one in outcomes} == {"slack", "telegram"} and not any(one.what for one in outcomes)
    assert {row.place_ref for row in rows} == {f"direct:{ref}" for ref in book.people[host].values()}
    assert all(try_.MARK[book.language] in str(row.sent) for row in rows)


def test_without_a_token_it_is_in_the_practice_room_and_no_run_is_made(machine: Machine) -> None:
    status, printed = machine.types("try", f"{machine.playbook}/lundi", "--to", "alexis")

    assert (status, "practice room" in printed) == (0, True)
    with machine.app().store.read() as session:
        assert session.scalars(select(RehearsalMessage.place_ref)).all() == ["direct:U012AB3CD"]
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Run, Delivery, Asked)]
    assert counts == [0, 0, 0]
