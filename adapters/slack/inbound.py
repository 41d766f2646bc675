"""Slack's payloads to inbounds: Events API bodies, Socket Mode envelopes, interactions, commands, bare events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.slack.acts import ACTS, commanded, read_words
from adapters.slack.fields import Json, inner, is_emoji, items, moment, ref, stamp, thread, words
from adapters.slack.reasons import A_BOT, INCOMPLETE, OTHERS, OUTER
from adapters.slack.wire import read_wire as read_wire
from adapters.slack.words import plain
from orchestrator.ports import Ignored, Inbound

Found = list[Inbound] | Ignored

# https://docs.slack.dev/reference/events/message/#subtypes: those in which a member speaks.
SPOKEN = frozenset({"", "thread_broadcast", "file_share", "me_message", "reply_broadcast"})
LAST_SECOND = 10**11
ENVELOPES = frozenset({"events_api", "interactive", "slash_commands"})


def read(payload: Any, us: str | None = None) -> Found:
    """Translate one decoded payload. `us` is our bot's user id; the payload itself often tells it too."""
    if not isinstance(payload, dict):
        return Ignored("not an object")
    kind = words(payload, "type")
    if kind in ENVELOPES or ("envelope_id" in payload and kind != "event_callback"):
        payload = inner(payload, "payload")
        kind = words(payload, "type")
        if not payload:
            return Ignored(OUTER["empty"])
    if "command" in payload and not kind:
        return commanded(payload)
    if kind == "event_callback" or (not kind and "event" in payload):
        return _event(_dated(payload), us or _told_us(payload))
    if kind in OUTER:
        return Ignored(OUTER[kind])
    if kind in ACTS:
        return ACTS[kind](payload)
    return _event(payload, us)


def _told_us(payload: Json) -> str | None:
    """Our bot's user id, as an Events API body names it."""
    bots = (ref(entry, "user_id") for entry in items(payload, "authorizations") if entry.get("is_bot") is True)
    return next(bots, None)


def _dated(body: Json) -> Json:
    """The event; where it tells no moment of its own, that of its delivery (whole seconds) and its delivery's id."""
    event, told = inner(body, "event"), body.get("event_time")
    if stamp(event, "event_ts", "ts") or not isinstance(told, int) or not 0 < told < LAST_SECOND:
        return event
    return {**event, "event_ts": f"{told}.000000", "delivery": body.get("event_id")}


def _event(event: Json, us: str | None) -> Found:
    kind = words(event, "type")
    if kind in EVENTS:
        return EVENTS[kind](event, us)
    if kind in OTHERS:
        return Ignored(OTHERS[kind])
    return Ignored(f"not a kind we know: {kind[:60]}" if kind.isprintable() and kind else "not a kind we know")


# --- talk


def _message(event: Json, us: str | None) -> Found:
    subtype = words(event, "subtype")
    if subtype == "message_changed":
        return _changed(event, us)
    if subtype == "message_deleted":
        return _deleted(event, inner(event, "previous_message"), stamp(event, "deleted_ts"), us)
    if _by_bot(event, us):
        return Ignored(A_BOT)
    if subtype not in SPOKEN:
        return Ignored(
            f"a notice of the platform: {subtype[:40]}" if subtype.isidentifier() else "a notice of the platform"
        )
    return _said(event, us)


def _by_bot(message: Json, us: str | None) -> bool:
    user = message.get("user")
    # USLACKBOT is Slackbot; bot_id is set on everything that an app posts.
    return bool(
        message.get("bot_id")
        or words(message, "subtype") == "bot_message"
        or user == "USLACKBOT"
        or (us is not None and user == us)
    )


def _said(event: Json, us: str | None) -> Found:
    place, ts, member = ref(event, "channel"), stamp(event, "ts"), ref(event, "user")
    if not (place and ts and member):
        return Ignored(INCOMPLETE)
    text = plain(words(event, "text"))
    direct = _is_direct(event, place)
    command = read_words(text) if direct else None
    return [
        Inbound(
            kind="commanded" if command else "said",
            event_ref=f"{place}:{ts}",
            at=moment(ts),
            place_ref=place,
            thread_ref=thread(event, ts),
            message_ref=ts,
            member_ref=member,
            text=text,
            data=command or {},
            to_us=direct or words(event, "type") == "app_mention" or _for_us(event, ts, us),
        )
    ]


def _is_direct(event: Json, place: str) -> bool:
    return words(event, "channel_type") in ("im", "app_home") or place.startswith("D")


def _for_us(message: Json, ts: str | None, us: str | None) -> bool:
    """May it be for us: a reply in a thread that may be ours, or a mention of us."""
    if us and f"<@{us}" in words(message, "text"):
        return True
    if thread(message, ts) is None:
        return False
    parent = ref(message, "parent_user_id") or ref(inner(message, "root"), "user")
    return parent is None or us is None or parent == us


