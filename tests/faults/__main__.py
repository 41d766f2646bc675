"""python -m tests.faults --seed N [--short]: break everything, then count what was lost or doubled."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import redis

from tests import servers
from tests.conftest import new_database
from tests.faults import play
from tests.faults.ledger import Verdict
from tests.faults.play import Play, Scene
from tests.faults.world import opened

#: Scenes of the short run, besides the faults that every run plays.
SHORT_POINTS = 2

#: What must have been seen to happen, or the run proves nothing.
ALWAYS = ("slack reply dropped", "telegram reply dropped", "slack too fast", "telegram too fast", "slack server error")


def main() -> int:
    """0: nothing lost, nothing doubled, every fault fired."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--short", action="store_true", help="a few points, on SQLite only")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    result, expected = short(chosen.seed) if chosen.short else long(chosen.seed)
    missing = [fault for fault in expected if not result["fired"].get(fault)]
    for fault in missing:
        print(f"never fired: {fault}", flush=True)
    print(json.dumps(result), flush=True)
    return int(bool(missing or result["lost"] or result["doubled"]))


Result = tuple[dict[str, Any], list[str]]


def short(seed: int) -> Result:
    """A few crash points, drawn by the seed, on SQLite in one process."""
    rng = random.Random(seed)
    drawn = rng.sample(play.points(), SHORT_POINTS)
    verdict, fired = _on_sqlite(rng, drawn, [play.replies_dropped, play.refused_for_a_while, play.killed_from_outside])
    return _result(seed, [(verdict, fired)], drawn)


def long(seed: int) -> Result:
    """Every crash point on SQLite in one process, and on PostgreSQL with Redis and three processes."""
    rng = random.Random(seed)
    every = play.points()
    others: list[Scene] = [play.replies_dropped, play.refused_for_a_while, play.killed_from_outside]
    worlds = [_on_sqlite(rng, every, others), _on_servers(rng, every, others)]
    result, expected = _result(seed, worlds, every)
    return result, [*expected, "redis flushed", "redis gone", "database restarted"]


def _result(seed: int, worlds: list[tuple[Verdict, dict[str, int]]], points: list[str]) -> Result:
    fired: dict[str, int] = {}
    for _, seen in worlds:
        for fault, times in seen.items():
            fired[fault] = fired.get(fault, 0) + times
    numbers = {name: sum(getattr(verdict, name) for verdict, _ in worlds) for name in ("lost", "doubled", "unknown")}
    expected = [*(f"killed at {point}" for point in points), *ALWAYS, "killed from outside", "disorder inbound"]
    return {"seed": seed, "fired": dict(sorted(fired.items())), **numbers}, expected


def _on_sqlite(rng: random.Random, points: list[str], others: list[Scene]) -> tuple[Verdict, dict[str, int]]:
    print("SQLite, one process", flush=True)
    scenes = _shuffled(rng, [*map(play.killed_at, points), *others])
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-") as name:
        folder = Path(name)
        with opened(folder, f"sqlite:///{folder / 'tertulia.db'}", None, len(scenes)) as world:
            return play.perform(world, rng, scenes), world.fired


def _on_servers(rng: random.Random, points: list[str], others: list[Scene]) -> tuple[Verdict, dict[str, int]]:
    print("PostgreSQL and Redis, three processes", flush=True)
    with tempfile.TemporaryDirectory(prefix="tertulia-faults-") as name:
        folder = Path(name)
        (folder / "pg").mkdir()
        (folder / "redis").mkdir()
        folder.chmod(0o755)
        cluster = servers.Cluster(folder / "pg")
        cluster.start()
        queue = Queue(folder / "redis")
        breaks = [
            _named(partial(play.redis_lost, broken=queue.flush), "The queue forgets everything."),
            _named(partial(play.redis_lost, broken=queue.away), "The queue is gone for a while."),
            _named(partial(play.database_restarted, cluster=cluster), "The database crashes and comes back."),
        ]
        scenes = _shuffled(rng, [*map(play.killed_at, points), *others, *breaks])
        try:
            with opened(folder, new_database(cluster.url), queue.url, len(scenes)) as world:
                queue.fire = world.fire
                return play.perform(world, rng, scenes), world.fired
        finally:
            queue.stop()
            cluster.stop()


def _named(scene: Callable[..., None], doc: str) -> Scene:
    def named(on: Play, number: int) -> None:
        scene(on, number)

    named.__doc__ = doc
    return named


def _shuffled(rng: random.Random, scenes: list[Scene]) -> list[Scene]:
    rng.shuffle(scenes)
    return scenes


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
