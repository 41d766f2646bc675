"""Lets what a host agreed to leave: at its moment, or now where that is past and the guardrails still allow it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, literal, update
from sqlalchemy.orm import Session

from orchestrator.flow import room
from orchestrator.flow.moments import PUNCTUAL
from orchestrator.playbook.schema import Playbook
from orchestrator.rules import pace
from orchestrator.rules.pace import GO, There, Verdict
from orchestrator.rules.reasons import Reason
from orchestrator.rules.zone import read_zone
from orchestrator.store import approvals, guardrails
from orchestrator.store.tables import Delivery, Moment, Run


def judge(session: Session, run: Run, playbook: Playbook, now: datetime) -> Verdict:
    """May the posts in places whose moment is past leave now, or when the night is over?

    The run was admitted for that moment: of another hour the quiet hours are asked, of another day its posts.
    """
    held = [post for post in approvals.held(session, run.id) if post.place_id is not None and post.counts]
    late = [post for post in held if post.not_before < now]
    if not late or run.facts.get("unguarded"):
        return GO
    until = max(post.late_until or now for post in late)
    quiet = pace.wait_out(now, read_zone(playbook.timezone), playbook.pace.quiet_hours, max(until, now + PUNCTUAL))
    return quiet if not quiet.go and quiet.wait_until is None else _room(session, run, playbook, held, now)


def _room(session: Session, run: Run, playbook: Playbook, held: Sequence[Delivery], now: datetime) -> Verdict:
    way = playbook.timezone, playbook.pace.quiet_hours
    today = room.day_of(now, *way)
    posts: Counter[int] = Counter()
    moved = set[int]()
    for post in held:
        if post.place_id is not None and room.day_of(max(post.not_before, now), *way) == today:
            posts[post.place_id] += 1
            if room.day_of(post.not_before, *way) != today:
                moved.add(post.place_id)
    if not moved:
        return GO
    guardrails.lock_places(session, moved)
    found = room.posts_on(session, moved, today, way, without=[run.id])
    return pace.room(playbook.pace, [There([(found[one], posts[one])], posts=0) for one in sorted(moved)])


def release(session: Session, run: Run, left_out: Sequence[int], now: datetime) -> None:
    """held → due, at `when` or at once where that is past; what goes to somebody left out ends as refused.

    A late decision leaves time to send.
    """
    waits = (Delivery.run_id == run.id, Delivery.state == "held")
    if left_out:
        theirs = Delivery.target.in_([f"{approvals.MEMBER}{member_id}" for member_id in left_out])
        refused = update(Delivery).where(*waits, theirs).values(state="skipped", reason=Reason.REFUSED)
        session.execute(refused.execution_options(synchronize_session=False))
        approvals.refuse(session, run.id, left_out, now)
    at, soon = literal(now, Moment), literal(now + PUNCTUAL, Moment)
    session.execute(
        update(Delivery)
        .where(*waits)
        .values(
            state="due",
            not_before=case((Delivery.not_before < at, at), else_=Delivery.not_before),
            late_until=case((Delivery.late_until < soon, soon), else_=Delivery.late_until),
        )
        .execution_options(synchronize_session=False)
    )
    run.reason = None
