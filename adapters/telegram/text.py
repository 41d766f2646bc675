"""Our Markdown → a Telegram text with its entities: parsed once, nothing to escape, counted exactly.

Entities (offset and length in UTF-16 units) rather than parse_mode: no character of a member's name can
become markup, the limit is counted on what Telegram counts, and a cut never breaks a tag.
https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from msgspec import Struct

from adapters.telegram.words import cut, harmless, units

#: "1-4096 characters after entities parsing" (sendMessage); Telegram counts UTF-16 units.
MAX_TEXT = 4096
#: Further entities are ignored by Telegram, from the first on.
MAX_ENTITIES = 100
#: What shows that a text was shortened.
MARK = "…"

# Without `text_join` a character that the renderer escaped stays apart from what a manager typed.
_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("text_join")

_STYLES = {"strong": "bold", "heading": "bold", "em": "italic", "s": "strikethrough", "blockquote": "blockquote"}
# Code cannot lie inside these: they stop before it and go on after it.
_SPLIT_BY_CODE = frozenset({"bold", "italic", "strikethrough"})


class Frame:
    """One entity to be: its fields without offset and length. Known by identity."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields


class Composed(Struct, frozen=True):
    """A text as members read it, and its MessageEntity objects."""

    text: str
    entities: list[dict[str, Any]]


class Page:
    """What is written so far: pieces of text, each with the frames around it."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, tuple[Frame, ...]]] = []
        self.around: tuple[Frame, ...] = ()

    def write(self, text: str) -> None:
        if text:
            self.pieces.append((text, self.around))


def compose(markdown: str, limit: int = MAX_TEXT) -> Composed:
    """Parse our Markdown; what exceeds `limit` UTF-16 units is left out behind a visible mark."""
    page = Page()
    _blocks(SyntaxTreeNode(_parser.parse(markdown)).children, page, "\n\n", "")
    whole = "".join(piece for piece, _ in page.pieces)
    start = len(whole) - len(whole.lstrip())
    end = len(whole.rstrip())
    text = whole[start:end]
    if units(text) > limit:
        end = start + len(cut(text, limit - units(MARK)).rstrip())
        text = whole[start:end] + MARK
    entities = [_entity(whole, start, span, frame) for span, frame in _spans(page, start, end)]
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Composed(text, entities[:MAX_ENTITIES])


def plain(markdown: str, limit: int) -> str:
    """The words alone, shortened to `limit` UTF-16 units."""
    return compose(markdown, limit).text


# --- where entities lie ----------------------------------------------------------------------------


def _spans(page: Page, start: int, end: int) -> list[tuple[tuple[int, int], Frame]]:
    """Every unbroken stretch of each frame, in characters, within what is kept."""
    spans: list[tuple[tuple[int, int], Frame]] = []
    open_at: dict[Frame, int] = {}
    here = 0
    for piece, around in [*page.pieces, ("", ())]:
        frames = _allowed(around)
        for frame in [f for f in open_at if f not in frames]:
            spans.append(((open_at.pop(frame), here), frame))
        for frame in frames:
            open_at.setdefault(frame, here)
        here += len(piece)
    text = "".join(piece for piece, _ in page.pieces)
    kept = [((max(a, start), min(b, end)), frame) for (a, b), frame in spans]
    return [((a, b), frame) for (a, b), frame in kept if text[a:b].strip()]


def _allowed(around: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Frames that may lie around one piece at once (Bot API: "Nested entities")."""
    kinds = [frame.fields["type"] for frame in around]
    if "text_link" in kinds or "text_mention" in kinds:
        around = tuple(f for f in around if f.fields["type"] != "code")
    elif "code" in kinds or "pre" in kinds:
        around = tuple(f for f in around if f.fields["type"] not in _SPLIT_BY_CODE)
    return around


