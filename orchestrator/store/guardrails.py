"""What the guardrails count: our posts and people's messages in a place, unasked direct messages, unanswered runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from orchestrator.rules.pace import WEEK, Talk
from orchestrator.rules.reasons import Reason
from orchestrator.store import bulk
from orchestrator.store.activity import SAID
from orchestrator.store.among import among
from orchestrator.store.attempts import LEFT
from orchestrator.store.tables import Activity, Delivery, Handle, Member, Place, Reserved, Ritual, Run, Stage

#: Deliveries that are, or may become, a post: what failed, expired or was skipped is none.
COUNTED = ("planned", "held", "due", "sending", "unknown", "sent")

#: Runs of a ritual that are looked at for "unanswered in a row", besides as many as `stop_after` says.
LOOK_BACK = 20

#: A message's number grows with its moment: on Slack it is its moment, Telegram numbers a chat's messages one by
#: one. So much disorder between the two is borne without counting wrong.
DISORDER = timedelta(days=1)

_at = func.coalesce(Delivery.sent_at, Delivery.not_before)
_left_at = func.coalesce(Delivery.sent_at, Delivery.sending_at, Delivery.not_before)


def lock_places(session: Session, place_ids: Collection[int]) -> None:
    """Let whoever counts the posts of these places next wait for this transaction."""
    wanted = select(Place.id).where(among(session, Place.id, place_ids)).order_by(Place.id).with_for_update()
    session.execute(wanted).all()


def posts(
    session: Session, place_ids: Collection[int], start: datetime, end: datetime, *, without: Collection[int] = ()
) -> dict[int, int]:
    """Our posts, sent or still to come, in [start, end), by place; those of the runs `without` left out."""
    rows = session.execute(
        select(Delivery.place_id, func.count())
        .where(*_ours(session, place_ids, without), _at >= start, _at < end)
        .group_by(Delivery.place_id)
    )
    return {place_id: n for place_id, n in rows if place_id is not None}


def reserved(
    session: Session, place_ids: Collection[int], start: datetime, end: datetime, *, without: Collection[int] = ()
) -> list[tuple[int, datetime]]:
    """The posts that admitted runs will still make at stages in [start, end): place id and the stage's moment.

    Those that are planned already are left out, and those of the runs `without`.
    """
    planned = (Delivery.run_id == Stage.run_id, Delivery.stage == Stage.name, Delivery.place_id == Reserved.place_id)
    rows = session.execute(
        select(Reserved.place_id, Stage.at)
        .join(Stage, Stage.id == Reserved.stage_id)
        .where(among(session, Reserved.place_id, place_ids), Stage.state == "planned")
        .where(Stage.at >= start, Stage.at < end, _not_of(session, Stage.run_id, without))
        .where(~select(Delivery.id).where(*planned).exists())
    )
    return [(place_id, at) for place_id, at in rows]


def reserve(session: Session, run_id: int, posts: Collection[tuple[str, int]]) -> None:
    """Keep room for the posts of an admitted run: the stage's name and the place, one each."""
    if not posts:
        return
    theirs = select(Stage.name, Stage.id).where(Stage.run_id == run_id, Stage.state == "planned")
    ids = {row.name: row.id for row in session.execute(theirs)}
    rows = [{"place_id": place_id, "stage_id": ids[stage]} for stage, place_id in posts if stage in ids]
    bulk.put(session, Reserved, rows)


def promised(session: Session, run_id: int, stage_id: int, stage: str) -> set[int]:
    """The places where room was kept for a stage, or where something that it said is planned or stands."""
    kept = session.scalars(select(Reserved.place_id).where(Reserved.stage_id == stage_id))
    said = session.scalars(select(Delivery.place_id).where(Delivery.run_id == run_id, Delivery.stage == stage))
    return {place_id for place_id in (*kept, *said) if place_id is not None}


def talk(
    session: Session, place_ids: Collection[int], now: datetime, over: timedelta, *, without: Collection[int] = ()
) -> dict[int, Talk]:
    """What was said in each of these places in (now - over, now], with what is planned there by us.

    People's are all messages of members and hosts, deleted ones too; ours are posts, not reactions, nor what hosts
    are asked. Posts of the runs `without` are left out.
    """
    ours = session.execute(
        select(
            Delivery.place_id,
            func.count().filter(_at > now - over),
            func.count().filter(_at > now - WEEK),
        )
        .where(*_ours(session, place_ids, without))
        .group_by(Delivery.place_id)
    )
    by_us = {place_id: (n, week) for place_id, n, week in ours}
    said = session.execute(select(Place.id, _said(now - over)).where(among(session, Place.id, place_ids)))
    found = {}
    for place_id, people in said:
        n, week = by_us.get(place_id, (0, 0))
        found[place_id] = Talk(ours=n, people=people, week=week)
    return found


