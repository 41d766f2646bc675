"""What the ledgers and the rows must say in the end: nothing lost, nothing doubled beyond the promise."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from orchestrator.store.tables import Answer, Delivery, Inbox, Member, Place, Run, Trace
from tests.faults.world import CHANNELS, World


@dataclass(slots=True)
class Verdict:
    """Posts and answers lost, doubled beyond the promise, and how many outcomes were unknown for a while."""

    lost: int = 0
    doubled: int = 0
    unknown: int = 0

    def note(self, what: str, *, lost: int = 0, doubled: int = 0) -> None:
        """Count a breach, and say which."""
        if lost or doubled:
            print(f"  {'lost' if lost else 'doubled'}: {what}", flush=True)
        self.lost += lost
        self.doubled += doubled


def copies(world: World, place_ref: str, question: str) -> int:
    """How many posts with that question stand in a place."""
    if place_ref in CHANNELS:
        ours = [
            one for one in world.slack.workspace.messages[place_ref] if one.get("user") == world.slack.workspace.bot
        ]
        return sum(question in str(one.get("text", "")) + str(one.get("blocks", "")) for one in ours)
    ours_there = [one for one in world.telegram.ours(int(place_ref)) if not one.removed]
    return sum(question in one.text for one in ours_there)


def settled(world: World) -> bool:
    """Is nothing under way any more?"""
    with world.store.read() as session:
        waiting = select(func.count(Delivery.id)).where(
            Delivery.state.in_(("due", "sending", "unknown")) | Delivery.lease_until.is_not(None)
        )
        return not session.scalar(waiting) and not session.scalar(select(func.count(Inbox.id)))


def judge(world: World, runs: dict[str, int], answers: dict[str, int]) -> Verdict:
    """runs: question → run id. answers: question → run id of those whose answer a platform saw acknowledged."""
    verdict = Verdict()
    with world.store.read() as session:
        places = {place.id: place.ref for place in session.scalars(select(Place))}
        for question, run_id in runs.items():
            doubts = session.scalars(select(Trace).where(Trace.run_id == run_id, Trace.step == "unknown")).all()
            verdict.unknown += len(doubts)
            posts = session.scalars(select(Delivery).where(Delivery.run_id == run_id, Delivery.counts)).all()
            verdict.note(f"{question}: {len(posts)} posts planned", lost=max(0, 4 - len(posts)))
            for post in posts:
                ref = places[post.place_id or 0]
                seen = copies(world, ref, question)
                excused = post.state == "failed" and post.reason == "unsure"
                unsure = sum(1 for doubt in doubts if doubt.facts.get("target") == post.target)
                most = 1 if ref in CHANNELS else 1 + unsure
                where = f"{question} in {ref} ({post.state}, {seen} copies, {unsure} doubts)"
                verdict.note(where, lost=int(seen == 0 and not excused), doubled=max(0, seen - most))
        for question, run_id in answers.items():
            kept = session.scalar(select(func.count(Answer.id)).where(Answer.run_id == run_id))
            verdict.note(f"the answer to {question}", lost=int(kept == 0), doubled=max(0, (kept or 0) - 1))
        anas = session.scalar(select(func.count(Member.id)).where(Member.name == "Ana"))
        verdict.note("a member", doubled=max(0, (anas or 1) - 1))
        open_runs = session.scalar(select(func.count(Run.id)).where(Run.id.in_(runs.values()), Run.state != "open"))
        verdict.note(f"{open_runs} runs never opened", lost=open_runs or 0)
    return verdict
