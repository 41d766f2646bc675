"""What `tertulia doctor` finds in the foundations; each connection's own findings are tested with its adapter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from orchestrator import boot
from orchestrator.flow.app import App
from orchestrator.settings import Settings
from orchestrator.store import migrate
from workers import doctor

ROOT = Path(__file__).parents[2]


def app(database_url: str, migrated: bool = True, **settings: object) -> App:
    one = Settings(database_url=database_url, **settings)  # type: ignore[arg-type]
    if migrated:
        store = boot.store(one)
        migrate.upgrade(store)
        store.close()
    return boot.open(one, must_fit=False)


def codes(one: App) -> list[str]:
    try:
        return [finding.code for finding in doctor.examine(one)]
    finally:
        one.store.close()


def test_nothing_is_wrong_with_a_fresh_house(database_url: str) -> None:
    assert codes(app(database_url)) == []


def test_an_empty_database_is_found(sqlite_url: str) -> None:
    assert codes(app(sqlite_url, migrated=False)) == ["D101"]


def test_a_database_that_is_away_is_found() -> None:
    assert codes(app("postgresql+psycopg://nobody@127.0.0.1:9/none", migrated=False)) == ["D102"]


def test_redis_that_is_away_is_found(sqlite_url: str) -> None:
    assert codes(app(sqlite_url, redis_url=SecretStr("redis://127.0.0.1:9/0"))) == ["D111"]


def test_redis_that_may_throw_bells_away_is_found(sqlite_url: str, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert codes(app(sqlite_url, redis_url=SecretStr(redis_url))) == ["D112"]
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert codes(app(sqlite_url, redis_url=SecretStr(redis_url))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("playbook: x\n", ["D122"]),
        (None, ["D121"]),
    ],
)
def test_playbooks_are_looked_at(sqlite_url: str, tmp_path: Path, text: str | None, expected: list[str]) -> None:
    folder = tmp_path / "mine"
    if text is not None:
        folder.mkdir()
        (folder / "x.yaml").write_text(text)

    assert codes(app(sqlite_url, playbooks=folder)) == expected


def test_a_connection_without_a_token_is_never_rehearsed_by_accident(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "playbook: x\nlanguage: en\ntimezone: UTC\nspaces:\n  hall: {telegram: '@hall'}\n"
        "rituals:\n  ask:\n    when: every monday at 10:00\n    where: hall\n    prompt: {ask: [How are you?]}\n"
    )
    one = app(
        sqlite_url,
        playbooks=tmp_path,
        slack_bot_token=SecretStr("xoxb-1"),
        slack_api_url="http://127.0.0.1:9",
        slack_app_token=SecretStr("xapp-1"),
    )

    assert "telegram" not in one.adapters
    assert "D131" in codes(one)


def test_every_finding_is_explained() -> None:
    page = (ROOT / "docs/doctor.md").read_text()
    source = (ROOT / "workers/doctor.py").read_text()

    for code in set(re.findall(r'"(D\d{3})"', source)):
        assert f"| {code} |" in page