def _said(since: datetime) -> ScalarSelect[int]:
    """How many messages members wrote in the place of the row since then.

    Counted from the first number that may lie in the window: what that costs grows with the window's messages, not
    with all that was ever said.
    """
    older = aliased(Activity)
    last_before = (
        select(older.ref)
        .where(older.place_id == Place.id, older.kind == SAID, older.at <= since - DISORDER)
        .order_by(older.ref.desc())
        .limit(1)
        .correlate(Place)
        .scalar_subquery()
    )
    in_window = (Activity.ref > func.coalesce(last_before, -1), Activity.at > since)
    counted = select(func.count()).where(Activity.place_id == Place.id, Activity.kind == SAID, *in_window)
    return counted.correlate(Place).scalar_subquery()


def last_posts(session: Session, place_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """The latest post later than `since`, sent or still to come, by place."""
    rows = session.execute(
        select(Delivery.place_id, func.max(Delivery.not_before))
        .where(*_ours(session, place_ids), Delivery.not_before > since)
        .group_by(Delivery.place_id)
    )
    return {place_id: at for place_id, at in rows if place_id is not None}


def unasked(session: Session, member_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Our unasked direct messages of the last 7 × 24 h, sent or still to come, by member."""
    rows = session.execute(
        select(Handle.member_id, func.count().label("n"))
        .join(Delivery, Delivery.handle_id == Handle.id)
        .where(among(session, Handle.member_id, member_ids), Delivery.unasked, Delivery.state.in_(COUNTED))
        .where(_at > now - WEEK)
        .group_by(Handle.member_id)
    )
    return {row.member_id: row.n for row in rows}


def written_to(session: Session, member_id: int, now: datetime) -> int:
    """The unasked direct messages that left for a member in the last 7 × 24 h, or may have left.

    The member is locked: whoever asks the same next, over any connection, waits for this transaction.
    """
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update()).all()
    may_have = or_(Delivery.state.in_(LEFT), (Delivery.state == "failed") & (Delivery.reason == Reason.UNSURE))
    theirs = select(Handle.id).where(Handle.member_id == member_id)
    written = select(func.count()).where(Delivery.handle_id.in_(theirs), Delivery.unasked, may_have)
    return session.scalars(written.where(_left_at > now - WEEK)).one()


def unanswered(session: Session, ritual_ids: Collection[int], stop_after: int) -> dict[int, int]:
    """How many of each ritual's last runs in a row asked and got no counted answer, since its last resume.

    Counted as far as it may matter: up to `stop_after` at least.
    """
    age = func.row_number().over(partition_by=Run.ritual_id, order_by=(Run.due_at.desc(), Run.id.desc()))
    ended = (
        select(Run.ritual_id, Run.facts, age.label("age"))
        .join(Ritual, Ritual.id == Run.ritual_id)
        .where(among(session, Run.ritual_id, ritual_ids), Run.state == "done")
        .where(or_(Ritual.resumed_at.is_(None), Run.due_at > Ritual.resumed_at))
        .subquery()
    )
    newest = select(ended).where(ended.c.age <= LOOK_BACK + stop_after)
    rows = session.execute(newest.order_by(ended.c.ritual_id, ended.c.age))
    return {ritual_id: _in_a_row(row.facts for row in group) for ritual_id, group in groupby(rows, lambda row: row[0])}


def _ours(session: Session, place_ids: Collection[int], without: Collection[int] = ()) -> list[Any]:
    """Our posts in these places, but for those of some runs."""
    here = among(session, Delivery.place_id, place_ids)
    return [here, Delivery.counts, Delivery.state.in_(COUNTED), _not_of(session, Delivery.run_id, without)]


def _not_of(session: Session, run_id: Any, without: Collection[int]) -> ColumnElement[bool]:
    return or_(run_id.is_(None), ~among(session, run_id, without)) if without else true()


def _in_a_row(newest_first: Iterable[dict[str, Any]]) -> int:
    results = [facts["result"] for facts in newest_first if facts.get("result", {}).get("asks")]
    return sum(1 for _ in takewhile(lambda result: result["unanswered"], results))