def _entity(whole: str, start: int, span: tuple[int, int], frame: Frame) -> dict[str, Any]:
    a, b = span
    fields = dict(frame.fields)
    return {"type": fields.pop("type"), "offset": units(whole[start:a]), "length": units(whole[a:b]), **fields}


# --- blocks ----------------------------------------------------------------------------------------


def _blocks(nodes: Sequence[SyntaxTreeNode], page: Page, between: str, indent: str) -> None:
    for number, node in enumerate(nodes):
        if number:
            page.write(between)
        _block(node, page, indent)


def _block(node: SyntaxTreeNode, page: Page, indent: str) -> None:
    if node.type in ("bullet_list", "ordered_list"):
        _list(node, page, indent)
    elif node.type in ("fence", "code_block"):
        _code_block(node, page)
    elif node.type == "blockquote":
        _within(node, page, indent, _quote(page))
    elif node.type == "hr":
        page.write("———")
    elif node.type == "heading":
        _within(node, page, indent, Frame(type="bold"))
    else:
        _inline(node.children, page, indent)


def _quote(page: Page) -> Frame | None:
    quoted = any(frame.fields["type"] == "blockquote" for frame in page.around)
    return None if quoted else Frame(type="blockquote")  # "blockquote entities can't be nested"


def _list(node: SyntaxTreeNode, page: Page, indent: str) -> None:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for number, item in enumerate(node.children):
        if number:
            page.write("\n" + indent)
        page.write("• " if first is None else f"{first + number}. ")
        deeper = indent + "   "
        _blocks(item.children, page, "\n" + deeper, deeper)


def _code_block(node: SyntaxTreeNode, page: Page) -> None:
    language = node.info.split()[0] if node.info.strip() else ""
    frame = Frame(type="pre", language=language) if language else Frame(type="pre")
    _write(harmless(node.content.rstrip("\n"), code=True), page, frame)


def _within(node: SyntaxTreeNode, page: Page, indent: str, frame: Frame | None) -> None:
    """The node's children inside a frame."""
    before = page.around
    page.around = before if frame is None else (*before, frame)
    if node.type == "blockquote":
        _blocks(node.children, page, "\n\n", "")
    else:
        _inline(node.children, page, indent)
    page.around = before


def _write(text: str, page: Page, frame: Frame) -> None:
    before = page.around
    page.around = (*before, frame)
    page.write(text)
    page.around = before


# --- words within a block --------------------------------------------------------------------------


def _inline(nodes: Sequence[SyntaxTreeNode], page: Page, indent: str) -> None:
    words, escaped = "", set[int]()
    for node in nodes:
        if node.type in ("text", "text_special"):
            if node.type == "text_special":
                escaped.add(len(words))
            words += node.content
            continue
        page.write(harmless(words, escaped))
        words, escaped = "", set()
        _leaf(node, page, indent)
    page.write(harmless(words, escaped))


def _leaf(node: SyntaxTreeNode, page: Page, indent: str) -> None:
    if node.type in ("softbreak", "hardbreak"):
        page.write("\n" + indent)
    elif node.type == "code_inline":
        _write(harmless(node.content, code=True), page, Frame(type="code"))
    elif node.type in _STYLES:
        _within(node, page, indent, Frame(type=_STYLES[node.type]))
    elif node.type == "link":
        _within(node, page, indent, _link(node))
    elif node.type == "image":
        page.write(harmless(node.content))
    else:
        _inline(node.children, page, indent)


def _link(node: SyntaxTreeNode) -> Frame | None:
    """A link or a mention of a member; other schemes (tg:, javascript:) stay words."""
    href = str(node.attrs.get("href", ""))
    scheme, _, rest = href.partition(":")
    if scheme == "member" and rest.isascii() and rest.isdigit():
        words = "".join(leaf.content for leaf in node.walk() if leaf.type in ("text", "text_special"))
        return Frame(type="text_mention", user={"id": int(rest), "is_bot": False, "first_name": words or "?"})
    return Frame(type="text_link", url=href) if scheme.lower() in ("http", "https") else None
