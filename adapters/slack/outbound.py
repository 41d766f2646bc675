"""What we do on Slack as the exact calls to its Web API: posts, edits, reactions, forms, notices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.slack.emoji import slack_name
from adapters.slack.text import MAX_MESSAGE, sections
from adapters.slack.words import shorten
from orchestrator.errors import DeliveryFailed
from orchestrator.ports import (
    Address,
    Button,
    Call,
    Capabilities,
    ClosePoll,
    Document,
    Edit,
    Form,
    Limit,
    Notice,
    Outgoing,
    Poll,
    Post,
    React,
    Remove,
)

# https://docs.slack.dev/apis/web-api/rate-limits/: a message a second and channel, short bursts tolerated.
CAPABILITIES = Capabilities(
    platform="slack",
    max_text=MAX_MESSAGE,
    forms=True,
    reads_back=True,
    limits=(Limit(scope="place", every=1.0),),
    post_link="{place}/p{number}",  # what chat.getPermalink gives for a message outside a thread
)

# Letters, digits, underscores: https://docs.slack.dev/messaging/message-metadata/
EVENT_TYPE = "tertulia_delivery"

# https://docs.slack.dev/reference/block-kit/block-elements/button-element/ and …/blocks/actions-block/
BUTTON_TEXT = 75
ACTION_ID = 255
BUTTON_VALUE = 2000
# Elements of an actions block flow like words: short ones stand five in a row, long ones (measured on a phone
# 390 px wide) alone in theirs. "50 blocks a message" and 25 elements a block leave room for either.
ROW_BUTTONS, ROW_LABEL, MOST_ROWS = 5, 20, 15
# https://docs.slack.dev/surfaces/modals/ and …/block-kit/blocks/input-block/
MODAL_TITLE = 24
MODAL_BUTTON = 24
INPUT_LABEL = 2000
OPTION_TEXT = 75
ANSWER_LENGTH = 3000

#: The id of a file that Slack has not been asked for yet (a preview).
FILE_TO_BE = "F0000000000"

STYLES = {"good": "primary", "bad": "danger"}
LIVE_MASS_MENTION = re.compile(r"<!(?!date\^)")
EVERYONE = "<!channel>"
PLAIN = ("plain_text", "plain_text_input")


def calls(to: Address, outgoing: Outgoing, key: str) -> list[Call]:
    """The calls that carry `outgoing` out, in order. Raises DeliveryFailed where Slack has no such act.

    A post to a member goes to their id: https://docs.slack.dev/reference/methods/chat.postMessage/#channels.
    An edit, a removal or a reaction needs the id of the direct chat itself (D…).
    """
    made = _file(to, outgoing) if isinstance(outgoing, Document) else [_call(to, outgoing, key)]
    allowed = isinstance(outgoing, Post) and outgoing.mention_everyone
    for call in made:
        _guard(call, allowed=allowed)
    return made


def _call(to: Address, outgoing: Post | Edit | React | Remove | Form | Notice | Poll | ClosePoll, key: str) -> Call:
    place = to.place_ref or to.member_ref or ""
    match outgoing:
        case Post():
            return _post(place, outgoing, key)
        case Edit():
            return Call(
                "chat.update", {"channel": place, "ts": outgoing.message_ref, **_body(outgoing.text, outgoing.buttons)}
            )
        case React():
            return _react(place, outgoing)
        case Remove():
            return Call("chat.delete", {"channel": place, "ts": outgoing.message_ref})
        case Form():
            return Call("views.open", {"trigger_id": outgoing.trigger_ref, "view": _form(to, outgoing)})
        case Notice():
            return Call("chat.postEphemeral", _notice(place, to, outgoing))
        case Poll() | ClosePoll():
            raise DeliveryFailed("no polls", "Slack has no polls", "ask by a post with buttons", permanent=True)


def _file(to: Address, document: Document) -> list[Call]:
    """The two calls around an upload, as slack_sdk's files_upload_v2 makes them.

    https://docs.slack.dev/reference/methods/files.getUploadURLExternal/ gives the file's id and the address that
    its bytes go to; https://docs.slack.dev/reference/methods/files.completeUploadExternal/ shows it to the member.
    """
    asked = {"filename": document.name, "length": len(document.content)}
    shown = {"files": [{"id": FILE_TO_BE, "title": document.name}], "channel_id": to.place_ref or to.member_ref or ""}
    comment = comment_of(document)
    shown |= {"initial_comment": comment} if comment else {}
    return [
        Call("files.getUploadURLExternal", asked, document.content),
        Call("files.completeUploadExternal", shown),
    ]


def comment_of(document: Document) -> str:
    """The words beside a file, as mrkdwn."""
    return "\n\n".join(sections(document.text))


def _post(place: str, post: Post, key: str) -> Call:
    """https://docs.slack.dev/reference/methods/chat.postMessage/"""
    args = {
        "channel": place,
        **_body(post.text, post.buttons, lead=EVERYONE if post.mention_everyone else ""),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if post.under:
        args["thread_ts"] = post.under
    return Call("chat.postMessage", args)


def _body(markdown: str, buttons: Sequence[Button], lead: str = "") -> dict[str, Any]:
    """The text that notifications show, and the blocks that members see."""
    pieces = sections(markdown, lead) or [" "]
    blocks = [_section(piece) for piece in pieces]
    for row in _rows(buttons):
        blocks.append({"type": "actions", "elements": [_button(button) for button in row]})
    return {"text": "\n\n".join(pieces), "blocks": blocks}


def _rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    is_long = any(len(button.label) > ROW_LABEL for button in buttons)
    wide = 1 if is_long and len(buttons) <= MOST_ROWS else ROW_BUTTONS
    return [buttons[start : start + wide] for start in range(0, len(buttons), wide)]


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack makes no links or mentions of its own out of what members wrote.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _button(button: Button) -> dict[str, Any]:
    made = {
        "type": "button",
        "text": _plain(button.label, BUTTON_TEXT),
        "action_id": button.key[:ACTION_ID],
        "value": button.key[:BUTTON_VALUE],
    }
    return made | {"style": STYLES[button.style]} if button.style in STYLES else made


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": shorten(text, limit) or " ", "emoji": True}


def _react(place: str, react: React) -> Call:
    name = slack_name(react.emoji)
    if name is None:
        raise DeliveryFailed(
            "invalid_name",
            f"Slack has no name we know for {react.emoji}",
            "use a common emoji (adapters/slack/emoji.py lists them)",
            permanent=True,
        )
    return Call("reactions.add", {"channel": place, "timestamp": react.message_ref, "name": name})


def _notice(place: str, to: Address, notice: Notice) -> dict[str, Any]:
    """In the thread that was pressed in: in the channel nobody who reads the thread would see it.

    https://docs.slack.dev/reference/methods/chat.postEphemeral/
    """
    args = {"channel": place, "user": to.member_ref, **_body(notice.text, ())}
    return args | ({"thread_ts": to.topic_ref} if to.topic_ref else {})


def _form(to: Address, form: Form) -> dict[str, Any]:
    """A modal with one question: https://docs.slack.dev/reference/views/modal-views/"""
    kept = {"key": form.key, "place": to.place_ref, "thread": to.topic_ref}
    answer = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": ANSWER_LENGTH,
        "focus_on_load": True,
    } | ({"initial_value": form.value} if form.value else {})
    return {
        "type": "modal",
        "callback_id": "answer",
        "private_metadata": msgspec.json.encode({name: ref for name, ref in kept.items() if ref}).decode(),
        "title": _plain(form.title, MODAL_TITLE),
        "submit": _plain(form.submit, MODAL_BUTTON),
        "close": _plain(form.cancel, MODAL_BUTTON),
        "blocks": [
            *(_section(piece) for piece in sections(form.question)),
            {"type": "input", "block_id": "answer", "label": _plain(form.label, INPUT_LABEL), "element": answer},
            *([_unnamed(form)] if form.unnamed_label else []),
        ],
    }


