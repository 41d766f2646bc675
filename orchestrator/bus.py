"""The common bus: what adapters hear becomes rows, durably and once, in shared commits."""

from __future__ import annotations

import struct
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import TertuliaError
from orchestrator.ports import Inbound
from orchestrator.rules.days import LocalDays
from orchestrator.rules.flags import QUESTION
from orchestrator.store import activity, inbound, sharing, tombstones, topics
from orchestrator.store.known import Known
from orchestrator.store.members import HandleKey
from orchestrator.store.places import LivePlace
from orchestrator.store.session import Store, again_if_ended
from orchestrator.store.tables import from_us, to_us
from orchestrator.store.texts import Texts

logger = log.get("bus")

#: Inbounds in one commit: a backlog of members' talk touches the same roll-ups again and again.
CAP = 2_000

#: Kinds that are kept at once when nothing must react to them.
COUNTED = frozenset({"said", "reacted", "unreacted"})

#: Kinds that concern us wherever they come from; all others only from places that a playbook names.
ANYWHERE = frozenset({"pressed", "submitted", "commanded", "voted", "moved", "added", "removed"})

#: What an inbound that cannot be kept raises; a database that is away raises others.
BAD_DATA = (DataError, IntegrityError, ValueError, OverflowError, TypeError, struct.error)

Arrived: TypeAlias = tuple[str, Inbound]
"""The name of the connection, and what came over it."""

Counted: TypeAlias = tuple[LivePlace, HandleKey, Inbound]
"""Where it was said or done, who did it, and what."""


class NotKept(TertuliaError):
    """The database did not take it: the platform must deliver it again."""


class _Batch:
    """What shares one commit, and those who wait for it."""

    __slots__ = ("arrived", "done", "error", "waits")

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.done = threading.Event()
        self.error: Exception | None = None
        self.waits = False  # an inbox row was written


