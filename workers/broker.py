"""The queue, which is only a bell: Redis between processes, Dramatiq's in-memory broker inside one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker

from orchestrator.settings import Settings

if TYPE_CHECKING:
    import redis

#: Milliseconds without a heartbeat after which another worker takes a dead one's bells back.
HEARTBEAT_MS = 15_000

#: Of a million commands, how many look for dead workers: all. The default (1,000) left work lying
#: for over 540 s in a measured run.
ALWAYS = 1_000_000


def connect(settings: Settings) -> Broker:
    """A broker with no middleware: no retries, no results, no time limits. Rows are the record."""
    if settings.redis_url is None:
        return StubBroker(middleware=[])
    from dramatiq.brokers.redis import RedisBroker  # 6 MB that a process without Redis does without

    return RedisBroker(  # type: ignore[no-untyped-call]
        client=client(settings),
        middleware=[],
        namespace="tertulia",
        maintenance_chance=ALWAYS,
        heartbeat_timeout=HEARTBEAT_MS,
    )


def client(settings: Settings) -> redis.Redis:
    """A Redis client that never repeats a command by itself (a repeated enqueue rings twice)."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    assert settings.redis_url is not None
    return redis.Redis.from_url(
        settings.redis_url.get_secret_value(),
        retry=Retry(NoBackoff(), 0),
        socket_timeout=2,
        socket_connect_timeout=2,
        health_check_interval=15,
    )
