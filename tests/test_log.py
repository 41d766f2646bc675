"""Logs stand on standard error, without secrets, so that what a command prints can be read by programs."""

from __future__ import annotations

import subprocess
import sys

TOLD = "from orchestrator import log; log.get('x').warning('thing.failed', token='xoxb-1-secret'); print('[]')"


def test_a_warning_never_stands_in_what_a_command_prints() -> None:
    done = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
    assert "thing.failed" in done.stderr
    assert "secret" not in done.stderr