def _changed(event: Json, us: str | None) -> Found:
    message, before = inner(event, "message"), inner(event, "previous_message")
    place, ts = ref(event, "channel"), stamp(message, "ts") or stamp(before, "ts")
    member = ref(message, "user")
    if words(message, "subtype") == "tombstone":  # a deleted message whose thread lives on: its "user" is Slackbot
        return _deleted(event, before, ts, us)
    if _by_bot(message, us):
        return Ignored(A_BOT)
    if not _rewritten(message, before):
        return Ignored("nothing that a member wrote has changed")
    if not (place and ts and member):
        return Ignored(INCOMPLETE)
    changed = stamp(event, "ts", "event_ts") or stamp(inner(message, "edited"), "ts") or ts
    return [
        Inbound(
            kind="edited",
            event_ref=f"{place}:{ts}:edited:{changed}",
            at=moment(changed),
            place_ref=place,
            thread_ref=thread(message, ts),
            message_ref=ts,
            member_ref=member,
            text=plain(words(message, "text")),
            to_us=_is_direct(event, place) or _for_us(message, ts, us),
        )
    ]


def _rewritten(message: Json, before: Json) -> bool:
    """Did a member change it? Slack also tells a new reply, an unfurled link or an app's mark as a change."""
    edited = stamp(inner(message, "edited"), "ts")
    if not before:
        return edited is not None
    return words(message, "text") != words(before, "text") or edited != stamp(inner(before, "edited"), "ts")


def _deleted(event: Json, before: Json, ts: str | None, us: str | None) -> Found:
    place, ts = ref(event, "channel"), ts or stamp(before, "ts")
    if _by_bot(before, us):
        return Ignored(A_BOT)
    if not (place and ts):
        return Ignored(INCOMPLETE)
    return [
        Inbound(
            kind="deleted",
            event_ref=f"{place}:{ts}:deleted",
            at=moment(stamp(event, "ts", "event_ts")),
            place_ref=place,
            thread_ref=thread(before, ts),
            message_ref=ts,
            member_ref=ref(before, "user"),
            to_us=_is_direct(event, place) or thread(before, ts) is not None,
        )
    ]


# --- reactions, people, places


def _reaction(event: Json, us: str | None) -> Found:
    item, member = inner(event, "item"), ref(event, "user")
    place, ts, emoji = ref(item, "channel"), stamp(item, "ts"), words(event, "reaction")
    if words(item, "type") not in ("message", ""):
        return Ignored("a reaction to something that is no message")
    if us is not None and member == us:
        return Ignored(A_BOT)
    if not (place and ts and is_emoji(emoji) and member):
        return Ignored(INCOMPLETE)
    added = event.get("type") == "reaction_added"
    happened = stamp(event, "event_ts")
    return [
        Inbound(
            kind="reacted" if added else "unreacted",
            event_ref=f"{place}:{ts}:{member}:{emoji}:{_once(event)}:{'+' if added else '-'}",
            at=moment(happened),
            place_ref=place,
            message_ref=ts,
            member_ref=member,
            data={"emoji": emoji},
        )
    ]


def _once(event: Json) -> str:
    """What tells two of the same apart, and is the same when Slack delivers one twice."""
    return ref(event, "delivery") or stamp(event, "event_ts", "ts") or ""


def _came(event: Json, us: str | None) -> Found:
    ours = us is not None and event.get("user") == us
    return _presence(event, "added" if ours else "joined")


def _went(event: Json, us: str | None) -> Found:
    ours = us is not None and event.get("user") == us
    return _presence(event, "removed" if ours else "left")


def _presence(event: Json, kind: Any) -> Found:
    place, member = ref(event, "channel"), ref(event, "user")
    happened = stamp(event, "event_ts", "ts")
    what = kind if member else words(event, "type")
    if not place or (kind in ("joined", "left") and not member):
        return Ignored(INCOMPLETE)
    return [
        Inbound(
            kind=kind,
            event_ref=f"{place}:{member or 'us'}:{what}:{_once(event)}",
            at=moment(happened),
            place_ref=place,
            member_ref=member if kind in ("joined", "left") else None,
            to_us=True,
        )
    ]


def _we_came(event: Json, _us: str | None) -> Found:
    # channel_joined and group_joined carry the channel as an object.
    place = inner(event, "channel").get("id") or event.get("channel")
    return _presence({**event, "channel": place, "user": None}, "added")


def _we_went(event: Json, _us: str | None) -> Found:
    return _presence({**event, "user": None}, "removed")


def _moved(event: Json, _us: str | None) -> Found:
    old, new = ref(event, "old_channel_id"), ref(event, "new_channel_id")
    if not (old and new):
        return Ignored(INCOMPLETE)
    happened = moment(stamp(event, "event_ts"))
    return [
        Inbound(
            kind="moved", event_ref=f"{old}:moved:{new}", at=happened, place_ref=old, data={"new_ref": new}, to_us=True
        )
    ]


EVENTS: dict[str, Callable[[Json, str | None], Found]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _came,
    "member_left_channel": _went,
    "channel_joined": _we_came,
    "group_joined": _we_came,
    "channel_left": _we_went,
    "group_left": _we_went,
    # Nobody can write there any more.
    "channel_archive": _we_went,
    "group_archive": _we_went,
    "channel_unarchive": _we_came,
    "group_unarchive": _we_came,
    "channel_deleted": _we_went,
    "group_deleted": _we_went,
    "channel_id_changed": _moved,
}
