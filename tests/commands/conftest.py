"""A manager's machine for commands that need a database: no tokens, one playbook applied."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator import boot
from orchestrator.cli import run
from orchestrator.flow.app import App
from orchestrator.settings import load_settings

PLAYBOOK = """\
playbook: cercle
language: fr
timezone: Europe/Paris
spaces:
  salon: {slack: C0123ABCD, telegram: -1001234567890}
  coulisses: {slack: C0456DEFG}
people:
  alexis: {slack: U012AB3CD}
hosts: {people: [alexis], space: coulisses}
pace: {quiet_hours: 03:00-03:01, posts: 9 per day}
rituals:
  lundi:
    when: chaque lundi à 9h30
    where: salon
    prompt: {ask: ["Quoi de neuf"], open_for: 2 jours}
  annonce:
    when: chaque mardi à 10h
    where: salon
    approval: required
    steps: [{post: "Bonne année"}]
"""


@dataclass
class Machine:
    """What a manager types and what is printed."""

    capsys: pytest.CaptureFixture[str]
    playbook: Path

    def types(self, *words: str) -> tuple[int, str]:
        """Type a command; give its exit status and all it printed."""
        status = run(list(words))
        printed = self.capsys.readouterr()
        return status, printed.out + printed.err

    def asks(self, *words: str) -> Any:
        """Type a command with --json; give what it printed as values."""
        run([*words, "--json"])
        return json.loads(self.capsys.readouterr().out)

    def app(self) -> App:
        """The same database as a verb sees it."""
        return boot.open(load_settings())


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Machine:
    """A migrated database, nothing applied."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TELEGRAM_TOKEN", "PLAYBOOKS", "REDIS_URL"):
        monkeypatch.delenv(f"TERTULIA_{name}", raising=False)
    monkeypatch.setenv("TERTULIA_DATABASE_URL", f"sqlite:///{tmp_path / 'tertulia.db'}")
    playbook = tmp_path / "cercle.yaml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    machine = Machine(capsys, playbook)
    assert machine.types("migrate")[0] == 0
    return machine


@pytest.fixture
def machine(bare_machine: Machine) -> Machine:
    """The playbook `cercle` is live."""
    assert bare_machine.types("apply", str(bare_machine.playbook))[0] == 0
    return bare_machine
