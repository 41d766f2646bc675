"""Bench (d): what starting costs. `--help` beside bare Python, `check` on the examples, `run` at rest."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import servers
from tests.e2e import town
from tests.fakes.slack import FakeSlack

#: Runs of each command; the median is quoted.
RUNS = 7

#: Seconds that `tertulia run` rests before its memory is read.
REST_SECONDS = 8.0

#: Seconds after which a process that accepts nothing is broken.
PATIENCE_SECONDS = 30.0


def measure(short: bool) -> list[dict[str, Any]]:
    """Milliseconds and megabytes, both sides in turn."""
    runs = 3 if short else RUNS
    bare, helped, checked = [], [], []
    for _ in range(runs):
        bare.append(_milliseconds([sys.executable, "-c", "pass"]))
        helped.append(_milliseconds([*TERTULIA, "--help"]))
        checked.append(_milliseconds([*TERTULIA, "check", "playbooks"]))
    ours, theirs = statistics.median(helped), statistics.median(bare)
    rest, ready = _at_rest()
    accepted, connected = _first_accepted()
    return [
        _row("--help, beside bare Python", ours, theirs, "ms"),
        _row("--help over bare Python (goal 60)", ours - theirs, None, "ms"),
        _row("check on the shipped examples", statistics.median(checked), None, "ms"),
        _row("memory of `tertulia run` at rest (goal 120)", rest, None, "MB"),
        _row("the same with Slack and Telegram connected", connected, None, "MB"),
        _row("start to ready", ready, None, "ms"),
        _row("start to first accepted event (goal 3000)", accepted, None, "ms"),
    ]


TERTULIA = [sys.executable, "-m", "orchestrator"]


def _row(figure: str, ours: float, theirs: float | None, unit: str) -> dict[str, Any]:
    ratio = None if theirs is None else round(ours / theirs, 2)
    theirs = None if theirs is None else round(theirs, 1)
    return {"figure": figure, "ours": round(ours, 1), "theirs": theirs, "ratio": ratio, "unit": unit}


def _milliseconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def _at_rest() -> tuple[float, float]:
    """Resident megabytes at rest, and milliseconds from start to the ready line: the practice room, a new database."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TERTULIA_")}
        environment["TERTULIA_DATABASE_URL"] = f"sqlite:///{folder}/rest.db"
        environment["TERTULIA_CONSOLE_ADDRESS"] = "127.0.0.1:0"
        started = time.perf_counter()
        process = subprocess.Popen(
            [*TERTULIA, "run", "--rehearsal"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        process.stdout.readline()
        ready = (time.perf_counter() - started) * 1000
        time.sleep(REST_SECONDS)
        resident = _resident(process.pid)
        process.send_signal(signal.SIGINT)
        process.wait(10)
    return resident, ready


def _first_accepted() -> tuple[float, float]:
    """Milliseconds from start, on a new database, until a member's message was committed and answered 200.

    Slack delivers signed HTTP and tries again at once; Telegram is polled. Then the megabytes at rest.
    """
    with tempfile.TemporaryDirectory() as folder, town.opened() as platforms:
        address, database = f"127.0.0.1:{servers.free_port()}", f"{folder}/start.db"
        more = {"slack_signing_secret": platforms.slack.tokens["secret"], "listen_address": address}
        house = town.house(platforms, Path(folder), f"sqlite:///{database}", **more)
        platforms.slack.hook = f"http://{address}/hooks/slack"
        started = time.perf_counter()
        process = house.start("run").process
        _say_until_accepted(platforms.slack)
        accepted = (time.perf_counter() - started) * 1000
        with contextlib.closing(sqlite3.connect(database)) as rows:
            assert rows.execute("SELECT count(*) FROM activity").fetchone() == (1,), "what was accepted is there"
        time.sleep(REST_SECONDS)
        resident = _resident(process.pid)
        process.send_signal(signal.SIGINT)
        process.wait(10)
    return accepted, resident


def _say_until_accepted(slack: FakeSlack) -> None:
    said = {
        "type": "message",
        "user": town.ANA,
        "channel": town.SALON,
        "text": "Bonjour à tous",
        "ts": "1767000001.000100",
    }
    until = time.perf_counter() + PATIENCE_SECONDS
    while slack.event(said | {"channel_type": "channel"}).status != 200:
        assert time.perf_counter() < until, "nothing was ever accepted"
        time.sleep(0.005)


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")
