"""Bench (a): wire bytes to rows with all roll-ups, beside the usual bot, in one alternation.

Ours: Slack's bytes → thin decode → bus → (replies to a prompt: inbox → receive) → rows. Theirs: Bolt,
an insert and its upserts, a commit an event. Same bytes, same tables, same durability (fsync on both
databases; SQLite with synchronous FULL); both write what they keep before they acknowledge.

"The same stored facts" are compared row by row before anything is timed: activity, the four roll-ups (total,
space and day, week, month), questions with their texts, answers, and the reaction owed to each first answer,
which is stored to be sent. Nobody sends it here: calls to the platform cost both sides alike. Ours also looks up or
makes its members, and leaves a row a commit of what is to be derived; theirs knows them all from the start.
"""

from __future__ import annotations

import contextlib
import gc
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from sqlalchemy import text

from adapters.slack.inbound import read
from adapters.slack.wire import read_wire
from benchmarks.circle import Circle, make
from benchmarks.cpu import Meter
from benchmarks.usual_bot import Bot
from benchmarks.wire import START, Talk, bodies
from orchestrator.bus import Bus
from orchestrator.flow.app import App
from orchestrator.flow.receive import receive
from orchestrator.ports import Inbound
from orchestrator.render import Renderer
from orchestrator.settings import Settings
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, to_us
from tests import servers
from workers.process import settle_memory

#: Inbounds published at once: what gathers while a commit runs; and a backlog, as after an hour away.
BATCH, BACKLOG = 500, 2_000

#: Events that each side takes before it is timed, so that both are as they are an hour after their start: our
#: statements are compiled, theirs are prepared, pages are in memory.
WARM = 2_000

