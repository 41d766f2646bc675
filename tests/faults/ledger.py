"""What the ledgers and the rows must say in the end: nothing lost, nothing doubled beyond the promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.flow.take_back import KEPT
from orchestrator.rules.flags import GONE
from orchestrator.rules.reasons import Reason
from orchestrator.store.activity import REACTED, number
from orchestrator.store.tables import (
    Activity,
    Answer,
    Delivery,
    Errand,
    Handle,
    Inbox,
    MemberTotal,
    Place,
    Run,
    Stage,
    Trace,
)
from tests.faults.world import ANA, CHANNELS, CHATS, World


@dataclass(slots=True)
class Verdict:
    """Posts and answers lost, doubled beyond the promise, and how many outcomes were unknown for a while.

    fired: how often each fault was seen to happen; missing: those that were to happen and did not.
    """

    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def note(self, what: str, *, lost: int = 0, doubled: int = 0) -> None:
        """Count a breach, and say which."""
        if lost or doubled:
            print(f"  {'lost' if lost else 'doubled'}: {what}", flush=True)
        self.lost += lost
        self.doubled += doubled

    def count(self, what: str, there: int, wanted: int = 1) -> None:
        """So many must be there, no fewer and no more."""
        self.note(f"{what}: {there} of {wanted}", lost=max(0, wanted - there), doubled=max(0, there - wanted))


@dataclass(frozen=True, slots=True)
class Told:
    """What happened before the platforms' eyes. runs: question → run id; answered: questions whose answer was
    acknowledged; said: Ana's acknowledged messages; undone: messages with a reaction that was taken back; vain:
    what was waited for and never came.
    """

    runs: dict[str, int]
    answered: set[str]
    said: int
    undone: list[str]
    vain: list[str]


def settled(world: World) -> bool:
    """Is nothing under way any more?"""
    with world.store.read() as session:
        waiting = select(func.count(Delivery.id)).where(
            Delivery.state.in_(("due", "sending", "unknown")) | Delivery.lease_until.is_not(None),
            Delivery.stage != KEPT,  # ten minutes later the hosts' button goes: nobody waits for that
        )
        left = (waiting, select(func.count(Inbox.id)), select(func.count(Errand.id)))
        return not any(session.scalar(query) for query in left)


def held(world: World, run_id: int) -> list[int]:
    """The deliveries of a run that wait for a host's word: they may have arrived."""
    with world.store.read() as session:
        doubtful = (Delivery.run_id == run_id, Delivery.state == "failed", Delivery.reason == Reason.UNSURE)
        return list(session.scalars(select(Delivery.id).where(*doubtful)))


def unfinished(world: World) -> Iterator[str]:
    """What is under way or came to a bad end, and what waits to be heard: to be read when something never came."""
    with world.store.read() as session:
        rows = select(Delivery).where(Delivery.state.not_in(("sent", "planned", "held", "skipped")))
        for row in session.scalars(rows.where(Delivery.stage != KEPT).order_by(Delivery.id)):
            yield (
                f"delivery {row.id} of run {row.run_id}, {row.stage} to {row.target}: {row.state}, {row.reason}, "
                f"tries {row.tries}, not before {row.not_before}, lease until {row.lease_until}, {row.detail}"
            )
        for waiting in session.scalars(select(Inbox).order_by(Inbox.id)):
            yield f"inbound {waiting.id}: tries {waiting.tries}, not before {waiting.not_before}, {waiting.error}"
        for stage in session.scalars(select(Stage).where(Stage.state == "planned", Stage.at <= world.app.now())):
            yield f"stage {stage.name} of run {stage.run_id}: planned for {stage.at}, offered at {stage.offered_at}"


def in_state(world: World, state: str) -> int:
    """How many deliveries are in that state."""
    with world.store.read() as session:
        return session.scalar(select(func.count(Delivery.id)).where(Delivery.state == state)) or 0


def judge(world: World, told: Told) -> Verdict:
    """Hold what the ledgers and rows say against what was told."""
    verdict = Verdict()
    for what in told.vain:
        verdict.note(f"waited in vain: {what}", lost=1)
    verdict.note("something is still under way", lost=int(not settled(world)))
    with world.store.read() as session:
        for question, run_id in told.runs.items():
            _posts(verdict, world, session, question, run_id)
        for question in sorted(told.answered):
            kept = session.scalar(select(func.count(Answer.id)).where(Answer.run_id == told.runs[question]))
            verdict.count(f"answers to {question}", kept or 0)
        _member(verdict, session, told)
    return verdict


def _posts(verdict: Verdict, world: World, session: Session, question: str, run_id: int) -> None:
    """Every post of a run: one a place, but for what nobody can know."""
    run = session.get_one(Run, run_id)
    verdict.note(f"{question} never opened ({run.state})", lost=int(run.state != "open"))
    doubts = session.scalars(select(Trace).where(Trace.run_id == run_id, Trace.step == "unknown")).all()
    verdict.unknown += len(doubts)
    posts = session.scalars(select(Delivery).where(Delivery.run_id == run_id, Delivery.counts)).all()
    verdict.count(f"{question}: posts planned", len(posts), len(CHANNELS) + len(CHATS))
    for post in posts:
        ref = session.get_one(Place, post.place_id).ref
        unsure = any(doubt.facts.get("target") == post.target for doubt in doubts)
        held = post.state == "failed" and post.reason == "unsure"
        stand, made = _on_slack(world, ref, question) if ref in CHANNELS else _on_telegram(world, ref, question)
        what = f"{question} in {ref} ({post.state}, {post.reason}, {stand} stand of {made} made, unsure: {unsure})"
        most = 1 if ref in CHANNELS else 1 + unsure  # Telegram cannot be read back: repeated once
        verdict.note(what, lost=int((stand == 0 or post.state != "sent") and not held))
        verdict.note(what, doubled=max(0, made - most))


def _on_slack(world: World, channel: str, question: str) -> tuple[int, int]:
    """Posts with that question that stand in a channel, and that were ever made there.

    No request of these runs arrives late, so that not even a copy which is removed later is excused.
    """
    space = world.slack.workspace
    ours = [one for one in space.messages[channel] if one.get("user") == space.bot]
    made = [one for one in space.ledger if one["act"] == "posted" and one["channel"] == channel]
    return sum(question in str(one) for one in ours), sum(question in str(one) for one in made)


def _on_telegram(world: World, ref: str, question: str) -> tuple[int, int]:
    ours = [one for one in world.telegram.ours(int(ref)) if question in one.text]
    return sum(not one.removed for one in ours), len(ours)


def _member(verdict: Verdict, session: Session, told: Told) -> None:
    """Ana is one member, each of her messages counted once, and a reaction taken back stays so."""
    known = select(Handle.member_id).where(Handle.ref.in_([str(ref) for ref in ANA])).distinct()
    anas = session.scalars(known).all()
    verdict.note(f"{len(anas)} members for Ana", doubled=max(0, len(anas) - 1))
    total = session.scalar(select(func.sum(MemberTotal.n)).where(MemberTotal.member_id.in_(anas)))
    verdict.count("Ana's contributions", total or 0, told.said)
    for ts in told.undone:
        flags = session.scalars(select(Activity.flags).where(Activity.kind == REACTED, Activity.ref == number(ts)))
        verdict.note(f"a reaction at {ts} that was taken back", lost=int(list(flags) != [GONE]))
