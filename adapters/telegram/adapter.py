"""One Telegram bot: the only place where this platform's I/O is put together."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from telegram import InputFile

from adapters.telegram import checks, commands, inbound, loop, outbound
from adapters.telegram.changes import SECOND
from adapters.telegram.payload import LAST_SECOND, Chat
from adapters.telegram.places import Chat as ChatSeen
from adapters.telegram.places import User, person, seen, wanted
from adapters.telegram.wire import Wire
from orchestrator import log
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, Refused, TertuliaError
from orchestrator.ports import (
    Address,
    Call,
    Capabilities,
    Document,
    Finding,
    HookAnswer,
    Inbound,
    Limit,
    MemberSeen,
    Outgoing,
    PlaceSeen,
    Poll,
    Post,
    Publish,
    React,
    Receipt,
)
from orchestrator.settings import Settings

HOOK_PATH = "/hooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"
MAX_BODY = 1 << 20  # bytes; an update is a few kB
WHO_WITHIN = 4.0  # seconds we wait to learn our own name

_log = log.get("telegram")


class PollSent(Struct, frozen=True):
    """The part of a Poll that its votes name."""

    id: str


class Sent(Struct, frozen=True):
    """The part of a Message that proves an act."""

    message_id: int
    date: int
    chat: Chat
    poll: PollSent | None = None


class Telegram:
    """One connection to Telegram. Nothing is asked of it before the first call."""

    def __init__(self, name: str, settings: Settings) -> None:
        if settings.telegram_token is None:
            raise Refused("there is no Telegram token", "set TERTULIA_TELEGRAM_TOKEN (docs/telegram.md)")
        token = settings.telegram_token.get_secret_value()
        secret = settings.telegram_webhook_secret
        self.name = name
        self._settings = settings
        self._secret = None if secret is None else secret.get_secret_value()
        self._id = token.partition(":")[0]  # a token begins with its bot's id
        self._me: User | None = None
        self._seen: dict[str, bool] = {}
        self._wire = Wire(settings.telegram_api_url, token)

    @property
    def capabilities(self) -> Capabilities:
        overall = Limit("connection", every=1 / self._settings.telegram_per_second)
        others = tuple(limit for limit in outbound.LIMITS if limit.scope != "connection")
        return replace(outbound.CAPABILITIES, limits=(overall, *others))

    # --- out

    def send(self, to: Address, outgoing: Outgoing, key: str) -> Receipt:
        if _links_to_us(to, outgoing):
            self._ourselves()
        (call,) = self.calls(to, outbound.with_its_end_ahead(outgoing, time.time()), key)
        return _receipt(self._wire.call(call.method, _with_file(call)), to, outgoing)

    def calls(self, to: Address, outgoing: Outgoing, key: str) -> list[Call]:
        return outbound.calls(to, outgoing, key, bot_name=None if self._me is None else self._me.username)

    def find(self, to: Address, outgoing: Outgoing, key: str, since: int) -> list[Receipt] | None:
        return None  # a bot cannot read a chat's history

    # --- in

    def listen(self, publish: Publish, may_listen: Callable[[], bool], stop: threading.Event) -> None:
        kept = self._noting(publish)
        ears = loop.Ears(self._wire, kept, may_listen, stop, self._who)
        self._wire.listening = True
        self._wire.heard_at = self._wire.heard_at or time.monotonic()
        self._offer_words()
        try:
            if self._secret is None:
                loop.poll(ears)
            else:
                loop.keep_webhook(ears, self._hook_url(), self._secret)
        finally:
            self._wire.listening = False

    def _offer_words(self) -> None:
        """Put our words into the menu of direct chats; without it they work all the same."""
        try:
            for menu in commands.menus():
                self._wire.ask("setMyCommands", menu, bool, within=WHO_WITHIN)
        except TertuliaError as error:
            _log.info("telegram.no_menu", what=type(error).__name__)

    def silent_for(self) -> float:
        return time.monotonic() - self._wire.heard_at if self._wire.heard_at is not None else 0.0

    def hook(self, headers: Mapping[str, str], body: bytes, publish: Publish) -> HookAnswer:
        told = headers.get(SECRET_HEADER, "").encode()
        if self._secret is None or not hmac.compare_digest(told, self._secret.encode()):
            return HookAnswer(401)
        if len(body) > MAX_BODY:
            return HookAnswer(413)
        inbounds = inbound.read_delivery(body, *self._who())
        try:
            if inbounds:  # a shape we do not know gets its OK too, or Telegram repeats it for a day
                self._noting(publish)(inbounds)
        except Exception as error:
            _log.warning("telegram.not_kept", what=type(error).__name__)
            return HookAnswer(503)
        return HookAnswer(200)

    # --- who and where

    def resolve(self, ref: str) -> PlaceSeen:
        meant = wanted(ref)
        try:
            chat = self._chat(meant.chat)
            joined = chat.type == "private" or self._is_inside(chat.id)
        except DeliveryFailed as error:
            raise Refused(f"{ref}: {error.what}", error.mend) from None
        except DeliveryUnknown as error:
            raise Refused(f"{ref}: Telegram did not answer: {error.what}", "try again in a minute") from None
        return seen(chat, meant.number, joined)

    def places(self) -> list[PlaceSeen]:
        """Those this process was added to, and those with news nobody took yet.

        The Bot API has no list of a bot's chats.
        """
        refs = [ref for ref, joined in list(self._seen.items()) if joined]
        return [seen(chat, None, joined=True) for chat in self._chats([*refs, *self._waiting()])]

    def _chats(self, refs: Iterable[str]) -> Iterator[ChatSeen]:
        for ref in dict.fromkeys(refs):
            try:
                yield self._chat(int(ref))
            except TertuliaError as error:
                _log.info("telegram.place_unseen", place=ref, what=str(error))

    def _waiting(self) -> list[str]:
        """Groups named in updates that wait at Telegram; looking at them confirms none."""
        if self._wire.listening or self._secret is not None:
            return []
        try:
            inbounds = loop.waiting(self._wire)
        except DeliveryFailed as error:
            if error.permanent:
                raise
            return []
        return [one.place_ref for one in inbounds if one.place_ref is not None and one.place_ref.startswith("-")]

    def member(self, ref: str) -> MemberSeen:
        chat = self._chat(outbound.chat_id(Address(member_ref=ref)))
        user = User(id=chat.id, first_name=chat.first_name or "", last_name=chat.last_name)
        return person(user)

    def people(self, place_ref: str) -> list[MemberSeen]:
        args = {"chat_id": outbound.chat_id(Address(place_ref=place_ref))}
        admins = self._wire.ask("getChatAdministrators", args, list[_Admin])
        return [person(admin.user) for admin in admins]

    def check(self, places: Sequence[Address]) -> list[Finding]:
        hook_url = self._hook_url() if self._settings.public_url else None
        return checks.check(self._wire, checks.Wants(self._secret, hook_url), places)

    def close(self) -> None:
        self._wire.close()

    # --- ourselves

    def _hook_url(self) -> str:
        if not self._settings.public_url:
            what = "a webhook needs the address at which the internet reaches us"
            raise Refused(what, "set TERTULIA_PUBLIC_URL, or unset TERTULIA_TELEGRAM_WEBHOOK_SECRET to poll")
        return self._settings.public_url.rstrip("/") + HOOK_PATH

    def _ourselves(self) -> User:
        """Who we are, asked once. An answer that got lost harms nothing: surely nothing was sent."""
        if self._me is None:
            try:
                self._me = self._wire.ask("getMe", {}, User, within=WHO_WITHIN)
            except DeliveryUnknown as error:
                raise DeliveryFailed("getMe", error.what) from None
        return self._me

    def _who(self) -> tuple[str | None, str | None]:
        """Our id and @name. While Telegram does not tell the name, commands to another bot look like ours."""
        try:
            me = self._ourselves()
        except DeliveryFailed as error:
            _log.warning("telegram.nameless", what=error.what)
            return (self._id if self._id.isdecimal() else None), None
        return str(me.id), me.username

    def _noting(self, publish: Publish) -> Publish:
        def kept(inbounds: Sequence[Inbound]) -> None:
            publish(inbounds)
            for one in inbounds:
                if one.kind in ("added", "removed") and one.place_ref is not None:
                    self._seen[one.place_ref] = one.kind == "added"

        return kept

    def _chat(self, chat: int | str) -> ChatSeen:
        return self._wire.ask("getChat", {"chat_id": chat}, ChatSeen)

    def _is_inside(self, chat: int) -> bool:
        try:
            args = {"chat_id": chat, "user_id": self._ourselves().id}
            standing = self._wire.ask("getChatMember", args, checks.Standing)
        except DeliveryFailed:
            return False
        return standing.inside


class _Admin(Struct, frozen=True):
    user: User


def open(name: str, settings: Settings) -> Telegram:
    """The connection of that name. Raises Refused without a token."""
    return Telegram(name, settings)


def _links_to_us(to: Address, outgoing: Outgoing) -> bool:
    buttons: Any = getattr(outgoing, "buttons", ())
    return not outbound.is_direct(to) and any(button.kind == "answer" for button in buttons)


def _with_file(call: Call) -> dict[str, Any]:
    """The arguments as the wire takes them: a file's name becomes the file."""
    if not call.content:
        return call.args
    return {**call.args, "document": InputFile(call.content, filename=call.args["document"])}


def _receipt(result: bytes, to: Address, outgoing: Outgoing) -> Receipt:
    """What the answer proves. Posts, polls and documents make a message; all else is about one."""
    if not isinstance(outgoing, Post | Poll | Document):
        ref = None if isinstance(outgoing, React) else getattr(outgoing, "message_ref", None)
        return Receipt(message_ref=ref, place_ref=to.place_ref)
    try:
        sent = msgspec.json.decode(result, type=Sent)
    except msgspec.ValidationError:
        raise DeliveryUnknown("Telegram's answer does not tell which message it made") from None
    at = sent.date * SECOND if 0 <= sent.date <= LAST_SECOND else None  # some emulators tell milliseconds
    return Receipt(str(sent.message_id), str(sent.chat.id), at, None if sent.poll is None else sent.poll.id)
