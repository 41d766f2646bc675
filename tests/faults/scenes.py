"""The scenes of a fault run: kills at every named point, lost replies, refusals, servers that go away."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests import servers
from tests.fakes.telegram import Fault
from tests.faults import ledger
from tests.faults.play import Play, Scene

#: Points that only a lost reply leads to.
AFTER_A_DOUBT = ("settle.",)

#: Points that something said by a member leads to.
INBOUND = ("receive.", "bus.", "deeds.")

#: Points that only a scene among people leads to (repertoire.py).
APART = ("errands.", "erase.", "due.", "watch.")

PLATFORMS = ("slack", "telegram")


def points() -> list[str]:
    """Every named crash point of the house, read from its sources."""
    root = Path(__file__).parents[2]
    sources = [path for folder in ("orchestrator", "adapters", "workers") for path in (root / folder).rglob("*.py")]
    return sorted({name for path in sources for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text())})


def every_kill() -> list[Scene]:
    """A kill at every point; at those on the way in, once for each platform."""
    inbound = [killed_hearing(point, platform) for point in points() if _is_inbound(point) for platform in PLATFORMS]
    return [*(killed_at(point) for point in points() if _is_outbound(point)), *inbound]


def some_kills(rng: random.Random) -> list[Scene]:
    """One point on the way out and one on the way in, drawn."""
    outward = [point for point in points() if _is_outbound(point)]
    inward = [point for point in points() if _is_inbound(point)]
    return [killed_at(rng.choice(outward)), killed_hearing(rng.choice(inward), rng.choice(PLATFORMS))]


def _is_outbound(point: str) -> bool:
    return not point.startswith((*INBOUND, *APART))


def _is_inbound(point: str) -> bool:
    return point.startswith(INBOUND)


def killed_at(point: str) -> Scene:
    """The process kills itself at a named point on the way out, and another takes over."""
    fault = f"killed at {point}"

    def act(play: Play, number: int) -> None:
        if point.startswith(AFTER_A_DOUBT):
            # A post must lose its reply: a reaction that is still to leave would lose it in its place.
            play.until("nothing to be under way", lambda: ledger.settled(play.world))
            play.world.slack.drop_reply_after(1)
            play.world.telegram.faults.append("drop reply")
        play.break_at(point, fault)
        play.later.append(play.hold(number))
        play.until_killed()

    return Scene(f"The process kills itself at {point}.", act, (fault,))


def killed_hearing(point: str, platform: str) -> Scene:
    """The process kills itself at a named point on the way in, while a platform tells an answer."""
    fault = f"killed at {point} ({platform})"

    def act(play: Play, number: int) -> None:
        play.break_at(point, fault)
        play.answer(play.hold(number), platform)
        play.until_killed()

    return Scene(f"The process kills itself at {point}, hearing from {platform}.", act, (fault,))


def replies_dropped(play: Play, number: int) -> None:
    """Both platforms do what we ask, and their answers are lost; Telegram also loses a request."""
    play.world.slack.drop_reply_after(play.rng.randint(1, 2))
    _telegram_breaks(play, number, "drop reply", "drop request")
    play.until("Slack's reply to be dropped", lambda: play.world.slack.faults.drop_reply_in is None)


def refused_for_a_while(play: Play, number: int) -> None:
    """Slack is overloaded after the act, both platforms ask us to slow down."""
    play.world.slack.faults.server_errors = 1
    play.world.slack.faults.too_fast = [2.0]
    play.world.telegram.retry_after = 2
    _telegram_breaks(play, number, "too fast", "server error")
    faults = play.world.slack.faults
    play.until("Slack's refusals", lambda: not faults.server_errors and not faults.too_fast)


def _telegram_breaks(play: Play, number: int, *faults: Fault) -> None:
    """Hold a ritual while Telegram breaks its next calls in this order."""
    waiting = play.world.telegram.faults
    waiting += faults
    play.later.append(play.hold(number))
    play.until(f"Telegram's faults: {', '.join(faults)}", lambda: not waiting)
    for fault in faults[: len(faults) - len(waiting)]:
        play.world.fire(f"telegram {fault}")


def killed_from_outside(play: Play, number: int) -> None:
    """kill -9 at moments of chance while a ritual is held, then events in disorder."""
    play.later.append(play.hold(number))
    for _ in range(3):
        time.sleep(play.rng.uniform(0.2, 1.5))
        play.keep_alive()
        play.world.kill(play.rng.choice(play.world.parts))
        play.world.killed()
        play.world.fire("killed from outside")
        play.world.start()
    play.ana.reacts_backwards()


def killed_while_told(play: Play, number: int) -> None:
    """kill -9 of the listener while a platform tells what members say, and an answer."""
    question = play.hold(number)
    play.answer(question, *PLATFORMS)
    ears = play.world.parts[0]
    for turn in range(2):
        for platform in PLATFORMS:
            seconds = play.rng.uniform(0.0, 0.03)
            what = (f"talk {number}.{turn}", platform, play.rng.randrange(2))
            play.ana.speaks_while(partial(play.world.kill, ears), seconds, *what)
            play.world.killed()
            play.world.fire("listener killed while told")
            play.world.start()


def redis_lost(broken: Callable[[], None], play: Play, number: int) -> None:
    """The queue forgets everything, or is gone for a while, while a ritual is held and answered."""
    question = play.hold(number)
    broken()
    play.answer(question)


def database_restarted(cluster: servers.Cluster, play: Play, number: int) -> None:
    """The database is ended like a crash in the middle of the work, and comes back."""
    question = play.hold(number)
    time.sleep(play.rng.uniform(0.5, 1.5))
    cluster.stop(signal.SIGQUIT)
    time.sleep(2)
    cluster.start()
    play.world.fire("database restarted")
    play.answer(question)


def worker_frozen(play: Play, number: int) -> None:
    """The worker is stopped while it sends, taken for dead by the others, and wakes up."""
    play.world.slack.faults.delay = play.world.telegram.slow_seconds = 1.5
    play.world.telegram.faults += ["slow", "slow"]
    question = play.hold(number)
    play.until("something to be sent", lambda: ledger.in_state(play.world, "sending"))
    play.world.freeze("worker")
    play.world.slack.faults.delay = 0.0
    if play.until("the frozen worker to be taken for dead", lambda: not ledger.in_state(play.world, "sending")):
        play.world.fire("worker frozen")
    play.world.thaw("worker")
    play.later.append(question)


OFTEN = [
    Scene(
        "Replies of both platforms are lost; Telegram also loses a request.",
        replies_dropped,
        ("slack reply dropped", "telegram drop reply", "telegram drop request"),
    ),
    Scene(
        "Slack is overloaded after the act, both platforms ask us to slow down.",
        refused_for_a_while,
        ("slack server error", "slack too fast", "telegram too fast", "telegram server error"),
    ),
    Scene(
        "kill -9 at moments of chance while a ritual is held; events in disorder.",
        killed_from_outside,
        ("killed from outside", "disorder inbound"),
    ),
]

SELDOM = [
    Scene(
        "kill -9 of the listener while platforms tell, each thing twice.",
        killed_while_told,
        ("listener killed while told", "slack duplicate inbound", "telegram duplicate inbound"),
    ),
]
