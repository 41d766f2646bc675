"""What the tests need from the machine: says in one sentence what is missing, or installs it as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests import servers

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """The path of Chromium. Raises servers.Missing."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise servers.Missing("no Chromium on PATH: apt install chromium (or any package that brings `chromium`)")


def main() -> int:
    """Check every need; install Debian's Chromium when we may."""
    if not any(shutil.which(name) for name in BROWSERS) and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium for the browser tests …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, stdout=subprocess.DEVNULL)
    try:
        browser(), servers.redis_binary(), servers.postgres_binary("postgres")
    except servers.Missing as missing:
        print(f"make test: {missing}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
