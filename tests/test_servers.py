"""The servers that other tests stand on."""

from __future__ import annotations

import redis
from sqlalchemy import text

from orchestrator.store.session import Store


def test_a_store_on_each_database_answers(store: Store) -> None:
    with store.read() as session:
        assert session.execute(text("SELECT count(*) FROM run")).scalar_one() == 0


def test_redis_keeps_what_it_is_told(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("k", "v")
        assert client.get("k") == b"v"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
