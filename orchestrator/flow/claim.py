"""Takes the next delivery that may leave: everything that could forbid it is read again in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec import structs
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestrator.crash import crash_point
from orchestrator.flow import guard, tell
from orchestrator.flow.app import App, wall_clock
from orchestrator.ports import Adapter, Address, ClosePoll, Edit, Outgoing, Poll, Post, Remove
from orchestrator.rules.rate import NotBefore, Slot
from orchestrator.rules.reasons import Reason
from orchestrator.store import attempts, deliveries, rates
from orchestrator.store.attempts import Candidate
from orchestrator.store.tables import Connection, Delivery, Place, from_us, to_us

#: How long an attempt may last, from its slot. Longer than a platform call may (connect 3 s + read 10 s).
LEASE = timedelta(seconds=20)

#: Deliveries looked at in one claim: those that may not go now are ended or put off on the way.
LOOKS = 500

TURN = "waits for its turn: the platform's rate"


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in `sending`, committed: this attempt may send it from `slot` until the lease ends.

    clock: the shared clock, in µs. pace: the limits it took a slot of.
    """

    connection: str
    adapter: Adapter
    delivery: Delivery
    token: int
    to: Address
    outgoing: Outgoing
    slot: Slot
    lease_until: int
    pace: dict[str, rates.Pace]
    clock: Callable[[], int]

    def at(self, place_ref: str) -> Claim:
        """The same attempt, for the place's new reference."""
        return replace(self, to=structs.replace(self.to, place_ref=place_ref))


def claim(app: App, connection_id: int) -> Claim | None:
    """Claim the connection's next delivery, or None when none may leave within a second."""
    crash_point("claim.begin")
    with app.store.write() as session:
        connection = session.get_one(Connection, connection_id)
        adapter = app.adapters.get(connection.name)
        if adapter is None:
            return None
        rates.lock(session, connection_id)
        clock = shared_clock(app, session)
        busy = attempts.busy_places(session, connection_id)
        for _ in range(LOOKS):
            found = attempts.next_due(session, connection_id, from_us(clock()), busy)
            if found is None:
                return None
            if not _may_go(session, found, from_us(clock())):
                continue
            answer = _reserve(session, connection.name, adapter, found, clock)
            if isinstance(answer, Claim):
                crash_point("claim.before_commit")
                return answer
            if isinstance(answer, NotBefore):
                if answer.limit == 0:  # the whole connection must wait: nothing else may go either
                    return None
                attempts.put_off_place(session, found.delivery, from_us(answer.at), TURN)
    return None


def shared_clock(app: App, session: Session) -> Callable[[], int]:
    """The clock that all processes share, in µs: the database's, unless a test or a rehearsal moves time.

    It runs on from one reading by the monotonic clock, so a step of the host's clock cannot shorten a lease.
    """
    if app.now is not wall_clock:
        return lambda: to_us(app.now())
    start = to_us(app.now())
    if not app.store.is_sqlite:
        start = session.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) or start
    mark = time.monotonic_ns()
    return lambda: start + (time.monotonic_ns() - mark) // 1000


def _reserve(
    session: Session, name: str, adapter: Adapter, found: Candidate, clock: Callable[[], int]
) -> Claim | NotBefore | None:
    outgoing, place = _outgoing(found), found.place
    to = _address(found, outgoing)
    ref = to.place_ref or to.member_ref
    pace = rates.paces(adapter.capabilities.limits, ref, place is not None and place.kind == "group")
    slot = rates.reserve(session, found.delivery.connection_id, pace, clock())
    if isinstance(slot, NotBefore):
        return slot
    lease_until = slot.at + int(LEASE / timedelta(microseconds=1))
    token = attempts.start(session, found.delivery, from_us(slot.at), from_us(lease_until))
    if token is None:
        return None
    return Claim(
        connection=name,
        adapter=adapter,
        delivery=found.delivery,
        token=token,
        to=to,
        outgoing=outgoing,
        slot=slot,
        lease_until=lease_until,
        pace=pace,
        clock=clock,
    )


def address(place: Place | None, member_ref: str | None) -> Address:
    """Where an act goes: a place with its topic, or one member directly."""
    if place is None:
        return Address(member_ref=member_ref)
    return Address(place_ref=place.ref, topic_ref=place.topic_ref or None)


def _address(found: Candidate, outgoing: Outgoing) -> Address:
    """Where it goes; what is about a message of ours in a direct chat must name the chat."""
    to = address(found.place, found.handle.ref if found.handle else None)
    if found.handle is not None and isinstance(outgoing, Edit | Remove | ClosePoll):
        return structs.replace(to, place_ref=found.handle.direct_ref)
    return to


def _outgoing(found: Candidate) -> Outgoing:
    """The act; a post under another one learns that one's message only now."""
    outgoing = deliveries.decode(found.delivery.body)
    if found.parent is not None and isinstance(outgoing, Post | Poll):
        return structs.replace(outgoing, under=found.parent.message_ref)
    if found.parent is not None and isinstance(outgoing, Edit) and not outgoing.message_ref:
        return structs.replace(outgoing, message_ref=found.parent.message_ref or "")  # it was on its way when planned
    return outgoing


def _may_go(session: Session, found: Candidate, now: datetime) -> bool:
    """May it leave now? If not, it ends here with its reason, or waits for the end of the quiet hours."""
    row = found.delivery
    verdict = guard.judge(session, found, now)
    if verdict.go:
        return True
    reason = verdict.reason or Reason.FAILED
    if verdict.wait_until is not None:
        attempts.put_off(session, row, verdict.wait_until, reason)
        tell.story(session, row, now, "waits", reason=str(reason), until=f"{verdict.wait_until:%Y-%m-%dT%H:%M:%SZ}")
        return False
    state = "expired" if guard.is_late(row, now) else "skipped"
    detail = found.place.parked_what if found.place and found.place.parked_at else None
    if attempts.end(session, row, state, reason, detail):
        tell.story(session, row, now, state, reason=str(reason))
    return False