#: Inbounds published between two rounds of receiving: about 500 of them wait for their effects. Under a lighter
#: load the worker receives sooner, in smaller rounds, and each costs more.
ROUND = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure: events for ours and theirs, and how often the two take turns."""

    ours: int
    theirs: int
    turns: int


FULL, SHORT = Size(60_000, 3_000, 3), Size(10_000, 600, 1)


def _busy(events: int) -> Talk:
    return Talk(events, 200)


def _worst(events: int) -> Talk:
    return Talk(events, 20_000, in_turn=True)


#: Who talks, and how many inbounds are published at once.
CASES: dict[str, tuple[Callable[[int], Talk], int]] = {
    "busy circle of 200": (_busy, BATCH),
    "worst case, every event another member": (_worst, BATCH),
    "busy circle of 200, 2,000 at once": (_busy, BACKLOG),
    "worst case, 2,000 at once": (_worst, BACKLOG),
}


def measure(short: bool) -> list[dict[str, Any]]:
    """Microseconds of CPU of all processes an event: medians of the turns."""
    size = SHORT if short else FULL
    rows = []
    for database in ("PostgreSQL", "SQLite"):
        for case, (talk, batch) in CASES.items():
            rows.append(_compare(f"inbound, {case}, {database}", database, talk, batch, size))
    return rows


def _compare(figure: str, database: str, talk: Callable[[int], Talk], batch: int, size: Size) -> dict[str, Any]:
    ours, theirs = [], []
    with _databases(database, talk(1).people) as fresh:
        _same_facts(fresh, bodies(talk(600)))
        many, few = bodies(talk(WARM + size.ours)), bodies(talk(WARM + size.theirs))
        for _ in range(size.turns):
            theirs.append(_theirs(fresh(), few))
            ours.append(_ours(fresh(), many, batch))
    mine, other = statistics.median(ours), statistics.median(theirs)
    unit = "µs CPU of all processes an event"
    return {
        "figure": figure,
        "ours": round(mine, 1),
        "theirs": round(other, 1),
        "ratio": round(other / mine, 1),
        "unit": unit,
    }


@dataclass(slots=True)
class Fresh:
    """An empty database with the circle in it, and the process id of its server."""

    store: Store
    here: Circle
    server: int | None


@contextlib.contextmanager
def _databases(database: str, people: Sequence[str]) -> Iterator[Any]:
    """A function that makes fresh databases of one kind, with these members in them."""
    with contextlib.ExitStack() as stack:
        if database == "SQLite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            names = (f"sqlite:///{folder / f'{n}.db'}" for n in range(100))
            yield lambda: _fresh(next(names), None, people)
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tertulia-pg-")))
        cluster = servers.Cluster(folder)
        stack.callback(cluster.stop)
        cluster.start()
        assert cluster.server is not None
        pid = cluster.server.pid
        yield lambda: _fresh(_emptied(cluster.url), pid, people)


def _emptied(url: str) -> str:
    store = Store(url)
    Base.metadata.drop_all(store.engine)
    store.close()
    return url


def _fresh(url: str, server: int | None, people: Sequence[str]) -> Fresh:
    store = Store(url)
    Base.metadata.create_all(store.engine)
    here = make(store, people)
    with store.engine.connect() as connection:  # statistics and files as in a database that has lived a day
        connection.execute(text("ANALYZE"))
        connection.commit()
    return Fresh(store, here, server)


def _ours(fresh: Fresh, wire: list[bytes], batch: int) -> float:
    bus, app = _open(fresh)
    usual = gc.get_threshold()
    settle_memory()  # as a process of ours does once it runs
    try:
        _publish(bus, app, wire[:WARM], batch)
        with Meter(fresh.server) as meter:
            _publish(bus, app, wire[WARM:], batch)
    finally:
        gc.set_threshold(*usual)  # the usual bot does no such thing
        gc.unfreeze()
    bus.close()
    fresh.store.close()
    return meter.cpu / len(wire[WARM:]) * 1e6


def _open(fresh: Fresh) -> tuple[Bus, App]:
    return Bus(fresh.store, _now), App(Settings(), fresh.store, {}, Renderer(None), _now)


def _now() -> datetime:
    return START + timedelta(days=1)


def _publish(bus: Bus, app: App, wire: list[bytes], batch: int) -> None:
    """As a worker does under a flood: it receives when about a batch of replies has gathered, and at the end."""
    for start in range(0, len(wire), batch):
        bus.publish("slack", [one for body in wire[start : start + batch] for one in _decode(body)])
        if start % ROUND == 0:
            receive(app)
    while receive(app):
        pass


def _decode(body: bytes) -> list[Inbound]:
    found = read_wire(body)
    if found is None:
        slow = read(msgspec.json.decode(body))
        return slow if isinstance(slow, list) else []
    return found


def _theirs(fresh: Fresh, wire: list[bytes]) -> float:
    with _driver(fresh) as bot:
        for body in wire[:WARM]:
            bot.feed(body)
        with Meter(fresh.server) as meter:
            for body in wire[WARM:]:
                bot.feed(body)
    fresh.store.close()
    return meter.cpu / len(wire[WARM:]) * 1e6


@contextlib.contextmanager
def _driver(fresh: Fresh) -> Iterator[Bot]:
    here = {
        "community": fresh.here.community_id,
        "connection": fresh.here.connection_id,
        "space": fresh.here.space_id,
        "places": fresh.here.places,
        "run": fresh.here.run_id,
        "people": fresh.here.people,
        "path": fresh.here.path,
        "now": to_us(_now()),
    }
    url = fresh.store.engine.url
    if fresh.store.is_sqlite:
        plain = sqlite3.connect(str(url.database))
        plain.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        yield Bot(plain, here, marks="?")
        plain.close()
        return
    with psycopg.connect(host=url.host, port=url.port, user=url.username, dbname=url.database) as connection:
        yield Bot(connection, here, marks="%s")


def _same_facts(fresh: Any, wire: list[bytes]) -> None:
    """Both sides keep the same rows, or there is nothing to compare."""
    mine = fresh()
    bus, app = _open(mine)
    _publish(bus, app, wire, BATCH)
    bus.close()
    kept = _rows(mine.store)
    mine.store.close()
    other = fresh()
    with _driver(other) as bot:
        for body in wire:
            bot.feed(body)
    same = _rows(other.store)
    other.store.close()
    if kept != same:
        different = [name for name in kept if kept[name] != same[name]]
        raise AssertionError(f"the two sides keep different rows in {', '.join(different)}")


KEPT = {
    "activity": "a.place_id, a.ref, a.kind, a.mark, a.day, a.at, a.thread_ref, a.length, a.flags",
    "question": "a.place_id, a.ref, a.message_ref, a.at, a.text",
    "member_total": "a.n, a.first_at, a.last_at",
    "member_day": "a.space_id, a.day, a.n",
    "member_week": "a.week, a.n, a.days",
    "member_month": "a.month, a.n, a.days",
    "answer": "a.run_id, a.stage, a.message_ref, a.said_at, a.text",
}

#: Reactions owed: of no member, told by the message they are for.
OWED = """SELECT key, run_id, stage, target, connection_id, place_id, body, digest, counts, unasked, if_unsure, state,
not_before, late_until, token, tries, looks FROM delivery WHERE stage = 'heard'"""


def _rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.read() as session:
        owed = {"delivery": sorted(tuple(row) for row in session.execute(text(OWED)))}
        return owed | {
            table: sorted(
                tuple(row)
                for row in session.execute(
                    text(f"SELECT h.ref, {columns} FROM {table} a JOIN handle h ON h.member_id = a.member_id")
                )
            )
            for table, columns in KEPT.items()
        }
