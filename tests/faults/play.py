"""The scenes of a fault run: each holds one ritual while something breaks, and a member answers it."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator.flow.hold import hold
from tests import servers
from tests.faults import ledger
from tests.faults.ledger import Verdict
from tests.faults.world import ANA, CHANNELS, CHATS, World, wait_for

#: Points that only a lost reply leads to.
AFTER_A_DOUBT = ("settle.before_read", "settle.before_commit")

#: Tries of a platform that got no acknowledgement in time.
REDELIVERIES = 40

Scene = Callable[["Play", int], None]


def points() -> list[str]:
    """Every named crash point of the house, read from its sources."""
    root = Path(__file__).parents[2]
    sources = [path for folder in ("orchestrator", "adapters", "workers") for path in (root / folder).rglob("*.py")]
    return sorted({name for path in sources for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text())})


class Play:
    """One run of scenes in one world; remembers what it asked for, so that the ledgers can be judged."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        self.runs: dict[str, int] = {}
        self.answers: dict[str, int] = {}
        self.crash_at = ""

    def hold(self, number: int) -> str:
        """Hold a ritual; gives its question."""
        question = f"Question r{number:02} ?"
        self.runs[question] = hold(self.world.app, "circle", f"r{number:02}")
        return question

    def answer(self, question: str) -> None:
        """Ana answers on one of the platforms, or on both; the platform repeats until it is acknowledged."""
        both = self.rng.random() < 0.3
        on_slack = both or self.rng.random() < 0.5
        if on_slack and self._answer_on_slack(question):
            self.answers[question] = self.runs[question]
        if (both or not on_slack) and self._answer_on_telegram(question):
            self.answers[question] = self.runs[question]

    def _answer_on_slack(self, question: str) -> bool:
        fake, channel = self.world.slack, self.rng.choice(CHANNELS)

        def post() -> str | None:
            ours = [one for one in fake.workspace.messages[channel] if one.get("user") == fake.workspace.bot]
            return next((one["ts"] for one in ours if question in str(one)), None)

        if not wait_for(f"{question} in {channel}", post):
            return False
        fake.says(ANA[0], channel, f"my answer to {question}", thread_ts=post())
        for _ in range(REDELIVERIES):
            if fake.delivered[-1].status == 200:
                break
            self.keep_alive()
            time.sleep(0.5)
            fake.again()
        if self.rng.random() < 0.5:
            fake.again()
            self.world.fire("duplicate inbound")
        return fake.delivered[-1].status == 200

    def _answer_on_telegram(self, question: str) -> bool:
        fake, chat = self.world.telegram, self.rng.choice(CHATS)

        def post() -> int | None:
            return next((one.message_id for one in fake.ours(chat) if question in one.text), None)

        if not wait_for(f"{question} in {chat}", post):
            return False
        fake.says(ANA[1], chat, f"my answer to {question}", reply_to=post())
        if self.rng.random() < 0.5:
            fake.updates.again()
            self.world.fire("duplicate inbound")
        return wait_for("Telegram's updates to be taken", lambda: self.alive_and(not fake.updates.queue))

    def disorder(self) -> None:
        """Slack tells a reaction before its message, and its end before its beginning."""
        fake, channel = self.world.slack, CHANNELS[0]
        kept = fake.workspace.add(channel, {"type": "message", "user": ANA[0], "text": "talk"})
        about = {"user": ANA[0], "reaction": "tada", "item": {"type": "message", "channel": channel, "ts": kept["ts"]}}
        for event in (
            {"type": "reaction_removed", **about},
            {"type": "reaction_added", **about},
            {**kept, "channel": channel, "channel_type": "channel"},
        ):
            fake.event(event)
        self.world.fire("disorder inbound")

    def keep_alive(self) -> None:
        """Start again, without the crash point, what killed itself there."""
        if died := self.world.killed():
            self.world.fire(f"killed at {self.crash_at}", died)
        self.world.start()

    def alive_and(self, holds: bool) -> bool:
        """The same answer, after starting what has died."""
        self.keep_alive()
        return holds

    def until_killed(self) -> None:
        """Wait for the kill, then for life to go on."""
        fault = f"killed at {self.crash_at}"
        wait_for(fault, lambda: self.alive_and(fault in self.world.fired))


def killed_at(point: str) -> Scene:
    """The process kills itself at a named point, and another takes over."""

    def scene(play: Play, number: int) -> None:
        play.world.stop()
        play.crash_at = point
        play.world.start(point)
        if point in AFTER_A_DOUBT:
            play.world.slack.drop_reply_after(1)
            play.world.telegram.faults.append("drop reply")
        question = play.hold(number)
        if point.startswith(("receive.", "bus.")):
            play.answer(question)
            play.until_killed()
        else:
            play.until_killed()
            play.answer(question)

    scene.__doc__ = f"The process kills itself at {point}."
    return scene


def replies_dropped(play: Play, number: int) -> None:
    """Both platforms do what we ask, and their answers are lost; Telegram also loses a request."""
    play.world.slack.drop_reply_after(play.rng.randint(1, 2))
    play.world.telegram.faults += ["drop reply", "drop request"]
    question = play.hold(number)
    wait_for("the replies to be dropped", lambda: not play.world.telegram.faults)
    play.world.fire("telegram reply dropped", 2 - len(play.world.telegram.faults))
    play.answer(question)


def refused_for_a_while(play: Play, number: int) -> None:
    """Slack is overloaded after the act, both platforms ask us to slow down."""
    play.world.slack.faults.server_errors = 1
    play.world.slack.faults.too_fast = [2.0]
    play.world.telegram.retry_after = 2
    play.world.telegram.faults += ["too fast", "server error"]
    question = play.hold(number)
    wait_for("the faults to be played", lambda: not play.world.telegram.faults)
    play.world.fire("telegram too fast", 2 - len(play.world.telegram.faults))
    play.answer(question)


def killed_from_outside(play: Play, number: int) -> None:
    """kill -9 at moments of chance, while a ritual is held and answered."""
    question = play.hold(number)
    for _ in range(3):
        time.sleep(play.rng.uniform(0.2, 1.5))
        play.world.kill(play.rng.choice(list(play.world.running)))
        play.world.killed()
        play.world.fire("killed from outside")
        play.world.start()
    play.disorder()
    play.answer(question)


def redis_lost(play: Play, number: int, broken: Callable[[], None]) -> None:
    """The queue forgets everything, then is gone for a while."""
    question = play.hold(number)
    broken()
    play.answer(question)


def database_restarted(play: Play, number: int, cluster: servers.Cluster) -> None:
    """The database is ended like a crash in the middle of the work, and comes back."""
    question = play.hold(number)
    time.sleep(play.rng.uniform(0.5, 1.5))
    cluster.stop(signal.SIGQUIT)
    time.sleep(2)
    cluster.start()
    play.world.fire("database restarted")
    play.answer(question)


def perform(world: World, rng: random.Random, scenes: list[Scene]) -> Verdict:
    """Play all scenes, wait until nothing is under way, and judge by the ledgers."""
    play = Play(world, rng)
    world.start()
    for number, scene in enumerate(scenes):
        print(f"  {number:2} {scene.__doc__}", flush=True)
        scene(play, number)
        play.keep_alive()
    wait_for("everything to be settled", lambda: play.alive_and(ledger.settled(world)), 150)
    for fault, times in world.slack.faults.fired.items():
        world.fire(f"slack {fault}", times)
    return ledger.judge(world, play.runs, play.answers)
