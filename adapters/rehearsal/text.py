"""Our Markdown → HTML for the practice room: nothing that a member wrote becomes markup."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

# html=False: raw HTML is shown as text. Images and headings have no place in a chat.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough").disable("image")


def to_html(markdown: str) -> str:
    """A message of ours as safe HTML; a link to member:REF becomes a mention."""
    tokens = _parser.parse(markdown)
    for token in tokens:
        for child in token.children or ():
            _as_mention(child)
    return str(_parser.renderer.render(tokens, _parser.options, {}))


def _as_mention(token: Token) -> None:
    href = str(token.attrGet("href") or "")
    if token.type == "link_open" and href.startswith("member:"):
        token.attrs = {"class": "mention", "data-member": href.removeprefix("member:")}
