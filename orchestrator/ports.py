"""What the core and a platform say to each other; all that an adapter may know of us."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from msgspec import UNSET, Struct, UnsetType, field

InboundKind = Literal[
    "said",  # a member wrote a message
    "edited",
    "deleted",
    "reacted",
    "unreacted",
    "joined",  # a member came to a place; ourselves: "added"
    "left",
    "pressed",  # a button of ours; data: {"key", "trigger_ref"?}
    "submitted",  # a form of ours; data: {"key", "text", "named"}
    "commanded",  # a command or word to us; data: {"word", "rest"}
    "voted",  # data: {"poll_ref", "options": [int]}; the member's whole vote, [] when taken back
    "moved",  # data: {"new_ref"}
    "added",  # we were put into a place
    "removed",  # we were taken out of it
]


class Inbound(Struct, frozen=True, gc=False, kw_only=True):
    """One thing that happened on a platform, in platform-neutral words.

    References are the platform's own ids as text. `at` is in microseconds since the epoch (UTC),
    None where the platform tells no moment. `event_ref` is what duplicates of one delivery share;
    `message_ref` is the message itself, or the one that a reaction or a press is about.
    `thread_ref` is the Slack thread or the Telegram topic. `to_us` says, from the payload alone,
    that we may have to react (a reply to us, a thread reply that may be ours, a direct message, a
    mention): such an inbound waits in the inbox, all other talk is only counted. `language` ("fr") is
    what its member reads, where a platform tells it with a message in our direct chat and not otherwise.
    """

    kind: InboundKind
    event_ref: str
    at: int | None = None
    place_ref: str | None = None
    thread_ref: str | None = None
    message_ref: str | None = None
    member_ref: str | None = None
    reply_to_ref: str | None = None
    text: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    to_us: bool = False
    language: str | UnsetType = UNSET


class Ignored(Struct, frozen=True):
    """Why a payload says nothing to us ("a bot spoke", "not a kind we know")."""

    reason: str


class Address(Struct, frozen=True):
    """Where an outgoing act goes: a place (with its Telegram topic, or the Slack thread pressed in) or one member directly."""

    place_ref: str | None = None
    topic_ref: str | None = None
    member_ref: str | None = None


class Button(Struct, frozen=True):
    """A button under a post. `key` is [A-Za-z0-9_-]{1,64} and comes back when it is pressed.

    kind "answer" opens the short form on Slack and is a link to the direct chat in a Telegram group;
    "choice" comes back as a press everywhere.
    """

    label: str
    key: str
    kind: Literal["answer", "choice"] = "choice"
    style: Literal["plain", "good", "bad"] = "plain"


class Post(Struct, frozen=True, tag="post"):
    """A message of ours. `text` is our Markdown; `under` is the message whose thread it joins."""

    text: str
    buttons: tuple[Button, ...] = ()
    under: str | None = None
    mention_everyone: bool = False


class Edit(Struct, frozen=True, tag="edit"):
    """A new text for a message of ours."""

    message_ref: str
    text: str
    buttons: tuple[Button, ...] = ()


class React(Struct, frozen=True, tag="react"):
    """Our reaction to a member's message. `emoji` is one Unicode emoji."""

    message_ref: str
    emoji: str


class Remove(Struct, frozen=True, tag="remove"):
    """Take a message of ours back."""

    message_ref: str


class Form(Struct, frozen=True, tag="form"):
    """A short form in answer to a press (Slack only). Its answer comes back as "submitted".

    `value` stands in the field when it opens. Without an `unnamed_label` nobody is asked whether to be named.
    """

    trigger_ref: str
    key: str
    title: str
    question: str
    label: str
    unnamed_label: str
    notice: str
    submit: str
    cancel: str
    value: str = ""


class Notice(Struct, frozen=True, tag="notice"):
    """A line only the presser sees; without a text it only ends their wait. `press_ref` is the press's `trigger_ref`."""

    press_ref: str
    text: str


class Poll(Struct, frozen=True, tag="poll"):
    """A poll of the platform's own, where `Capabilities.native_polls`; elsewhere a Post with buttons asks.

    `question` is our Markdown, shown without marks; `options` are plain; `text` is Markdown beside them. `closes_at` (µs since the epoch):
    the platform then refuses votes by itself; None: only ClosePoll ends it. `hidden`: no counts before that.
    """

    question: str
    options: tuple[str, ...]
    several: bool = False
    closes_at: int | None = None
    hidden: bool = False
    under: str | None = None
    text: str = ""


