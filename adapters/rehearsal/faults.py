"""The faults a rehearsal can play: each is what the played platform would have answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved, TertuliaError

FaultKind = Literal["gone", "too fast", "moved", "lost reply", "away", "unreachable", "token gone"]

#: Seconds the rehearsed platform asks us to wait when we are too fast.
TOO_FAST_SECONDS = 3.0

REFUSALS = {
    "gone": ("we were taken out of this place", "invite us again"),
    "unreachable": ("this member cannot be written to", "wait until they write to us first"),
    "token gone": ("our token is no longer valid", "install the app again"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, played for the next act in `place_ref` (None: anywhere), or for all that follow (`lasts`)."""

    kind: FaultKind
    place_ref: str | None = None
    new_ref: str = ""
    seconds: float = TOO_FAST_SECONDS
    lasts: bool = False

    @property
    def after_the_act(self) -> bool:
        """Did the platform do the act before something broke?"""
        return self.kind == "lost reply"

    def error(self) -> TertuliaError:
        """What the adapter raises."""
        if self.kind in REFUSALS:
            what, mend = REFUSALS[self.kind]
            return DeliveryFailed(self.kind, what, mend, permanent=True, gone=self.kind == "gone")
        if self.kind == "too fast":
            return DeliveryFailed("too_fast", "the platform asks us to slow down", retry_after=self.seconds)
        if self.kind == "away":
            return DeliveryFailed("away", "the platform cannot be reached")
        if self.kind == "moved":
            return PlaceMoved(self.new_ref)
        return DeliveryUnknown("the platform's reply was lost")