def _unnamed(form: Form) -> dict[str, Any]:
    """The box that says "without my name"; the notice ("shown with your first name") is its label."""
    box = {
        "type": "checkboxes",
        "action_id": "unnamed",
        "options": [{"text": _plain(form.unnamed_label, OPTION_TEXT), "value": "unnamed"}],
    }
    label = _plain(form.notice, INPUT_LABEL)
    return {"type": "input", "block_id": "unnamed", "optional": True, "label": label, "element": box}


def _guard(call: Call, *, allowed: bool) -> None:
    """The last gate: a mass mention that nobody allowed never leaves, whatever went wrong before."""
    found = _mass_mentions(call.args)
    if found > (2 if allowed else 0):  # once in the text, once in the blocks
        raise DeliveryFailed(
            "mass_mention",
            "the text mentions everyone without permission",
            "set `mention: everyone` on the ritual, or take the mention out of the text",
            permanent=True,
        )


def _mass_mentions(sent: Any) -> int:
    """How many are live: nothing is in plain text (labels, titles, what stands in a field)."""
    if isinstance(sent, str):
        return len(LIVE_MASS_MENTION.findall(sent))
    if isinstance(sent, dict):
        return 0 if sent.get("type") in PLAIN else sum(map(_mass_mentions, sent.values()))
    return sum(map(_mass_mentions, sent)) if isinstance(sent, list) else 0
