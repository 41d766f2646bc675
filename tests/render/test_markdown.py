"""Whatever people write, it shows as itself and does nothing in our Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from orchestrator.render.markdown import Ours, address, clean, escape, strong

PARSER = MarkdownIt("commonmark").enable(["strikethrough", "table"])
HOSTILE = st.text(st.characters(codec=None) | st.sampled_from(list("\\`*_[]()<>#|~&!:@-+=.1 \n\t\r\u202e\u2028")))
MARKS = ("**", "_", "```", "`", "[x](http://e.vil)", "<!channel>", "<b>", "&lt;", "# ", "- ", "1. ", "> ", "---", "===")
MORE = (
    "|",
    "~~",
    "![",
    "](",
    "@everyone",
    "https://e.vil",
    "a",
    " ",
    "    ",
    "\\",
    "é",
    "\n",
    "\n\n",
    "\u202e",
    "<@U1>",
)
PIECES = st.lists(st.sampled_from(MARKS + MORE)).map("".join)


def shape(markdown: str) -> list[str]:
    return [node.type for node in SyntaxTreeNode(PARSER.parse(markdown)).walk()]


def words(markdown: str) -> str:
    nodes = SyntaxTreeNode(PARSER.parse(markdown)).walk()
    return "".join(node.content for node in nodes if node.type in ("text", "text_special"))


@given(HOSTILE | PIECES)
@pytest.mark.parametrize("line", ["{}", "> {} — {}", "On demandait : **{}**", "{}{}", "- {}", "[lire](https://a.b) {}"])
def test_a_hostile_text_shows_as_itself_and_leaves_the_structure_alone(line: str, text: str) -> None:
    shown = clean(text)
    written = line.replace("{}", escape(text))
    harmless = line.replace("{}", "X" if shown else "")
    assert shape(written) == shape(harmless)
    assert words(written) == words(harmless).replace("X", shown)


@given(HOSTILE)
def test_what_is_shown_is_one_line_without_control_and_turning_characters(text: str) -> None:
    shown = clean(text)
    assert not set(shown) & {*map(chr, range(32)), *"\u202a\u202e\u2066\u2069\u200f\u200b\x7f\ud800"}
    assert clean(shown).replace("\u2060", "") == shown.replace("\u2060", "")
    shown.encode()


def test_a_quoted_mention_calls_nobody() -> None:
    assert clean("@everyone et @lea, lea@cercle.fr") == "@\u2060everyone et @\u2060lea, lea@cercle.fr"


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        (Ours("Quel prix ?"), "**Quel prix ?**"),
        (Ours("Quel *prix* ?"), "Quel *prix* ?"),
        (Ours("Deux\nlignes"), "Deux\nlignes"),
        ("d’un membre", "d’un membre"),
    ],
)
def test_bold_never_meets_other_marks(text: str, bold: str) -> None:
    assert strong(text) == bold


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("https://t.me/a/7", "https://t.me/a/7"),
        ("https://a.b/(x)", "https://a.b/%28x%29"),
        ("javascript:alert(1)", ""),
        ("https://a b", ""),
        ("https://a>b", ""),
        (None, ""),
    ],
)
def test_only_a_web_address_becomes_a_link(link: str | None, safe: str) -> None:
    assert address(link) == safe
