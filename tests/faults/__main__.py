"""python -m tests.faults --seed N [--short]: break everything, then count what was lost or doubled."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import redis

from tests import databases, servers
from tests.faults import repertoire, scenes
from tests.faults.ledger import Verdict
from tests.faults.play import Scene, perform
from tests.faults.world import opened


def main() -> int:
    """0: nothing lost, nothing doubled, every fault fired."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--short", action="store_true", help="a few points, on SQLite only")
    parser.add_argument("--only", metavar="WORDS", help="scenes with these words alone, on SQLite only")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    if chosen.only:
        verdicts = only(chosen.seed, chosen.only)
    else:
        verdicts = short(chosen.seed) if chosen.short else long(chosen.seed)
    fired: Counter[str] = Counter()
    for verdict in verdicts:
        fired.update(verdict.fired)
    numbers = {name: sum(getattr(verdict, name) for verdict in verdicts) for name in ("lost", "doubled", "unknown")}
    print(json.dumps({"seed": chosen.seed, "fired": dict(sorted(fired.items())), **numbers}), flush=True)
    red = numbers["lost"] or numbers["doubled"] or any(verdict.missing for verdict in verdicts)
    return int(bool(red))


def short(seed: int) -> list[Verdict]:
    """Two crash points and a scene among people, drawn, and what every run plays, on SQLite in one process."""
    rng = random.Random(seed)
    return [_on_sqlite(rng, repertoire.some(rng))]


def only(seed: int, words: str) -> list[Verdict]:
    """The scenes that say these words: to look at one fault, or to see that a planted bug is caught."""
    chosen = [scene for scene in repertoire.every() if words in scene.what]
    return [_on_sqlite(random.Random(seed), chosen)]


def long(seed: int) -> list[Verdict]:
    """Every crash point on SQLite in one process, and on PostgreSQL with Redis and three processes."""
    rng = random.Random(seed)
    on_sqlite, on_servers = repertoire.shared_out(seed)
    return [_on_sqlite(rng, on_sqlite), _on_servers(rng, on_servers)]


def _on_sqlite(rng: random.Random, played: list[Scene]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'tertulia.db'}"
        return _perform("SQLite, one process", rng, played, folder, url)


def _on_servers(rng: random.Random, played: list[Scene]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-") as name:
        folder = Path(name)
        (folder / "pg").mkdir()
        (folder / "redis").mkdir()
        folder.chmod(0o755)
        cluster = servers.Cluster(folder / "pg")
        cluster.start()
        try:
            queue = Queue(folder / "redis")
            try:
                url = databases.new(cluster.url)
                every = [*played, *_breaks(cluster, queue)]
                return _perform("PostgreSQL and Redis, three processes", rng, every, folder, url, queue)
            finally:
                queue.stop()
        finally:
            cluster.stop()


def _breaks(cluster: servers.Cluster, queue: Queue) -> list[Scene]:
    restarted = partial(scenes.database_restarted, cluster)
    return [
        Scene("A worker is frozen in the middle of its work.", scenes.worker_frozen, ("worker frozen",)),
        Scene("The queue forgets everything.", partial(scenes.redis_lost, queue.flush), ("redis flushed",)),
        Scene("The queue is gone for a while.", partial(scenes.redis_lost, queue.away), ("redis gone",)),
        Scene("The database crashes and comes back.", restarted, ("database restarted",)),
    ]


def _perform(
    name: str, rng: random.Random, played: list[Scene], folder: Path, url: str, queue: Queue | None = None
) -> Verdict:
    print(name, flush=True)
    started = time.monotonic()
    shuffled = rng.sample(played, len(played))
    with_halls = [number for number, scene in enumerate(shuffled) if scene.hall]
    with opened(folder, url, queue.url if queue else None, len(shuffled), with_halls) as world:
        if queue is not None:
            queue.fire = world.fire
        verdict = perform(world, str(rng.random()), shuffled)
        verdict.fired = world.fired
    for fault in verdict.missing:
        print(f"  never fired: {fault}", flush=True)
    numbers = f"lost {verdict.lost}, doubled {verdict.doubled}, unknown {verdict.unknown}"
    print(f"  {numbers}, in {time.monotonic() - started:.0f} s", flush=True)
    return verdict


class Queue:
    """A Redis that can forget and go away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, servers.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.server = servers.start_redis(self.port, folder)
        self.fire: Callable[[str], None] = lambda _fault: None

    def flush(self) -> None:
        """FLUSHALL, a few times while work is under way."""
        with redis.Redis.from_url(self.url) as client:
            for _ in range(5):
                client.flushall()
                time.sleep(0.3)
        self.fire("redis flushed")

    def away(self) -> None:
        """kill -9, nothing for ten seconds, then a new and empty one."""
        self.server.kill()
        self.server.wait()
        time.sleep(10)
        for file in self.folder.rglob("*"):
            if file.is_file():
                file.unlink()
        self.server = servers.start_redis(self.port, self.folder)
        self.fire("redis gone")

    def stop(self) -> None:
        servers.stop(self.server)


if __name__ == "__main__":
    sys.exit(main())
