"""Derives from what commits left behind: threads, deeds, answered questions, standings; from the sweep, in batches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from orchestrator.crash import crash_point
from orchestrator.flow.app import App
from orchestrator.rules import deeds as rules
from orchestrator.rules.flags import GONE
from orchestrator.store import activity, deeds, follow_ups, questions, sharing, standing
from orchestrator.store.follow_ups import Left, Spot
from orchestrator.store.tables import from_us

#: Commits derived from in one transaction, and transactions in one sweep.
BATCH, ROUNDS = 100, 50

#: Members whose standings are built in one transaction, after a playbook asks for new ones.
MEMBERS = 10_000

#: A reply may be told before the message it stands under. Such threads are looked at again so often, after so long;
#: most are those of our own posts, which are no member's.
LOOK_AGAIN = (timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=12))


def follow(app: App) -> None:
    """Derive from all that waits. Two at once, or after a crash: one derives, and nothing is derived twice."""
    for _ in range(ROUNDS):
        if not _waits(app) or not _derive(app):
            break
    _build(app)
    _forget(app)


def _forget(app: App) -> None:
    """Forget the texts of questions that nobody answered in 14 days."""
    with app.store.read() as session:
        if not questions.has_old_texts(session, app.now()):
            return
    with app.store.write() as session:
        questions.forget_texts(session, app.now())


def _waits(app: App) -> bool:
    with app.store.read() as session:
        return bool(follow_ups.waiting(session, app.now(), 1))


def _derive(app: App) -> int:
    """One batch; give how many commits it was of."""
    with app.store.write() as session:
        sharing.enter(session)
        if not deeds.take_turn(session):
            return 0
        left = follow_ups.waiting(session, app.now(), BATCH)
        did, rootless = _follow(session, {spot for row in left for spot in row.spots})
        _look_again(app, session, left, rootless)
        standing.renew(session, did | {member_id for row in left for member_id in row.members})
        follow_ups.done(session, [row.id for row in left])
        crash_point("deeds.before_commit")
        return len(left)


def _follow(session: Session, spots: Collection[Spot]) -> tuple[set[int], set[Spot]]:
    """Derive the threads that these messages stand in.

    Gives the members whose deeds changed, and the threads whose first message was not heard.
    """
    said = deeds.spoken(session, spots)
    touched = deeds.keep_replies(session, said)
    above = deeds.roots(session, spots)
    touched |= {(place_id, above.get((place_id, ref), ref)) for place_id, ref in spots}
    threads = deeds.threads(session, touched)
    deeds.keep_roots(session, threads)
    did = deeds.keep(session, {spot: rules.deeds(one.root, one.replies, one.liked) for spot, one in threads.items()})
    _settle_questions(session, threads)
    return did, {spot for spot, one in threads.items() if one.root is None and one.replies}


def _settle_questions(session: Session, threads: dict[Spot, deeds.Thread]) -> None:
    """Questions of these threads that were answered, or deleted, are open no more."""
    open_ones = questions.open_among(session, threads.keys())
    answers, gone = {}, activity.removed(session, open_ones)
    for spot in open_ones:
        thread = threads[spot]
        if thread.root is None or thread.root.flags & GONE:
            gone |= {spot} if thread.root is not None else set()
        elif (at := rules.answered_at(thread.root, thread.replies)) is not None:
            answers[spot] = from_us(at)
    questions.remove(session, gone)
    questions.mark_answered(session, answers)


def _look_again(app: App, session: Session, left: Sequence[Left], rootless: set[Spot]) -> None:
    """Leave threads whose first message was not heard to a later look."""
    for looks, after in enumerate(LOOK_AGAIN):
        spots = {spot for row in left if row.looks == looks for spot in row.spots}
        waiting = rootless & (spots | set(_roots_of(session, spots)))
        if waiting:
            follow_ups.note(session, spots=waiting, not_before=app.now() + after, looks=looks + 1)


def _roots_of(session: Session, spots: Collection[Spot]) -> list[Spot]:
    return [(place_id, root_ref) for (place_id, _), root_ref in deeds.roots(session, spots).items()]


def _build(app: App) -> None:
    """Build the standings that a large community's segments ask for and nobody has built, a piece a sweep."""
    with app.store.read() as session:
        community_id = standing.building(session)
    if community_id is None:
        return
    with app.store.write() as session:
        sharing.enter(session)
        if deeds.take_turn(session):
            standing.build(session, community_id, MEMBERS, app.now())
