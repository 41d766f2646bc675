"""One fault run in one world: scenes that each hold one ritual while something breaks, and members' answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.flow.hold import hold
from tests.faults import ledger
from tests.faults.ledger import Verdict
from tests.faults.members import Ana
from tests.faults.world import World, wait_for

Proof = Callable[[Verdict], None]
"""Counts into the verdict what a scene asked for and is not there, or there too often."""

#: Seconds within which everything under way must come to its end: a lease, and the proofs after it, many times.
SETTLED = 300.0


class Play:
    """One run of scenes in one world; remembers what it asked for, so that the ledgers can be judged.

    `vain`: what was waited for and never came. `later`: questions answered once all scenes are played. `proofs`: what
    is held against the ledgers in the end, beside every post and answer.
    """

    def __init__(self, world: World, seed: str) -> None:
        self.world, self.rng = world, random.Random(seed)
        self.ana = Ana(world, self.until)
        self.runs: dict[str, int] = {}
        self.answered: set[str] = set()
        self.later: list[str] = []
        self.vain: list[str] = []
        self.proofs: list[Proof] = []
        self.fault = ""

    def hold(self, number: int) -> str:
        """Hold a ritual; gives its question."""
        question = f"Question r{number:02} ?"
        self.runs[question] = hold(self.world.app, "circle", f"r{number:02}")
        return question

    def answer(self, question: str, *platforms: str) -> None:
        """Ana answers on these platforms, or on one or both of them by chance; sometimes it is told twice."""
        by_chance = (("slack",), ("telegram",), ("slack", "telegram"))
        for platform in platforms or self.rng.choice(by_chance):
            which, twice = self.rng.randrange(2), self.rng.random() < 0.5
            if self.ana.answers(question, platform, which, twice=twice):
                self.answered.add(question)

    def break_at(self, point: str, fault: str) -> None:
        """Start every process anew, each to kill itself at that point."""
        self.world.stop()
        self.fault = fault
        self.world.start(point)

    def keep_alive(self) -> None:
        """Start again, without the crash point, what killed itself there."""
        if died := self.world.killed():
            self.world.fire(self.fault, died)
        self.world.start()

    def until(self, what: str, holds: Callable[[], object]) -> bool:
        """Wait until it holds, starting again what died; what never comes makes the run red."""
        came = wait_for(what, lambda: self._alive_and(holds))
        if not came:
            self.vain.append(what)
            print(*(f"    {one}" for one in ledger.unfinished(self.world)), sep="\n", flush=True)
        return came

    def until_killed(self) -> None:
        """Wait for the kill, then for life to go on."""
        self.until(self.fault, lambda: self.fault in self.world.fired)

    def _alive_and(self, holds: Callable[[], object]) -> object:
        self.keep_alive()
        return holds()

    def finish(self) -> Verdict:
        """Answer what nobody answered, wait until nothing is under way, and judge by the ledgers."""
        for question in self.later:
            self.answer(question)
        wait_for("everything to be settled", lambda: self._alive_and(lambda: ledger.settled(self.world)), SETTLED)
        for fault, times in self.world.slack.faults.fired.items():
            self.world.fire(f"slack {fault}", times)
        told = ledger.Told(self.runs, self.answered, self.ana.said, self.ana.undone, self.vain)
        verdict = ledger.judge(self.world, told)
        for proof in self.proofs:
            proof(verdict)
        return verdict


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scene does with a play and its number, and the faults that it must be seen to make.

    hall: it needs a community of its own (halls.py).
    """

    what: str
    act: Callable[[Play, int], None]
    faults: tuple[str, ...]
    hall: bool = False


def perform(world: World, seed: str, scenes: list[Scene]) -> Verdict:
    """Play all scenes and judge; faults that never fired are counted as `missing`."""
    play = Play(world, seed)
    world.start()
    for number, scene in enumerate(scenes):
        print(f"  {number:2} {scene.what}", flush=True)
        play.rng = random.Random(f"{seed} {number}")  # whatever came before: the same seed, the same scene
        scene.act(play, number)
        play.keep_alive()
    verdict = play.finish()
    verdict.missing = sorted({fault for scene in scenes for fault in scene.faults if fault not in world.fired})
    return verdict
