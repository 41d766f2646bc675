"""What members do with our buttons, forms and words: interactions and commands to inbounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from adapters.slack.fields import Json, inner, items, moment, ref, stamp, thread, words
from adapters.slack.reasons import INCOMPLETE, INTERACTIONS
from adapters.slack.words import plain, sound
from orchestrator.ports import Ignored, Inbound

Found = list[Inbound] | Ignored

# Members' words (docs/slack.md). In a direct chat the whole message must be one of them,
# because members also answer there: "me too" is no command. An idea goes on after its word.
WHOLE = frozenset(
    {"help", "aide", "stop", "start", "me", "moi", "link", "lier"}
    | {"forget_me", "oublie-moi", "export_me", "mes_données"}
)
IDEA = re.compile(r"(idea|idée)\b[ :]+(\S.*)", re.IGNORECASE | re.DOTALL)
LONG = {"forget me": "forget_me", "oublie moi": "oublie-moi", "export me": "export_me", "mes données": "mes_données"}
LINK_CODE = re.compile(r"(link|lier) (?=\S*\d)([A-Z0-9-]{4,40})", re.IGNORECASE)


def read_words(text: str) -> dict[str, Any] | None:
    """The command in a direct message as {"word", "rest"}, or None where it is only talk."""
    said = " ".join(text.lower().split()).strip(" .!")
    word = LONG.get(said, said)
    if word in WHOLE:
        return {"word": word, "rest": ""}
    found = IDEA.fullmatch(text.strip()) or LINK_CODE.fullmatch(text.strip())
    return {"word": found[1].lower(), "rest": found[2]} if found else None


def commanded(payload: Json) -> Found:
    """A slash command's fields: one command, /tertulia WORD, because they do not work in threads."""
    member, trigger = ref(payload, "user_id"), ref(payload, "trigger_id")
    if not member:
        return Ignored(INCOMPLETE)
    text = plain(words(payload, "text"))
    word, rest = _split(text)
    data = {"word": word, "rest": rest}
    return [
        Inbound(
            kind="commanded",
            event_ref=f"command:{trigger}" if trigger else f"command:{member}:{word[:40]}",
            place_ref=ref(payload, "channel_id"),
            member_ref=member,
            text=text,
            data=data | {"trigger_ref": trigger} if trigger else data,
            to_us=True,
        )
    ]


def _split(text: str) -> tuple[str, str]:
    said = " ".join(text.split())
    if said.lower() in LONG:
        return LONG[said.lower()], ""
    first, _, rest = said.partition(" ")
    return first.lower() or "help", rest


def _pressed(payload: Json) -> Found:
    container, message = inner(payload, "container"), inner(payload, "message")
    member, trigger = ref(inner(payload, "user"), "id"), ref(payload, "trigger_id")
    if container.get("type") == "view" or (inner(payload, "view") and not message):
        return Ignored("a choice inside an open form")
    if not member:
        return Ignored(INCOMPLETE)
    presses = [_press(action, trigger) for action in items(payload, "actions")]
    place = ref(inner(payload, "channel"), "id") or ref(container, "channel_id")
    ts = stamp(container, "message_ts") or stamp(message, "ts")
    found = [
        Inbound(
            kind="pressed",
            event_ref=f"press:{trigger or member}:{at or ts or ''}:{data['key'][:64]}",
            at=moment(at),
            place_ref=place,
            thread_ref=thread(container, ts) or thread(message, ts),
            message_ref=ts,
            member_ref=member,
            data=data,
            to_us=True,
        )
        for data, at in presses
        if data["key"]
    ]
    return found or Ignored(INCOMPLETE)


def _press(action: Json, trigger: str | None) -> tuple[dict[str, Any], str | None]:
    key = sound(words(action, "value") or words(action, "action_id"))
    return {"key": key, "trigger_ref": trigger} if trigger else {"key": key}, stamp(action, "action_ts")


def _submitted(payload: Json) -> Found:
    view, member = inner(payload, "view"), ref(inner(payload, "user"), "id")
    if not member or not view:
        return Ignored(INCOMPLETE)
    kept = _kept(words(view, "private_metadata"))
    key = sound(words(kept, "key") or words(view, "private_metadata") or words(view, "callback_id"))
    values = [
        value
        for block in inner(inner(view, "state"), "values").values()
        if isinstance(block, dict)
        for value in block.values()
        if isinstance(value, dict)
    ]
    text = next((words(value, "value") for value in values if words(value, "value")), "")
    ticked = any(items(value, "selected_options") for value in values)
    once = ref(payload, "trigger_id") or f"{ref(view, 'id') or member}:{ref(view, 'hash') or ''}"
    return [
        Inbound(
            kind="submitted",
            event_ref=f"form:{once}",
            place_ref=ref(kept, "place"),
            thread_ref=stamp(kept, "thread"),
            message_ref=stamp(kept, "message"),
            member_ref=member,
            text=sound(text),
            data={"key": key, "text": sound(text), "named": not ticked},
            to_us=True,
        )
    ]


def _kept(metadata: str) -> Json:
    """What we put into the form when we opened it (adapters/slack/outbound.py)."""
    try:
        kept = msgspec.json.decode(metadata)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _unasked(why: str) -> Callable[[Json], Found]:
    return lambda _payload: Ignored(why)


ACTS: dict[str, Callable[[Json], Found]] = {
    "block_actions": _pressed,
    "view_submission": _submitted,
    **{kind: _unasked(why) for kind, why in INTERACTIONS.items()},
}
