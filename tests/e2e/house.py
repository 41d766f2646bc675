"""The real program as its users run it: processes with settings, a folder of playbooks, and fake platforms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")

ROOT = Path(__file__).parents[2]

#: Seconds until a test gives up; generous, because the machine may be busy.
PATIENCE = 60.0
EXIT_PATIENCE = 10.0


def until(look: Callable[[], Value | None], what: str, seconds: float = PATIENCE) -> Value:
    """Look again until there is something; an error naming `what` when there never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


@dataclass
class Part:
    """One process of the house. Its output goes to files, so that it can never wait for a reader."""

    name: str
    output: Path
    log: Path
    process: subprocess.Popen[bytes]

    def wait_until_ready(self) -> str:
        """Its first line of output, which must be that it is ready."""

        def look() -> str | None:
            assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}"
            first, end, _ = self.output.read_text().partition("\n")
            return first if end else None

        line = until(look, f"{self.name} is ready")
        assert line.startswith("ready"), line
        return line

    def said(self) -> str:
        """All that it printed and logged."""
        return self.output.read_text(errors="replace") + self.log.read_text(errors="replace")

    def ended(self, since: float) -> int:
        """Wait for its end and give the exit status; tells how long it took since that monotonic moment."""
        status = self.process.wait(EXIT_PATIENCE)
        print(f"{self.name} ended after {time.monotonic() - since:.2f} s")
        return status


@dataclass
class House:
    """A folder, its settings, and the processes that were started from it."""

    folder: Path
    settings: dict[str, str]
    parts: list[Part] = field(default_factory=list)

    def start(self, *arguments: str, **more: str) -> Part:
        """Start `tertulia ARGUMENTS` in the background, with more settings of its own."""
        name = f"{len(self.parts)}-{'-'.join(arguments)}"
        output, log = self.folder / f"{name}.out", self.folder / f"{name}.log"
        with output.open("wb") as sink, log.open("wb") as log_sink:
            process = subprocess.Popen(
                command(*arguments),
                cwd=self.folder,
                env=self._environment(more),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=log_sink,
            )
        part = Part(name, output, log, process)
        self.parts.append(part)
        return part

    def tertulia(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env=self._environment({}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def facts(self, *arguments: str) -> Any:
        """What a command prints for programs. Its exit status must be 0."""
        done = self.tertulia(*arguments, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def close(self) -> None:
        """Stop what still runs, and show what every process said (pytest prints it when the test failed)."""
        for part in self.parts:
            if part.process.poll() is None:
                part.process.terminate()
        for part in self.parts:
            try:
                part.process.wait(EXIT_PATIENCE)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait(EXIT_PATIENCE)
            print(f"--- {part.name} ended with {part.process.returncode}\n{part.said()}")

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TERTULIA_")}
        return {**kept, "PYTHONPATH": str(ROOT), "TZ": "UTC", **self.settings, **more}


def command(*arguments: str) -> Sequence[str]:
    """The program's command line, with the Python that runs the tests."""
    return [sys.executable, "-m", "orchestrator", *arguments]
