"""A running house in rehearsal, and a real browser before it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import needs

#: Chromium must not look for its maker's servers: nothing here may leave the machine.
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`tertulia run --rehearsal` on a database of its own; gives the console's address."""
    folder = tmp_path_factory.mktemp("house")
    process = start(folder)
    yield address(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stdout is not None
    process.stdout.close()


def start(folder: Path) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TERTULIA_")}
    environment |= {
        "TERTULIA_DATABASE_URL": f"sqlite:///{folder}/house.db",
        "TERTULIA_CONSOLE_ADDRESS": "127.0.0.1:0",
        "TERTULIA_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "orchestrator", "run", "--rehearsal"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), line
    return line.split()[1]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=needs.browser(), args=QUIET)
        yield one
        one.close()
