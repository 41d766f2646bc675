"""Named queries over threads, who spoke in them, and what they did for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orchestrator.rules.deeds import Spoken, above
from orchestrator.rules.flags import GONE
from orchestrator.store import bulk
from orchestrator.store.activity import REACTED, SAID
from orchestrator.store.among import among
from orchestrator.store.follow_ups import Spot
from orchestrator.store.tables import Activity, Deed, Lease, Reply, from_us, to_us
from orchestrator.store.upsert import insert

#: The row whose lock gives the turn to derive.
TURN = "derive"


@dataclass(slots=True)
class Thread:
    """What was said in a thread. root: None where its first message is none of a member's, or not heard yet."""

    root: Spoken | None = None
    replies: list[Spoken] = field(default_factory=list)
    liked: set[int] = field(default_factory=set)


def take_turn(session: Session) -> bool:
    """Have the turn to derive until this transaction ends; False: another process has it.

    One at a time: who derives reads what the one before wrote, and never writes what it read earlier.
    """
    row = insert(session, Lease).values(name=TURN, holder="", until=from_us(0))
    session.execute(row.on_conflict_do_nothing())
    turn = select(Lease.name).where(Lease.name == TURN).with_for_update(skip_locked=True)
    return session.scalar(turn) is not None


def spoken(session: Session, spots: Collection[Spot]) -> dict[Spot, Spoken]:
    """Those of these messages that are members' and were heard."""
    columns = (Activity.place_id, Activity.ref, Activity.member_id, Activity.day, Activity.at, Activity.flags)
    query = select(*columns, Activity.thread_ref, Activity.reply_to_ref).where(
        Activity.kind == SAID, Activity.mark == 0
    )
    found = {}
    for place_id, refs in _by_place(spots).items():
        rows = session.execute(query.where(Activity.place_id == place_id, among(session, Activity.ref, refs)))
        for _, ref, member_id, day, at, flags, thread_ref, reply_to_ref in rows:
            under = above(thread_ref, reply_to_ref)
            found[place_id, ref] = Spoken(ref, member_id, day, to_us(at), flags, under)
    return found


def roots(session: Session, spots: Collection[Spot]) -> dict[Spot, int]:
    """The first message of the thread that each of these replies stands in; of the others none is given."""
    found = {}
    for place_id, refs in _by_place(spots).items():
        query = select(Reply.ref, Reply.root_ref).where(Reply.place_id == place_id, among(session, Reply.ref, refs))
        for ref, root_ref in session.execute(query):
            found[place_id, ref] = root_ref
    return found


def keep_replies(session: Session, said: Mapping[Spot, Spoken]) -> set[Spot]:
    """Put these messages in their threads; give the first messages of all threads that this changes.

    A reply to a reply stands in the thread of that one, whichever of the two is heard first.
    """
    replies = {spot: one for spot, one in sorted(said.items()) if one.under is not None}
    known = roots(session, {*replies, *((spot[0], one.under or 0) for spot, one in replies.items())})
    rows: list[dict[str, int]] = []
    touched: set[Spot] = set()
    for (place_id, ref), one in replies.items():
        parent = (place_id, one.under or 0)
        root_ref = known.get((place_id, ref)) or known.get(parent, parent[1])
        touched.add((place_id, root_ref))
        if (place_id, ref) not in known:
            known[place_id, ref] = root_ref
            row = {"place_id": place_id, "ref": ref, "root_ref": root_ref, "member_id": one.member_id, "day": one.day}
            rows.append(row)
    bulk.put(session, Reply, rows)
    return touched | _follow_parents(session, {(row["place_id"], row["ref"]): row["root_ref"] for row in rows})


def _follow_parents(session: Session, new: Mapping[Spot, int]) -> set[Spot]:
    """What stood under these messages while nobody knew that they are replies themselves moves with them."""
    moved = set()
    for place_id, refs in _by_place(new).items():
        under = select(Reply.root_ref).where(Reply.place_id == place_id, among(session, Reply.root_ref, refs))
        for ref in session.scalars(under.distinct()).all():
            these = (Reply.place_id == place_id, Reply.root_ref == ref)
            session.execute(update(Reply).where(*these).values(root_ref=new[place_id, ref]))
            moved.add((place_id, ref))
    return moved


def threads(session: Session, firsts: Collection[Spot]) -> dict[Spot, Thread]:
    """What was said in the threads of these first messages, and what their authors reacted to."""
    heard = spoken(session, firsts)
    found = {spot: Thread(heard.get(spot)) for spot in firsts}
    for place_id, refs in _by_place(firsts).items():
        under = (Reply.place_id == place_id, among(session, Reply.root_ref, refs), Reply.ref != Reply.root_ref)
        thread_of = dict(session.execute(select(Reply.ref, Reply.root_ref).where(*under)).all())
        for (_, ref), one in spoken(session, {(place_id, ref) for ref in thread_of}).items():
            found[place_id, thread_of[ref]].replies.append(one)
        liking = select(Activity.ref, Activity.member_id).where(
            Activity.place_id == place_id,
            among(session, Activity.ref, set(thread_of)),
            Activity.kind == REACTED,
            Activity.flags.op("&")(GONE) == 0,
        )
        for ref, member_id in session.execute(liking):
            thread = found[place_id, thread_of[ref]]
            if thread.root is not None and thread.root.member_id == member_id:
                thread.liked.add(ref)
    return found


def keep_roots(session: Session, found: Mapping[Spot, Thread]) -> None:
    """The first message of a thread stands in it too, once somebody replied: its author is one of the voices."""
    rows = [
        {"place_id": place_id, "ref": ref, "root_ref": ref, "member_id": one.root.member_id, "day": one.root.day}
        for (place_id, ref), one in sorted(found.items(), key=lambda item: item[0])
        if one.root is not None and one.replies
    ]
    bulk.put(session, Reply, rows)


def keep(session: Session, derived: Mapping[Spot, Mapping[tuple[int, str], int]]) -> set[int]:
    """Write the deeds of these threads (by first message: member and kind → day), and no others of them.

    Gives the members whose deeds changed.
    """
    rows, stale = [], []
    kept = _kept(session, derived)
    for (place_id, root_ref), deeds in derived.items():
        before = kept.get((place_id, root_ref), {})
        key = {"place_id": place_id, "root_ref": root_ref}
        stale += [
            {**key, "member_id": who, "kind": kind}
            for (who, kind), day in before.items()
            if deeds.get((who, kind)) != day
        ]
        rows += [
            {**key, "member_id": who, "kind": kind, "day": day}
            for (who, kind), day in deeds.items()
            if before.get((who, kind)) != day
        ]
    for one in stale:
        session.execute(delete(Deed).filter_by(**one))
    bulk.put(session, Deed, rows)
    return {int(str(one["member_id"])) for one in (*stale, *rows)}


def _kept(session: Session, spots: Collection[Spot]) -> dict[Spot, dict[tuple[int, str], int]]:
    found: dict[Spot, dict[tuple[int, str], int]] = defaultdict(dict)
    for place_id, refs in _by_place(spots).items():
        here = select(Deed).where(Deed.place_id == place_id, among(session, Deed.root_ref, refs))
        for row in session.scalars(here.execution_options(populate_existing=True)):
            found[place_id, row.root_ref][row.member_id, row.kind] = row.day
    return found


def _by_place(spots: Collection[Spot]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for place_id, ref in spots:
        found[place_id].add(ref)
    return dict(sorted(found.items()))
