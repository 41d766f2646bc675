"""The hot path: plain talk, reactions and joins straight from the verified bytes, in about 2 µs each."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
from msgspec import Struct

from adapters.slack.fields import REF, is_emoji
from adapters.slack.words import plain
from orchestrator.ports import Inbound

# A place of many people. A direct chat (D…) may hold commands: it takes the slow path.
PLACE = r"[CG][A-Z0-9]{1,30}"
# One pattern for "place ts member" tells in one step that nothing is odd about the ids.
SOUND = re.compile(rf"{PLACE} \d{{1,11}}\.\d{{6}} [A-Z][A-Z0-9]{{1,30}}")
STAMP = re.compile(r"\d{1,11}\.\d{6}")


class Item(Struct, gc=False):
    """What a reaction is about."""

    type: str = ""
    channel: str = ""
    ts: str = ""


class Event(Struct, gc=False):
    """The fields of an event that talk needs; any other type of value sends it the slow way."""

    type: str
    subtype: str = ""
    channel: str = ""
    channel_type: str = ""
    user: str = ""
    bot_id: str = ""
    ts: str = ""
    event_ts: str = ""
    thread_ts: str = ""
    parent_user_id: str = ""
    text: str = ""
    reaction: str = ""
    item: Item | None = None


class Us(Struct, gc=False):
    """Who a delivery is for."""

    user_id: str = ""
    is_bot: bool = False


class Delivery(Struct, gc=False):
    """An Events API body."""

    type: str
    event: Event
    authorizations: list[Us] = []


DECODER = msgspec.json.Decoder(Delivery)


def read_wire(body: bytes, us: str | None = None) -> list[Inbound] | None:
    """Translate an Events API body; None where it is not plain talk, a reaction or a join (see inbound.read)."""
    try:
        delivery = DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if delivery.type != "event_callback":
        return None
    event, us = delivery.event, us or _us(delivery)
    if event.type == "message":
        return _said(event, us)
    if event.type in ("reaction_added", "reaction_removed"):
        return _reaction(event, us)
    if event.type == "member_joined_channel":
        return _joined(event, us)
    return None


def _us(delivery: Delivery) -> str | None:
    for entry in delivery.authorizations:
        if entry.is_bot:
            return _ref(entry.user_id)
    return None


@lru_cache(maxsize=256)  # the same in every delivery
def _ref(written: str) -> str | None:
    return written if REF.fullmatch(written) else None


def _said(event: Event, us: str | None) -> list[Inbound] | None:
    place, ts, member, thread = event.channel, event.ts, event.user, event.thread_ts
    odd = (
        event.subtype
        or event.bot_id
        or member == us
        or member == "USLACKBOT"
        or event.channel_type in ("im", "app_home")
    )
    if odd or not SOUND.fullmatch(f"{place} {ts} {member}") or (thread and not STAMP.fullmatch(thread)):
        return None
    replies = bool(thread) and thread != ts
    if replies and not REF.fullmatch(event.parent_user_id):
        return None  # the root may tell whose thread it is
    text = event.text
    for_us = "<@" in text and bool(us) and f"<@{us}" in text
    return [
        Inbound(
            kind="said",
            event_ref=f"{place}:{ts}",
            at=int(ts.replace(".", "")),
            place_ref=place,
            thread_ref=thread if replies else None,
            message_ref=ts,
            member_ref=member,
            text=plain(text),
            to_us=for_us or (replies and (us is None or event.parent_user_id == us)),
        )
    ]


def _reaction(event: Event, us: str | None) -> list[Inbound] | None:
    item, member, emoji, at = event.item, event.user, event.reaction, event.event_ts
    if item is None or item.type != "message" or member == us or not is_emoji(emoji):
        return None
    if not SOUND.fullmatch(f"{item.channel} {item.ts} {member}") or not STAMP.fullmatch(at):
        return None
    added = event.type == "reaction_added"
    return [
        Inbound(
            kind="reacted" if added else "unreacted",
            event_ref=f"{item.channel}:{item.ts}:{member}:{emoji}:{at}:{'+' if added else '-'}",
            at=int(at.replace(".", "")),
            place_ref=item.channel,
            message_ref=item.ts,
            member_ref=member,
            data={"emoji": emoji},
        )
    ]


def _joined(event: Event, us: str | None) -> list[Inbound] | None:
    place, member, at = event.channel, event.user, event.event_ts
    if member == us or not SOUND.fullmatch(f"{place} {at} {member}"):
        return None
    return [
        Inbound(
            kind="joined",
            event_ref=f"{place}:{member}:joined:{at}",
            at=int(at.replace(".", "")),
            place_ref=place,
            member_ref=member,
            to_us=True,
        )
    ]
