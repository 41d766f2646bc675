"""One attempt to carry out a claimed delivery: wait for the slot, act, and write down what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from orchestrator import log
from orchestrator.crash import crash_point
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved
from orchestrator.flow import opened, tell, unsure
from orchestrator.flow.app import App
from orchestrator.flow.claim import Claim
from orchestrator.ports import Receipt
from orchestrator.rules.reasons import Reason
from orchestrator.store import attempts, places, rates
from orchestrator.store.session import again_if_ended, is_away
from orchestrator.store.tables import Place, from_us

logger = log.get("deliver")

#: µs a platform call may last (connect 3 s + read 10 s). With less of the lease left, nothing is sent.
CALL = 13_000_000

#: µs that a send may leave after its slot before the next slots are moved. 30 sends at 29.6 a second span
#: 1.0135 s: one that arrives more than 13 ms late puts 31 into a second, and the way there varies too.
TOLERANCE = 3_000

#: Our own pause after a failure that may pass: doubled each time, up to the longest.
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)

#: Tries of a delivery that has no last moment of its own.
MAX_TRIES = 10


def attempt(app: App, claim: Claim) -> None:
    """Send once, and write the outcome under the claim's token."""
    crash_point("deliver.before_send")
    if not _wait_for_slot(app, claim):
        _again(app, claim, timedelta(0), "the worker was paused before it could send")
        return
    late = claim.clock() - claim.slot.at
    try:
        receipt = _send(app, claim)
    except DeliveryFailed as error:
        again_if_ended(_refused, app, claim, error)
    except DeliveryUnknown as error:
        again_if_ended(_unknown, app, claim, error.what)
    except Exception as error:  # a bug of ours or of an SDK: the bytes may have left
        logger.exception("deliver.broke", delivery=claim.delivery.id, reference=log.keep_bug())
        again_if_ended(_unknown, app, claim, f"our side broke while sending ({type(error).__name__})")
    else:
        crash_point("deliver.after_send")
        _sent(app, claim, receipt, late)
        crash_point("deliver.after_outcome")


def _wait_for_slot(app: App, claim: Claim) -> bool:
    """Sleep until the slot, at most a second; False when the lease would not outlast the call.

    The token is read before the sleep, not after it: nobody takes a delivery while its lease lasts, and
    whether it lasts is the last thing asked before the first byte.
    """
    with app.store.read() as session:
        ours = attempts.still_ours(session, claim.delivery.id, claim.token)
    ahead = claim.slot.at - claim.clock()
    if ours and ahead > 0:
        app.sleep(ahead / 1_000_000)
    return ours and claim.lease_until - claim.clock() > CALL


def _send(app: App, claim: Claim) -> Receipt:
    try:
        return claim.adapter.send(claim.to, claim.outgoing, claim.delivery.key)
    except PlaceMoved as moved:
        with app.store.write() as session:
            followed = _follow(session, claim, moved.new_ref, from_us(claim.clock()))
        if followed is None or claim.lease_until - claim.clock() <= CALL:
            raise
        return claim.adapter.send(followed.to, claim.outgoing, claim.delivery.key)


def _follow(session: Session, claim: Claim, new_ref: str, now: datetime) -> Claim | None:
    """Let the delivery follow its place; None when it does not go to a place, or is no longer ours."""
    old = session.get(Place, claim.delivery.place_id)
    if old is None or claim.to.place_ref is None:
        return None
    places.move(session, old.connection_id, old.ref, new_ref, now)
    new = attempts.successor(session, old)
    if new is None or not attempts.rehome(session, claim.delivery.id, claim.token, new.id):
        return None
    return claim.at(new_ref)


def _sent(app: App, claim: Claim, receipt: Receipt, late: int) -> None:
    arrived, stages = _kept(app, claim, receipt, late)
    if not arrived:  # we were taken for dead: whoever settles it will find this post
        logger.warning("deliver.stale", delivery=claim.delivery.id)
    elif stages:
        app.ring("prepare", stages)


def _kept(app: App, claim: Claim, receipt: Receipt, late: int) -> tuple[bool, list[int]]:
    """Write down that it arrived, again while the database is away: without the receipt the post is in doubt."""
    while True:
        try:
            return again_if_ended(_keep, app, claim, receipt, late)
        except DBAPIError as error:
            if not is_away(error) or claim.clock() >= claim.lease_until:
                raise
            logger.warning("deliver.unwritten", delivery=claim.delivery.id)
            app.sleep(1.0)


def _keep(app: App, claim: Claim, receipt: Receipt, late: int) -> tuple[bool, list[int]]:
    """Write down that it arrived: whether that was still ours to tell, and the stages that are due now."""
    with app.store.write() as session:
        if late > TOLERANCE:
            rates.postpone(session, claim.delivery.connection_id, claim.slot, late - TOLERANCE)
        now = from_us(claim.clock())
        check_at = unsure.check_at(app, claim.adapter, claim.delivery, now)
        row = attempts.sent(session, claim.delivery.id, claim.token, receipt, now, check_at)
        return row is not None, opened.after_sent(session, row, now) if row is not None else []


def _refused(app: App, claim: Claim, error: DeliveryFailed) -> None:
    """Surely not sent: put off as long as the platform demands or as we choose, or failed for good."""
    row = claim.delivery
    detail = f"{error.what}: {error.mend}" if error.mend else error.what
    if not error.permanent and (row.late_until is not None or row.tries < MAX_TRIES or error.retry_after):
        pause = min(FIRST_PAUSE * 2 ** min(row.tries, 10), LONGEST_PAUSE)
        if error.retry_after is not None:
            pause = timedelta(seconds=error.retry_after)
        _again(app, claim, pause, detail, told=error.retry_after is not None)
        return
    reason = Reason.UNREACHABLE if row.handle_id is not None else Reason.PLATFORM_REFUSED
    reason = reason if error.permanent else Reason.FAILED
    with app.store.write() as session:
        now = from_us(claim.clock())
        failed = attempts.settle(session, row.id, claim.token, "sending", state="failed", reason=reason, detail=detail)
        if failed and error.gone and claim.to.place_ref is not None:
            places.park(session, row.connection_id, claim.to.place_ref, detail, now)
        if failed:
            tell.story(session, row, now, "failed", reason=str(reason), code=error.code, what=detail)


def _again(app: App, claim: Claim, pause: timedelta, detail: str, *, told: bool = False) -> None:
    """Due again after a pause; `told`: the platform named it, so its limits stay shut as long."""
    row = claim.delivery
    with app.store.write() as session:
        now = claim.clock()
        until = now + pause // timedelta(microseconds=1)
        if told:
            rates.lock(session, row.connection_id)
            rates.hold(session, row.connection_id, claim.pace, until, now)
        put_off = attempts.settle(
            session, row.id, claim.token, "sending", state="due", not_before=from_us(until), detail=detail
        )
        if put_off and pause:
            tell.story(session, row, from_us(now), "put off", until=f"{from_us(until):%Y-%m-%dT%H:%M:%SZ}", what=detail)


def _unknown(app: App, claim: Claim, detail: str) -> None:
    with app.store.write() as session:
        unsure.become(app, session, claim.delivery, claim.token, from_us(claim.clock()), detail)
