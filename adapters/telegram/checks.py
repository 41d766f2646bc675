"""What is wrong with a Telegram connection and its places, found by asking Telegram; for `doctor`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from adapters.telegram.faults import LET_POLLS, LET_US
from adapters.telegram.loop import ALLOWED_UPDATES, RETURNS
from adapters.telegram.outbound import chat_id
from adapters.telegram.places import User
from adapters.telegram.wire import Wire
from orchestrator.errors import DeliveryFailed, TertuliaError
from orchestrator.ports import Address, Finding

MAX_SKEW = 30.0  # seconds; beyond it "today" and quiet hours begin to be wrong
LOOK = 2  # seconds in which another poller comes back (the SDK's own after 1); below loop.FIRST_STEP_BACK
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # setWebhook.secret_token
ADMINISTRATORS = ("administrator", "creator")


class WebhookInfo(Struct, frozen=True):
    """The part of getWebhookInfo that we read."""

    url: str = ""
    pending_update_count: int = 0
    last_error_message: str | None = None
    allowed_updates: list[str] | None = None


class Standing(Struct, frozen=True):
    """The part of ChatMember that we read."""

    status: str
    is_member: bool = False
    can_send_messages: bool = True  # this and the next: of the restricted
    can_send_polls: bool = True
    can_post_messages: bool = True  # of a channel's administrators

    @property
    def inside(self) -> bool:
        """Is it in the chat?"""
        return self.status in (*ADMINISTRATORS, "member") or (self.status == "restricted" and self.is_member)


class Wants(Struct, frozen=True):
    """What the settings ask for. secret None: we poll."""

    secret: str | None = None
    hook_url: str | None = None


def check(wire: Wire, wants: Wants, places: Sequence[Address]) -> list[Finding]:
    """Everything found, in the order in which it should be mended."""
    try:
        me = wire.ask("getMe", {}, User)
    except TertuliaError as error:
        return [_unusable(error)]
    found = [*_clock(wire), *_hearing(wire, wants)]
    for place in places:
        found += _place(wire, me, place)
    return found


def _unusable(error: TertuliaError) -> Finding:
    if isinstance(error, DeliveryFailed) and error.permanent:
        return Finding("telegram.token", error.what, error.mend)
    mend = "check this machine's network, and TERTULIA_TELEGRAM_API_URL if it is set"
    return Finding("telegram.unreachable", f"Telegram does not answer: {error}", mend)


def _clock(wire: Wire) -> list[Finding]:
    if wire.skew is None or abs(wire.skew) <= MAX_SKEW:
        return []
    side = "ahead of" if wire.skew > 0 else "behind"
    what = f"this machine's clock is {abs(wire.skew):.0f} s {side} Telegram's"
    return [Finding("telegram.clock", what, "let the machine set its clock by itself (NTP)")]


def _hearing(wire: Wire, wants: Wants) -> list[Finding]:
    """Does what members do reach us?"""
    try:
        info = wire.ask("getWebhookInfo", {}, WebhookInfo)
    except TertuliaError as error:
        return [_unusable(error)]
    if wants.secret is not None:
        return [*_hook_settings(wants), *_hook_state(info, wants)]
    if not info.url:
        return _other_poller(wire)
    what = "a webhook is set for this bot, so that polling hears nothing"
    mend = "start `tertulia run`: it removes the webhook and polls; or set TERTULIA_TELEGRAM_WEBHOOK_SECRET"
    return [Finding("telegram.webhook_left", what, mend)]


def _hook_settings(wants: Wants) -> list[Finding]:
    found = []
    if not SECRET.fullmatch(wants.secret or ""):
        what = "the webhook's secret has characters Telegram does not take"
        found.append(Finding("telegram.secret", what, "use 1 to 256 letters, digits, _ and - only"))
    if not (wants.hook_url or "").startswith("https://"):
        what = "Telegram delivers to https:// addresses only, and TERTULIA_PUBLIC_URL is none"
        found.append(Finding("telegram.public_url", what, "set it to the address the internet reaches us at"))
    return found


def _hook_state(info: WebhookInfo, wants: Wants) -> list[Finding]:
    found = []
    start = "start `tertulia run listen`: it sets the webhook"
    if info.url != (wants.hook_url or ""):
        found.append(Finding("telegram.webhook", "Telegram does not deliver to our address yet", start))
    elif set(info.allowed_updates or ()) != set(ALLOWED_UPDATES):
        what = "Telegram delivers other kinds of news than we asked for"
        found.append(Finding("telegram.allowed_updates", what, start))
    if info.last_error_message and info.pending_update_count:
        what = f"Telegram could not deliver {info.pending_update_count} updates: {info.last_error_message}"
        mend = "make TERTULIA_PUBLIC_URL reachable from the internet, with a valid certificate"
        found.append(Finding("telegram.webhook_failing", what, mend))
    return found


def _other_poller(wire: Wire) -> list[Finding]:
    """Two pollers throw one another out. While we listen ourselves, a look of our own would be the second.

    Our look throws a running poller out; one that is not ours comes back at once and throws us out, while
    our own listener steps back for longer than we look.
    """
    what = "another program receives this bot's messages"
    mend = "stop it, or make a new token with @BotFather (/revoke) and use it only here"
    if wire.listening:
        lately = wire.conflict_at is not None and time.monotonic() - wire.conflict_at < RETURNS
        return [Finding("telegram.two_pollers", what, mend)] if lately else []
    try:
        wire.call("getUpdates", {"timeout": LOOK, "limit": 1, "allowed_updates": ALLOWED_UPDATES})
    except DeliveryFailed as error:
        return [Finding("telegram.two_pollers", what, mend)] if "terminated by other" in error.code else []
    except TertuliaError:
        pass
    return []


def _place(wire: Wire, me: User, place: Address) -> list[Finding]:
    if place.place_ref is None:
        return []
    try:
        args = {"chat_id": chat_id(place), "user_id": me.id}
        standing = wire.ask("getChatMember", args, Standing)
    except TertuliaError as error:
        mend = getattr(error, "mend", "") or "add the bot to it"
        return [Finding("telegram.place", f"{place.place_ref}: {error}", mend)]
    return [told(place.place_ref) for told in _standing(me, standing)]


def _standing(me: User, standing: Standing) -> list[Callable[[str], Finding]]:
    def finding(code: str, what: str, mend: str) -> Callable[[str], Finding]:
        return lambda place: Finding(code, f"{place}: {what}", mend)

    if not standing.inside:
        return [finding("telegram.not_in_place", "the bot is not in this group", "add it to the group")]
    found: list[Any] = []
    if not standing.can_send_messages:
        found.append(finding("telegram.may_not_write", "the bot may not write here", LET_US))
    elif not standing.can_post_messages:
        mend = "give the bot the right to post, among the channel's administrators"
        found.append(finding("telegram.may_not_write", "the bot may not write here", mend))
    elif not standing.can_send_polls:
        found.append(finding("telegram.may_not_poll", "the bot may not post polls here", LET_POLLS))
    if standing.status in ADMINISTRATORS:
        return found
    promote = "make the bot an administrator of the group (it needs no right in particular)"
    if not me.can_read_all_group_messages:
        what = "privacy mode hides from the bot what members write, except replies to it and commands"
        mend = f"{promote}; or switch privacy off with @BotFather (/setprivacy), then remove and add the bot"
        found.append(finding("telegram.deaf", what, mend))
    what = "reactions and who comes or goes are told to administrators only"
    found.append(finding("telegram.no_administrator", what, promote))
    return found
