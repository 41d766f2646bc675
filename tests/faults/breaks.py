"""One thing that goes wrong at a chosen moment of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.play import Play, Scene

#: Instead of a crash point: the next replies of both platforms are lost.
NO_REPLY = "replies lost"


@dataclass(frozen=True, slots=True)
class Break:
    """`point`: a crash point, or NO_REPLY. `moment`: the own name of when, of the scene that is called `scene`."""

    point: str
    moment: str
    scene: str

    @property
    def fault(self) -> str:
        """What is counted when it happened: no other scene's fault is called so, or one would vouch for the other."""
        what = NO_REPLY if self.point == NO_REPLY else f"killed at {self.point}"
        return f"{what}, {self.scene}: {self.moment}"

    def at(self, play: Play, moment: str) -> None:
        """Break now, if this is the moment."""
        if moment != self.moment:
            return
        if self.point == NO_REPLY:
            play.world.slack.drop_reply_after(1)
            play.world.telegram.faults.append("drop reply")
        else:
            play.break_at(self.point, self.fault)

    def wait(self, play: Play) -> None:
        """Until it happened."""
        if self.point != NO_REPLY:
            play.until_killed()
            return
        slack, telegram = play.world.slack.faults, play.world.telegram.faults
        if play.until("replies to be lost", lambda: slack.drop_reply_in is None and not telegram):
            play.world.fire(self.fault)


Gathering = Callable[[Play, int, Break], None]
"""A scene among people, with its number and what breaks in it; its docstring's first line tells it."""


def scene(gathering: Gathering, point: str, moment: str, *, hall: bool = False) -> Scene:
    """The gathering, broken at that point in that moment; `hall`: it is played in a community of its own."""
    broken = Break(point, moment, gathering.__name__)
    what = (gathering.__doc__ or "").splitlines()[0]
    return Scene(
        f"{what} Broken: {broken.fault}.", lambda play, number: gathering(play, number, broken), (broken.fault,), hall
    )
