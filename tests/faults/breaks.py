"""One thing that goes wrong at a chosen moment of a scene."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.play import Play

#: Instead of a crash point: the next replies of both platforms are lost.
NO_REPLY = "replies lost"


@dataclass(frozen=True, slots=True)
class Break:
    """`point`: a crash point, or NO_REPLY. `moment`: the scene's own name of when."""

    point: str
    moment: str

    @property
    def fault(self) -> str:
        """What is counted when it happened."""
        return NO_REPLY if self.point == NO_REPLY else f"killed at {self.point}, {self.moment}"

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
            play.world.fire(NO_REPLY)
