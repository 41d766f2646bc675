"""Our Markdown as Slack's mrkdwn, in pieces that Slack takes: formats, lists, links, mentions, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from adapters.slack.room import Room
from adapters.slack.words import GAP, MARK, entities, escape, sound

# A section's text holds 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block/
MAX_SECTION = 3000
# Slack splits longer messages in two (slackapi/bolt-python#764; about 4,000), which looks like a duplicate.
MAX_MESSAGE = 3900

MEMBER_LINK = re.compile(r"member:([UW][A-Z0-9]{2,20})")
BARE_LINK = re.compile(r"https?://[^\s<>|\"]*[^\s<>|\".,;:!?)\]'»]")
LIVE = re.compile(r"(?:https?://|mailto:|tel:)\S")

# Without `text_join` a character that the renderer escaped stays apart, so that an address typed by a
# member (escaped) is never taken for one that a manager wrote.
PARSER = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("text_join")


def sections(markdown: str, lead: str = "") -> list[str]:
    """The text as mrkdwn pieces of at most 3,000 characters, 3,900 in all; `lead` is put in front as it is.

    What is longer than a piece goes on in the next one. What the message does not hold is left out at a visible
    character's edge, and "…" says so.
    """
    found: list[str] = [lead.strip()] if lead else []
    left = MAX_MESSAGE - len(lead) - 8  # for the lines between and the mark
    for block in SyntaxTreeNode(PARSER.parse(markdown)).children:
        written, left, whole = _pieces(block, left)
        for piece in written:
            found = _append(found, piece)
        if not whole:
            break
    return found


def _pieces(block: SyntaxTreeNode, left: int) -> tuple[list[str], int, bool]:
    """A block in pieces of a section each, the characters still left in the message, and whether it is whole."""
    found: list[str] = []
    seen = 0
    while True:
        limit = max(0, min(MAX_SECTION, left - len(MARK)))
        written, room = _fitted(block, limit, seen)
        goes_on = room.full and left > MAX_SECTION
        if goes_on:
            written, room = _fitted(block, limit, seen, goes_on=True)
        left -= len(written) + 2
        if not room.full:
            return [*found, written], left, True
        if not goes_on or room.seen == seen:  # the latter: what is never cut is longer than a section
            return [*found, written + MARK], left, False
        found, seen = [*found, written.rstrip()], room.seen


def _fitted(block: SyntaxTreeNode, limit: int, skip: int, *, goes_on: bool = False) -> tuple[str, Room]:
    """The block in at most `limit` characters, without the first `skip` of its own; and how far it came."""
    left = limit
    while True:
        room = Room(left, skip, goes_on)
        written = _block(block, room)
        if len(written) <= limit:
            return written, room
        left = left * limit // len(written)  # the marks at the beginning of lines came on top


def mrkdwn(markdown: str) -> str:
    """The whole text in one piece, as a notification shows it."""
    return "\n\n".join(sections(markdown))


def _append(found: list[str], written: str) -> list[str]:
    if not written:
        return found
    if found and len(found[-1]) + 2 + len(written) <= MAX_SECTION:
        return [*found[:-1], f"{found[-1]}\n\n{written}"]
    return [*found, written]


# --- blocks


def _block(node: SyntaxTreeNode, room: Room) -> str:
    if node.type == "heading":
        return _formatted(node.children, room, "*")
    if node.type in ("fence", "code_block"):
        return _code_block(node, room)
    if node.type == "blockquote":
        return _prefixed(_blocks(node, room), "> ", "> ")
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, room)
    if node.type == "hr":
        return room.take("———")
    return _inline(node.children, room)


def _blocks(node: SyntaxTreeNode, room: Room) -> str:
    tight = node.type == "list_item"
    written = (_block(child, room) for child in node.children if not room.pauses())
    return ("\n" if tight else "\n\n").join(piece for piece in written if piece)


def _list(node: SyntaxTreeNode, room: Room) -> str:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    lines = []
    for place, item in enumerate(node.children):
        if room.pauses():
            break
        bullet = "• " if first is None else f"{first + place}. "
        room.reserve(len(bullet))
        opens = "    " if room.skips else bullet  # a point that goes on is no new one
        lines.append(_prefixed(_blocks(item, room), opens, "    "))
    return "\n".join(line for line in lines if line)


def _prefixed(written: str, first: str, rest: str) -> str:
    return first + written.replace("\n", f"\n{rest}") if written else ""


def _code_block(node: SyntaxTreeNode, room: Room) -> str:
    fences = room.reserve(len("```\n\n```"))
    body = room.fill(node.content.rstrip("\n"), _code)
    return f"```\n{body}\n```" if fences and body else ""


def _code(text: str) -> str:
    # mrkdwn has no way to write a backtick inside code: the accent looks alike and ends nothing.
    return entities(sound(text)).replace("`", "ˋ")


# --- inline


@dataclass
class Words:
    """Neighbouring literal text: `typed` are the stretches whose author escaped nothing."""

    content: str = ""
    typed: list[tuple[int, int]] = field(default_factory=list)


def _inline(nodes: Sequence[SyntaxTreeNode], room: Room) -> str:
    out, was_format = "", False
    for node in _runs(nodes):
        is_format = isinstance(node, SyntaxTreeNode) and node.type in FORMATS
        written = _words(node, room, out) if isinstance(node, Words) else _leaf(node, room)
        # Slack sees a mark only beside something that is no letter (re*bon*jour): a gap is none.
        touches = (is_format and out[-1:].isalnum()) or (was_format and written[:1].isalnum())
        out += GAP + written if touches else written
        was_format = is_format
    return out


def _runs(nodes: Sequence[SyntaxTreeNode]) -> Iterator[SyntaxTreeNode | Words]:
    words = Words()
    for node in _flat(nodes):
        if node.type in ("text", "text_special"):
            start = len(words.content)
            words.content += node.content
            if node.type == "text":
                words.typed.append((start, len(words.content)))
            continue
        if words.content:
            yield words
            words = Words()
        yield node
    if words.content:
        yield words


def _flat(nodes: Sequence[SyntaxTreeNode]) -> Iterator[SyntaxTreeNode]:
    for node in nodes:
        if node.type == "inline":
            yield from node.children
        else:
            yield node


def _leaf(node: SyntaxTreeNode, room: Room) -> str:
    if node.type in FORMATS:
        return _formatted(node.children, room, FORMATS[node.type])
    if node.type in ("softbreak", "hardbreak"):
        return room.line()
    if node.type == "code_inline":
        return _spanned("`", room.fill(node.content, _code))
    if node.type in ("link", "image"):
        return _link(node, room)
    return room.fill(node.content, escape)


FORMATS = {"strong": "*", "em": "_", "s": "~"}


def _formatted(nodes: Sequence[SyntaxTreeNode], room: Room, mark: str) -> str:
    if mark in room.formats:  # bold in a heading is bold already
        return _inline(nodes, room)
    room.formats.append(mark)
    body = _inline(nodes, room) if room.reserve(2 * len(mark)) else ""
    body = body.removesuffix(room.line_end()).rstrip()  # cut behind a gap, the mark would close nothing
    room.formats.pop()
    return _spanned(mark, body)


def _spanned(mark: str, body: str) -> str:
    return f"{mark}{body}{mark}" if body.strip() else body


def _words(words: Words, room: Room, before: str) -> str:
    text, out, start = words.content, "", 0
    for found in BARE_LINK.finditer(text):
        if not any(low <= found.start() and found.end() <= high for low, high in words.typed):
            continue
        out += room.fill(text[start : found.start()], escape) + room.take(_live_link(found[0], ""))
        start = found.end()
    out += room.fill(text[start:], escape)
    opens_line = out.startswith("&gt;") and (not before or before.endswith("\n"))
    return GAP + out if opens_line else out


def _link(node: SyntaxTreeNode, room: Room) -> str:
    target = str(node.attrs.get("href") or node.attrs.get("src") or "")
    label = " ".join(_label(node).split())
    member = MEMBER_LINK.fullmatch(target)
    if member:
        return room.take(f"<@{member[1]}>")
    if not LIVE.match(target):
        return room.fill(label, escape)
    return room.take(_live_link(target, label))


def _live_link(target: str, label: str) -> str:
    safe = entities(target.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E"))
    return f"<{safe}|{entities(sound(label))}>" if label and label != target else f"<{safe}>"


def _label(node: SyntaxTreeNode) -> str:
    if not node.children:
        return node.content if node.type != "softbreak" else " "
    return "".join(_label(child) for child in node.children)
