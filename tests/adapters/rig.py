"""What the contract suite asks of a rig: one adapter before one fake platform, seen in neutral words.

Each platform fills it in tests/adapters/rig_<platform>.py with `opened() -> ContextManager[Rig]`:
a fresh fake with one group `place` in which we and the member `ana` are, and one `other` place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from orchestrator.ports import Adapter, Address, Inbound

Fault = Literal[
    "lost reply",  # the next act is carried out, its reply never arrives
    "server error",  # the next act is answered with an HTTP 5xx
    "away",  # nothing listens any more: no connection can be made
    "not in place",  # the platform refuses us in `place`, for good
    "too fast",  # the next act is refused; wait 7 seconds, says the platform
    "unreachable member",  # the platform does not let us write to `ana`
    "token gone",  # our token is no longer valid
]

TOO_FAST_SECONDS = 7.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A message of ours as it stands on the platform now (edits applied, removed ones left out).

    text: what a member reads, without marks or escapes. under: the message whose thread or reply
    chain it joined. live: everything in it that notifies somebody or can be followed: "everyone",
    "member:REF" or an address. bold: the words shown in bold. buttons: their labels, in order.
    key: the delivery key found with it, None where the platform keeps none.
    """

    ref: str
    place_ref: str
    text: str
    under: str | None = None
    buttons: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    bold: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class PollStanding:
    """A poll of ours as members see it now. tally: votes for each option."""

    question: str
    options: tuple[str, ...]
    tally: tuple[int, ...]
    is_open: bool
    several: bool = False
    hidden: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class FileStanding:
    """A file that `ana` was given, and the words beside it."""

    name: str
    content: bytes
    text: str


class Rig(Protocol):
    """One adapter, its fake platform, and a member who acts there.

    Every act of the member returns what the adapter published because of it; the rig waits until the
    platform got its acknowledgement. `heard` publishes nothing twice.
    """

    platform: str
    adapter: Adapter
    place: Address  # a group in which we and `ana` are
    other: Address  # another place of ours
    ana: str  # member_ref of a member of `place` who can be written to directly
    shows_forms: bool  # as Capabilities.forms
    can_move: bool  # a place can get another reference (Telegram)

    def posts(self) -> list[Standing]:
        """Our messages, oldest first."""

    def reactions(self) -> list[tuple[str, str]]:
        """Our reactions as (message_ref, emoji)."""

    def form(self) -> str | None:
        """All the words of the form now open before `ana` (title, question, labels, notice), else None."""

    def notices(self) -> list[str]:
        """What only `ana` was shown."""

    def poll(self, message_ref: str) -> PollStanding:
        """That poll in `place`. Only where Capabilities.native_polls."""

    def files(self) -> list[FileStanding]:
        """What `ana` was given directly."""

    def says(self, text: str, *, under: str | None = None, reply_to: str | None = None) -> list[Inbound]:
        """`ana` writes in `place`: in the thread under a message, or as a reply to one."""

    def tells_us(self, text: str) -> list[Inbound]:
        """`ana` writes to us directly."""

    def edits(self, message_ref: str, text: str) -> list[Inbound]:
        """`ana` changes a message of hers in `place`."""

    def reacts(self, message_ref: str, emoji: str) -> list[Inbound]:
        """`ana` reacts to a message in `place`."""

    def presses(self, message_ref: str, label: str) -> list[Inbound]:
        """`ana` presses the button with that label (where it is a link: follows it)."""

    def votes(self, message_ref: str, *options: int) -> list[Inbound]:
        """`ana` votes in a poll in `place`; without options she takes her vote back. Only where there are polls."""

    def submits(self, text: str, *, named: bool = True) -> list[Inbound]:
        """`ana` fills the open form in and sends it. Only where forms are shown."""

    def joins(self, name: str) -> list[Inbound]:
        """A new member of that name comes to `place`."""

    def bot_says(self, text: str) -> list[Inbound]:
        """Another bot writes in `place`."""

    def again(self) -> list[Inbound]:
        """The platform delivers its last delivery a second time, byte for byte."""

    def breaks(self, fault: Fault) -> None:
        """Make that fault happen to the next act (lasting ones: to all that follow)."""

    def moves(self) -> str:
        """`place` gets a new reference; return it. Only where `can_move`."""

    def mends(self) -> None:
        """End every lasting fault."""
