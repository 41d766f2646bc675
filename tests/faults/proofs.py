"""What rituals among people must have left behind: one post, each vote once, and nothing of who was erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.measures import run as measures
from orchestrator.store import ballots
from orchestrator.store.tables import Badge, Base, Handle, MemberTotal, Part, Run, Trace
from tests.faults.ledger import Verdict
from tests.faults.square import CHAT
from tests.faults.world import World


def once_on_slack(verdict: Verdict, world: World, channel: str, text: str, wanted: int = 1) -> None:
    """So many posts with that text were ever made there."""
    made = [one for one in world.slack.ledger if one["act"] == "posted" and one["channel"] == channel]
    verdict.count(f"posts with {text!r} in {channel}", sum(text in str(one) for one in made), wanted)


def once_on_telegram(verdict: Verdict, world: World, text: str, run_id: int, *, poll: bool = False) -> None:
    """One post in the group, or as many more as nobody could know of."""
    ours = [one for one in world.telegram.ours(CHAT) if (one.poll is not None) == poll]
    made = sum(text in (one.poll.question if one.poll else one.text) for one in ours)
    most = 1 + _doubts(world, run_id)
    verdict.note(f"{text!r} on Telegram: {made}, at most {most}", lost=int(made == 0), doubled=max(0, made - most))


def on_telegram(verdict: Verdict, world: World, chat: int, text: str, run_ids: Sequence[int], wanted: int = 1) -> None:
    """So many messages with that text in a chat, or as many more as nobody could know of in these runs."""
    made = sum(text in one.text for one in world.telegram.ours(chat))
    most = wanted + _doubts(world, *run_ids)
    what = f"{text!r} in {chat}: {made}, at least {wanted}, at most {most}"
    verdict.note(what, lost=max(0, wanted - made), doubled=max(0, made - most))


def _doubts(world: World, *run_ids: int) -> int:
    with world.store.read() as session:
        doubts = select(func.count(Trace.id)).where(Trace.run_id.in_(run_ids), Trace.step == "unknown")
        return session.scalar(doubts) or 0


def each_vote_once(verdict: Verdict, world: World, run_id: int, last: Mapping[str, int]) -> None:
    """What is counted is everybody's last vote."""
    with world.store.read() as session:
        refs = {handle.member_id: handle.ref for handle in session.scalars(select(Handle))}
        votes = [(refs[vote.member_id], one) for vote in ballots.of_run(session, run_id) for one in vote.options]
    there, wanted = Counter(votes), Counter(last.items())
    verdict.note(f"votes {wanted - there} of {run_id}", lost=(wanted - there).total())
    verdict.note(f"votes {there - wanted} of {run_id}", doubled=(there - wanted).total())


def accepted(verdict: Verdict, world: World, ref: str) -> None:
    """A newcomer is noted once, and accepted the charter."""
    with world.store.read() as session:
        parts = select(Part.state).join(Handle, Handle.member_id == Part.member_id).where(Handle.ref == ref)
        states = list(session.scalars(parts))
    verdict.note(f"{ref} as a newcomer: {states}", lost=int("accepted" not in states), doubled=max(0, len(states) - 1))


def one_member(verdict: Verdict, world: World, refs: tuple[str, ...], said: int) -> None:
    """These handles are one member, who said that much."""
    with world.store.read() as session:
        members = set(session.scalars(select(Handle.member_id).where(Handle.ref.in_(refs))))
        total = session.scalar(select(func.sum(MemberTotal.n)).where(MemberTotal.member_id.in_(members)))
    verdict.note(f"{refs} are {len(members)} members", lost=int(not members), doubled=max(0, len(members) - 1))
    verdict.count(f"contributions of {refs}", total or 0, said)


def nothing_of(verdict: Verdict, world: World, *words: str) -> None:
    """No row of any table holds one of these words."""
    with world.store.read() as session:
        kept = [(table, word) for word in words for table in _tables_with(session, word)]
    verdict.note(f"kept of who was erased: {kept}", lost=len(kept))


def _tables_with(session: Session, word: str) -> list[str]:
    tables = Base.metadata.sorted_tables
    return [table.name for table in tables if any(word in str(tuple(row)) for row in session.execute(select(table)))]


def posted(world: World, channel: str) -> list[str]:
    """All that was ever posted in a channel of Slack, as its ledger has it."""
    return [str(one) for one in world.slack.ledger if one["act"] == "posted" and one["channel"] == channel]


def parts(world: World, run_id: int) -> dict[str, str]:
    """Handle → what became of its member in a run, in the order in which they came into it."""
    with world.store.read() as session:
        rows = select(Handle.ref, Part.state).join(Handle, Handle.member_id == Part.member_id)
        return dict(session.execute(rows.where(Part.run_id == run_id).order_by(Part.id)).all())


def badges(verdict: Verdict, world: World, name: str, wanted: Sequence[str], among: Sequence[str]) -> None:
    """Of these people, those have the badge, once each."""
    with world.store.read() as session:
        rows = select(Handle.ref).join(Badge, Badge.member_id == Handle.member_id).where(Badge.name == name)
        there = Counter(session.scalars(rows.where(Handle.ref.in_(among))))
    lacking, more = Counter(wanted) - there, there - Counter(wanted)
    verdict.note(f"badges {name}: lacking {lacking}, more {more}", lost=lacking.total(), doubled=more.total())


def results(verdict: Verdict, world: World, run_id: int, **wanted: object) -> None:
    """The run's results say this; `more` is compared as far as it is named."""
    with world.store.read() as session:
        found = measures.results(session, session.get_one(Run, run_id))
    for name, value in wanted.items():
        there = found.get(name)
        if isinstance(value, Mapping):
            there = {key: (there or {}).get(key) for key in value}
        verdict.note(f"results of {run_id}: {name} {there} instead of {value}", lost=int(there != value))
