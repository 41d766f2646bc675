"""The world of a fault run: two fake platforms, a database, perhaps Redis, and the house's real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.crash import VARIABLE
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from tests import servers
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram
from tests.faults import halls, square

#: Seconds a lost reply is settled by evidence in these runs (60 in production).
SETTLE_SECONDS = 6

#: Seconds after which what was waited for will not come: several leases of a dead worker, on a busy machine.
PATIENCE = 150.0

#: Parts that may end by themselves in one run, each started again.
GIVE_UPS = 12

CHANNELS = ("C0SALON", "C0ATELIER")
CHATS = ("-1001", "-1002")
ANA = ("U0ANA", 501)

HEAD = """\
playbook: circle
language: en
timezone: {zone}
people:
  ana: {{slack: U0ANA, telegram: "501"}}
spaces:
  salon: {{slack: C0SALON, telegram: "-1001"}}
  atelier: {{slack: C0ATELIER, telegram: "-1002"}}
pace: {{quiet_hours: "02:00-03:00", posts: 500 per day, our_share: {{at_most: 100%}}, stop_after: 500 unanswered runs}}
rituals:
"""
RITUAL = """\
  r{number:02}:
    when: on 2099-01-01 at 12:00
    where: [salon, atelier]
    prompt: {{ask: ["Question r{number:02} ?"], open_for: 2 days}}
"""


def playbook(rituals: int) -> str:
    """A playbook whose rituals are only held by hand, in a zone where it is about noon."""
    return HEAD.format(zone=noon()) + "".join(RITUAL.format(number=n) for n in range(rituals))


def noon() -> str:
    """A zone in which it is about noon now."""
    behind = (datetime.now(UTC).hour - 12 + 12) % 24 - 12
    return f"Etc/GMT{behind:+d}"


@dataclass
class World:
    """Everything of one run. `parts`: the processes of the house; one empty name is all in one."""

    folder: Path
    slack: FakeSlack
    telegram: FakeTelegram
    database_url: str
    redis_url: str | None
    parts: tuple[str, ...]
    env: dict[str, str]
    store: Store
    app: App
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    gave_up: int = 0
    outside: set[str] = field(default_factory=set)  # parts that we killed

    def fire(self, fault: str, times: int = 1) -> None:
        """Count a fault that was seen to happen."""
        self.fired[fault] = self.fired.get(fault, 0) + times

    def command(self, *arguments: str) -> None:
        """Run one `tertulia` command to its end."""
        subprocess.run([*TERTULIA, *arguments], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def start(self, crash_at: str = "") -> None:
        """Start every part that is not running; each kills itself at that point."""
        for part in self.parts:
            if part in self.running:  # if it died just now, `killed` is still to tell of it
                continue
            with (self.folder / "log").open("ab") as log:
                self.running[part] = subprocess.Popen(
                    [*TERTULIA, "run", *filter(None, [part])],
                    env=self.env | ({VARIABLE: crash_at} if crash_at else {}),
                    stdout=log,
                    stderr=log,
                )

    def killed(self) -> int:
        """How many parts killed themselves since last asked. Whatever ended is to be started again.

        A part that was just starting while the database was away ends by itself, with a sentence; a
        supervisor starts it again. One that keeps doing so is a bug.
        """
        dead = {part: process.returncode for part, process in self.running.items() if process.poll() is not None}
        for part, code in dead.items():
            del self.running[part]
            self.gave_up += code != -signal.SIGKILL
            if self.gave_up > GIVE_UPS:
                log = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"the part {part or 'house'} ended with {code}:\n{log[-4000:]}")
        by_us = dead.keys() & self.outside
        self.outside -= by_us
        return sum(code == -signal.SIGKILL for part, code in dead.items() if part not in by_us)

    def kill(self, part: str) -> None:
        """kill -9 from outside."""
        if (process := self.running.get(part)) is not None:
            self.outside.add(part)
            process.kill()
            process.wait()

    def freeze(self, part: str) -> None:
        """Stop a part in the middle of whatever it does, for it to go on at `thaw`."""
        self.running[part].send_signal(signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        """Let a frozen part go on."""
        self.running[part].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End every part, kindly."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()


TERTULIA = (sys.executable, "-c", "from orchestrator.cli import main; main()")


def wait_for(what: str, holds: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until it holds; False after `seconds`, said aloud."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    print(f"  waited {seconds:.0f} s in vain: {what}", flush=True)
    return False


@contextlib.contextmanager
def opened(
    folder: Path, database_url: str, redis_url: str | None, rituals: int, with_halls: Collection[int] = ()
) -> Iterator[World]:
    """Make a world; with Redis the parts are processes of their own. with_halls: scenes with a hall of their own."""
    slack, telegram = _slack(), _telegram()
    port = servers.free_port()
    slack.hook = f"http://127.0.0.1:{port}/hooks/slack"
    (folder / "playbooks").mkdir()
    (folder / "playbooks/circle.yaml").write_text(playbook(rituals))
    (folder / "playbooks/square.yaml").write_text(square.playbook(noon(), rituals))
    for number in with_halls:
        halls.build(slack, telegram, number)
        (folder / f"playbooks/hall{number:02}.yaml").write_text(halls.playbook(noon(), number))
    env = {name: value for name, value in os.environ.items() if not name.startswith("TERTULIA_")} | {
        "TERTULIA_DATABASE_URL": database_url,
        "TERTULIA_PLAYBOOKS": str(folder / "playbooks"),
        "TERTULIA_SLACK_BOT_TOKEN": slack.tokens["bot"],
        "TERTULIA_SLACK_SIGNING_SECRET": slack.tokens["secret"],
        "TERTULIA_SLACK_API_URL": slack.url,
        "TERTULIA_TELEGRAM_TOKEN": telegram.token,
        "TERTULIA_TELEGRAM_API_URL": telegram.url,
        "TERTULIA_LISTEN_ADDRESS": f"127.0.0.1:{port}",
        "TERTULIA_CONSOLE_ADDRESS": f"127.0.0.1:{servers.free_port()}",
        "TERTULIA_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "TERTULIA_WORKER_THREADS": "4",
    }
    if redis_url is not None:
        env["TERTULIA_REDIS_URL"] = redis_url
    store = Store(database_url)
    app = App(settings=Settings(), store=store, adapters={}, render=Renderer(None))
    parts = ("",) if redis_url is None else ("listen", "worker", "clock")
    world = World(folder, slack, telegram, database_url, redis_url, parts, env, store, app)
    world.command("migrate")
    world.command("apply")
    try:
        yield world
    finally:
        world.stop()
        store.close()
        slack.stop()
        telegram.close()


def _slack() -> FakeSlack:
    fake = FakeSlack()
    fake.workspace.add_user("U0ANA", "Ana")
    for channel in CHANNELS:
        fake.workspace.add_channel(channel, channel.lower(), "U0ANA")
    square.on_slack(fake)
    return fake


def _telegram() -> FakeTelegram:
    fake = FakeTelegram()
    fake.person(501, "Ana", started=True)
    for chat in CHATS:
        fake.group(int(chat), f"group {chat}")
    square.on_telegram(fake)
    return fake