class Bus:
    """Keeps inbounds. One thread commits what gathered while its last commit ran; there is no timer.

    Two buses on one database, in one process or in several, keep exact counts together.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._known = Known()
        self._batches: deque[_Batch] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def publish(self, connection: str, inbounds: Sequence[Inbound]) -> bool:
        """Keep these; return after the commit. True: some of it waits in the inbox, so ring "receive".

        Raises NotKept when the database did not take them. Published again they change nothing.
        """
        if not inbounds:
            return False
        batch = self._join([(connection, one) for one in inbounds])
        batch.done.wait()
        if batch.error is not None:
            raise NotKept("the database did not take what arrived") from batch.error
        return batch.waits and not all(is_counted(one) for one in inbounds)

    def close(self) -> None:
        """Keep what was published, then end."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _join(self, arrived: list[Arrived]) -> _Batch:
        with self._wake:
            if self._closed:
                raise NotKept("the bus is closed")
            if not self._batches or len(self._batches[-1].arrived) + len(arrived) > CAP:
                self._batches.append(_Batch())
                self._wake.notify()
            batch = self._batches[-1]
            batch.arrived += arrived
            if self._thread is None:  # late, so that a process may fork before
                self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
                self._thread.start()
            return batch

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                for start in range(0, len(batch.arrived), CAP):
                    batch.waits |= self._keep(batch.arrived[start : start + CAP])
            except Exception as error:
                logger.warning("bus.not_kept", n=len(batch.arrived), error=type(error).__name__)
                batch.error = error
            batch.done.set()

    def _next(self) -> _Batch | None:
        with self._wake:
            while not self._batches:
                if self._closed:
                    return None
                self._wake.wait()
            return self._batches.popleft()

    def _keep(self, arrived: Sequence[Arrived]) -> bool:
        """Commit these; what cannot be kept is parked, alone. True: an inbox row was written."""
        try:
            return again_if_ended(self._commit, arrived)
        except BAD_DATA as error:
            self._known.forget()
            if len(arrived) == 1:
                return self._park(arrived[0], error)
            half = len(arrived) // 2
            first = self._keep(arrived[:half])
            return self._keep(arrived[half:]) or first
        except DBAPIError:
            self._known.forget()
            raise

    def _commit(self, arrived: Sequence[Arrived]) -> bool:
        with self._store.write() as session:
            self._known.agree(sharing.enter(session))
            waiting, counted = self._sort(session, arrived)
            if waiting:
                inbound.put(session, waiting, self._now())
            learned = self._count(session, counted)
            crash_point("bus.before_commit")
        crash_point("bus.after_commit")
        self._known.learn(learned)
        return bool(waiting)

    def _sort(self, session: Session, arrived: Sequence[Arrived]) -> tuple[list[tuple[int, Inbound]], list[Counted]]:
        """Split into what waits for its effects and what is only counted; drop what is none of ours."""
        known = self._known
        ids = {name: known.connection(session, name) for name in {name for name, _ in arrived}}
        refs = {(ids[name], one.place_ref) for name, one in arrived}
        known.look(session, {(connection_id, ref) for connection_id, ref in refs if connection_id and ref})
        waiting: list[tuple[int, Inbound]] = []
        counted: list[Counted] = []
        astray: list[tuple[int, Inbound]] = []
        for name, one in arrived:
            connection_id = ids[name]
            if connection_id is None:
                continue
            if one.to_us or one.kind not in COUNTED:
                if one.to_us or one.kind in ANYWHERE or known.about(connection_id, one):
                    waiting.append((connection_id, one))
            elif one.member_ref and one.message_ref:
                places = known.places(connection_id, one.place_ref, one.thread_ref)
                if not places and one.kind != "said" and known.everywhere(connection_id, one.place_ref):
                    astray.append((connection_id, one))
                for place in places:
                    counted.append((place, (connection_id, place.community_id, one.member_ref), one))
        if astray:
            waiting += self._find_topics(session, astray, counted)
        if (dropped := len(arrived) - len(waiting) - len(counted)) > 0:
            logger.debug("bus.dropped", n=dropped)
        return waiting, counted

    def _find_topics(
        self, session: Session, astray: Sequence[tuple[int, Inbound]], counted: list[Counted]
    ) -> list[tuple[int, Inbound]]:
        """Count reactions in the topic of their message. Give those whose message nobody knows: they wait for it.

        No bell rings for them, so it is the sweep that finds them.
        """
        lost = []
        for (connection_id, one), places in zip(astray, topics.of_messages(session, self._known, astray), strict=True):
            for place in places:
                counted.append((place, (connection_id, place.community_id, one.member_ref or ""), one))
            if not places:
                lost.append((connection_id, one))
        return lost

    def _count(self, session: Session, counted: Sequence[Counted]) -> dict[HandleKey, int]:
        """Keep the facts; give the members that were looked up, to be remembered after the commit."""
        known = self._known
        members = known.members
        new = [(key, one) for _, key, one in counted if key not in members]
        if new:
            known.meet(session, {key[:2] for key, _ in new})
            new = [(key, one) for key, one in new if key not in members]
        arrived_at = self._now()
        names = {key: str(one.data.get("name", "")) for key, one in new}
        heard = last_heard(new, arrived_at) if known.tombstones_key else {}
        learned = known.resolve(session, names, heard)
        now = to_us(arrived_at)
        calendars: dict[int, LocalDays] = {}
        facts, texts = [], Texts()
        for place, key, one in counted:
            member_id = members.get(key) or learned.get(key)
            if member_id is None:
                continue  # erased since
            place_id, at = place.place_id, now if one.at is None else one.at
            calendar = calendars.get(place_id)
            if calendar is None:
                calendar = calendars[place_id] = known.days(place)
            facts.append(fact := activity.fact(one, place_id, member_id, calendar(at), at))
            if fact[10] & QUESTION or place.topics:
                texts.said(place, one, fact)
        activity.keep(session, facts, known.spaces, texts.asked)
        texts.write(session)
        return learned

    def _park(self, arrived: Arrived, error: Exception) -> bool:
        """Keep one inbound that cannot be applied, for a human to look at; it must not stop the others."""
        name, one = arrived
        facts = {"connection": name, "kind": one.kind, "error": type(error).__name__}
        try:
            with self._store.write() as session:
                connection_id = self._known.connection(session, name)
                if connection_id is not None:
                    inbound.put(session, [(connection_id, one)], self._now(), error=type(error).__name__)
        except BAD_DATA:
            logger.warning("bus.refused", **facts)  # not even its bytes can be kept; asked again, it would stay so
        else:
            logger.warning("bus.parked", **facts)
        return False


def last_heard(acts: Sequence[tuple[HandleKey, Inbound]], now: datetime) -> dict[HandleKey, datetime]:
    """When each of these people surely did the last of it: what has no moment may have waited at the platform."""
    undated = now - tombstones.UNDATED_WAITS
    heard: dict[HandleKey, datetime] = {}
    for key, one in acts:
        at = undated if one.at is None else from_us(one.at)
        heard[key] = max(at, heard.get(key, at))
    return heard


def is_counted(one: Inbound) -> bool:
    """Is this kept at once, because nothing must react to it? Told from the payload alone."""
    return one.kind in COUNTED and not one.to_us
