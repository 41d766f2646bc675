"""Runs the built image as compose would, against a real PostgreSQL and Redis, and prints the figures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests import servers
from tests.deploy import container
from tests.deploy.dockerfile import image

CONSOLE = "http://127.0.0.1:8484"
PARTS = ("listen", "worker", "clock", "console")
PATIENCE = 40.0

# Nothing but /tmp may be written, no capability is left, and the user is the image's.
RULES = """
set -u
for there in / /opt/tertulia /var/lib/tertulia /playbooks /etc; do
    if touch "$there/x" 2>/dev/null; then echo "writable: $there"; fi
done
touch /tmp/x || echo "not writable: /tmp"
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || echo "capabilities are left"
grep -q '^CapBnd:[[:space:]]*0*$' /proc/self/status || echo "capabilities can come back"
[ "$(id -u):$(id -g):$(id -G)" = 10001:10001:10001 ] || echo "another user: $(id)"
"""


def main(work: Path) -> None:
    """Everything in order; an AssertionError tells what did not hold."""
    with servers.postgres() as database, servers.redis() as queue:
        more = {"TERTULIA_DATABASE_URL": database, "TERTULIA_REDIS_URL": queue}
        assert once(work, "worker", ["/bin/sh", "-c", RULES], more) == (0, "")
        for service in ("migrate", "apply"):
            status, told = once(work, service, container.command(service), more)
            assert status == 0, told
            print(f"{service}: {told.splitlines()[0]}")
        figures = {"files": sizes(work), **hold(work, more)}
    print(json.dumps(figures, indent=1))


def hold(work: Path, more: dict[str, str]) -> dict[str, Any]:
    """The four parts together: green, a ritual held and posted, each ends with 0 on SIGTERM."""
    begun = time.monotonic()
    running = {part: container.start(work, part, container.command(part), more) for part in PARTS}
    try:
        until(lambda: set(PARTS) <= set(green(f"{CONSOLE}/healthz")))
        ready = time.monotonic() - begun
        assert green(f"{CONSOLE}/readyz") == ["database"]
        for part in PARTS:
            status, told = once(work, part, image().health, more)
            assert (status, part in told) == (0, True), (part, told)
        posts = post()
        memory = {part: resident(process.pid) for part, process in running.items()}
    finally:
        ends = {part: end(process) for part, process in running.items()}
    assert set(ends.values()) == {0}, ends
    status, told = once(work, "worker", image().health, more)
    assert status == 1, f"a container with no part in it passed for healthy: {told}"
    return {"seconds until every part is green": round(ready, 1), "posts": posts, "MB resident": memory}


def post() -> int:
    """Hold a ritual in the practice room, as a visitor's browser does; give how many posts of ours appeared."""
    with httpx.Client(base_url=CONSOLE, follow_redirects=True) as browser:
        page = browser.get("/")
        assert page.status_code == 200 and 'data-panel="slack"' in page.text
        ritual = re.search(r'data-ritual="([^"]+)"', page.text)
        space = re.search(r'name="space" value="([^"]+)"', page.text)
        assert ritual and space, "the practice room shows no ritual"
        before = page.text.count('data-author="us"')
        form = {"do": "hold", "ritual": ritual[1], "space": space[1]}
        assert browser.post("/room/act", data=form).status_code == 200
        until(lambda: browser.get("/", params={"space": space[1]}).text.count('data-author="us"') >= before + 2)
        return browser.get("/").text.count('data-author="us"') - before


def green(url: str) -> list[str]:
    """The parts that are well; none while nobody answers."""
    try:
        told = httpx.get(url, timeout=10).json()
    except httpx.TransportError:
        return []
    return [name for name, part in told["parts"].items() if part["ok"]]


def until(holds: Any) -> None:
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last, "waited in vain"
        time.sleep(0.25)


def once(work: Path, service: str, command: list[str], more: dict[str, str]) -> tuple[int, str]:
    """Run to its end; give the exit status and what was printed."""
    process = container.start(work, service, command, more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told, _ = process.communicate(timeout=60)
    return process.returncode, told


def end(process: container.Process) -> int:
    process.terminate()
    try:
        return process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def resident(pid: int) -> int:
    """Megabytes of memory that a process holds now."""
    kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert kilobytes
    return round(int(kilobytes[1]) / 1000)


def sizes(work: Path) -> dict[str, int]:
    """Megabytes on disk of what we add to the base image."""
    told = subprocess.run(
        ["du", "--summarize", "--block-size=1000000", work / "image/opt/tertulia", work / "base"],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.split()  # fmt: skip
    return {"MB in /opt/tertulia": int(told[0]), "MB in the Debian root": int(told[2])}


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
