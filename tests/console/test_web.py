"""The console's pages and answers for programs, without a browser."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.console import web
from orchestrator.flow.app import App
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, Run
from tests import servers
from tests.circle import NOON

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


def ask(app: App, method: str, path: str, **form: str) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(web.console(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8484") as browser:
            return await browser.request(method, path, data=form or None)

    return asyncio.run(once())


def app(store: Store, **facts: Any) -> App:
    return App(settings=Settings(), store=store, adapters={}, render=Renderer(None), now=lambda: NOON, **facts)


def test_with_real_connections_there_is_no_practice_room(sqlite_store: Store) -> None:
    here = app(sqlite_store, rehearses=False)

    assert "Real connections are on" in ask(here, "GET", "/room").text
    held = ask(here, "POST", "/room/act", do="hold", ritual="cercle/question")
    assert (held.status_code, "Real connections are on" in held.text) == (404, True)
    with sqlite_store.read() as session:
        assert session.query(Run).count() == 0


def test_a_rehearsal_has_its_practice_room(sqlite_store: Store) -> None:
    assert "No playbook is applied yet" in ask(app(sqlite_store, rehearses=True), "GET", "/room").text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_database_that_refuses_is_red_in_json(path: str) -> None:
    store = Store(NOWHERE)

    answer = ask(app(store), "GET", path)

    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert answer.json()["parts"]["database"]["mend"]
    assert ask(app(store), "GET", "/metrics").status_code == 503
    store.close()


def test_a_database_that_takes_the_call_and_says_nothing_is_red() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = Store(f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing")
        answer = ask(app(store), "GET", "/healthz")
        store.close()

    assert (answer.status_code, answer.json()["parts"]["database"]["ok"]) == (503, False)


def test_a_database_that_comes_back_is_green_again_with_no_help() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not below pytest's, where only root may look
        _comes_back(servers.Cluster(Path(folder)))


def database_is_well(store: Store) -> bool:
    well: bool = ask(app(store), "GET", "/healthz").json()["parts"]["database"]["ok"]
    return well


def _comes_back(cluster: servers.Cluster) -> None:
    cluster.start()
    store = Store(cluster.url)
    Base.metadata.create_all(store.engine)
    try:
        assert database_is_well(store)
        cluster.stop(signal.SIGQUIT)
        assert not database_is_well(store)
        cluster.start()
        assert database_is_well(store)
    finally:
        store.close()
        cluster.stop()