class ClosePoll(Struct, frozen=True, tag="close_poll"):
    """End a poll of ours: no more votes are taken. As good as done where it has ended already."""

    message_ref: str


class Document(Struct, frozen=True, tag="document"):
    """A file sent to one member directly, with a line of our Markdown."""

    name: str
    content: bytes
    text: str


Outgoing = Post | Edit | React | Remove | Form | Notice | Poll | ClosePoll | Document


class Receipt(Struct, frozen=True):
    """The platform's proof. `message_ref` is None where the act makes no message.

    `poll_ref` is the reference that votes in the poll we sent come back with.
    """

    message_ref: str | None = None
    place_ref: str | None = None
    at: int | None = None
    poll_ref: str | None = None


class Call(Struct, frozen=True):
    """One call to the platform's interface: exactly what would be sent, without the token.

    `content` is a file's bytes, which travel beside the arguments.
    """

    method: str
    args: dict[str, Any]
    content: bytes = b""


class Limit(Struct, frozen=True):
    """At most one act per `every` seconds in `scope`, with `burst` at once after a rest."""

    scope: Literal["connection", "place", "group"]
    every: float
    burst: int = 1


class Capabilities(Struct, frozen=True):
    """What a platform can do, each number from its documentation."""

    platform: str
    max_text: int  # characters in one message, in the platform's own rendering
    forms: bool  # can open a form on a press
    reads_back: bool  # can look for our key among posted messages
    limits: tuple[Limit, ...] = ()
    # Of a message: "{place}/p{number}", from the place's link and the digits of its reference.
    post_link: str | None = None
    writes_first: bool = True  # may begin a direct chat (Telegram: only answer whoever wrote to us)
    waits: bool = False  # shows whoever pressed a button that it works, until a Notice comes
    native_polls: bool = False  # has polls of its own in groups (not in channels), which tell who votes what


class PlaceSeen(Struct, frozen=True):
    """A place as the connection sees it. `kind` "group" counts against group limits."""

    ref: str
    title: str
    kind: Literal["group", "channel", "direct"] = "group"
    topic_ref: str | None = None
    link: str | None = None
    joined: bool = True


class MemberSeen(Struct, frozen=True):
    """A person as the platform shows them."""

    ref: str
    name: str
    language: str | None = None
    zone: str | None = None
    is_bot: bool = False


class Finding(Struct, frozen=True):
    """Something `doctor` found: a code, the fact, and the mend."""

    code: str
    what: str
    mend: str


class HookAnswer(Struct, frozen=True):
    """What an HTTP hook answers the platform."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


Publish = Callable[[Sequence[Inbound]], None]
"""Keep these inbounds; returns after the commit, raises when they could not be kept."""


class Adapter(Protocol):
    """One connection to one platform. Every method may be called from any thread."""

    @property
    def capabilities(self) -> Capabilities: ...

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        """Act once, with no retry of its own. `key` marks the post so that it can be found again.

        Raises DeliveryFailed (surely not sent), PlaceMoved, or DeliveryUnknown (may be sent).
        """

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]:
        """Tell, without I/O, the calls that `send` would make."""

    def find(self, to: Address, outgoing: Outgoing, key: str, since: int) -> list[Receipt] | None:
        """Look for posts carrying `key` since that moment (µs), oldest first; None: cannot be read back."""

    def listen(self, publish: Publish, may_listen: Callable[[], bool], stop: threading.Event) -> None:
        """Receive until `stop` is set. `may_listen` tells whether this process holds the lease."""

    def silent_for(self) -> float:
        """Seconds since the platform last showed that `listen` hears it; 0 when nobody listens or can tell."""

    def hook(self, headers: Mapping[str, str], body: bytes, publish: Publish) -> HookAnswer:
        """Take one HTTP delivery: verify, translate, publish, then answer. Header names are lower case."""

    def resolve(self, ref: str) -> PlaceSeen:
        """Find a place from what a manager wrote (link, id, name). Raises Refused."""

    def places(self) -> list[PlaceSeen]:
        """The places this connection sees, for pasting into a playbook."""

    def member(self, ref: str) -> MemberSeen:
        """Look one person up. Raises DeliveryFailed."""

    def people(self, place_ref: str) -> list[MemberSeen]:
        """Those now in a place, as far as the platform tells (Telegram: its administrators)."""

    def check(self, places: Sequence[Address]) -> list[Finding]:
        """What is wrong with this connection and these places, for `doctor`."""

    def close(self) -> None:
        """Give back sockets and threads."""
