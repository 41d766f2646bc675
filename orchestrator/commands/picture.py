"""A platform call as a member would see it, drawn with a terminal's letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from textwrap import wrap
from typing import Any

import click

from orchestrator.ports import Call

WIDTH = 76  # letters of a message in the picture
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
_ITALIC = re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)")
_INVISIBLE = re.compile("[\u200b\u2060]")


def lines(call: Call) -> Iterator[str]:
    """The lines of a post's picture: its words, then its buttons."""
    if call.method == "sendPoll":
        yield from _poll(call.args)
        return
    text, buttons = _slack(call.args) if "blocks" in call.args else _telegram(call.args)
    for line in text.splitlines():
        quoted = "> " if line.startswith("> ") else ""
        yield from wrap(line, WIDTH, subsequent_indent=quoted, break_long_words=False) or [""]
    if buttons:
        yield ""
        yield "  ".join(f"[ {label} ]" for label in buttons)


def _poll(args: dict[str, Any]) -> Iterator[str]:
    """https://core.telegram.org/bots/api#sendpoll"""
    above, _ = _telegram({"text": args.get("description", ""), "entities": args.get("description_entities", ())})
    yield from wrap(above, WIDTH)
    yield from wrap(click.style(args["question"], bold=True), WIDTH)
    box = "☐" if args.get("allows_multiple_answers") else "○"
    for option in args["options"]:
        yield f"  {box} {option['text']}"


def _slack(args: dict[str, Any]) -> tuple[str, list[str]]:
    """https://docs.slack.dev/messaging/formatting-message-text/"""
    sections = [block["text"]["text"] for block in args["blocks"] if block["type"] == "section"]
    text = _LINK.sub(lambda link: f"{link[2] or link[1]} ({link[1]})" if link[2] else link[1], "\n\n".join(sections))
    text = _ITALIC.sub(lambda found: click.style(found[1], italic=True), text)
    text = _BOLD.sub(lambda found: click.style(found[1], bold=True), text)
    elements = [e for block in args["blocks"] if block["type"] == "actions" for e in block["elements"]]
    shown = text.replace("<!channel>", "@channel")
    return _INVISIBLE.sub("", unescape(shown)), [element["text"]["text"] for element in elements]


def _telegram(args: dict[str, Any]) -> tuple[str, list[str]]:
    """https://core.telegram.org/bots/api#messageentity: offsets and lengths count UTF-16 units."""
    units = args["text"].encode("utf-16-le")
    for entity in sorted(args.get("entities", ()), key=lambda one: -one["offset"]):
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        inner = _shown(entity, units[start:end].decode("utf-16-le"))
        units = units[:start] + inner.encode("utf-16-le") + units[end:]
    rows = args.get("reply_markup", {}).get("inline_keyboard", [])
    return _INVISIBLE.sub("", units.decode("utf-16-le")), [button["text"] for row in rows for button in row]


def _shown(entity: dict[str, Any], text: str) -> str:
    match entity["type"]:
        case "bold":
            return click.style(text, bold=True)
        case "italic":
            return click.style(text, italic=True)
        case "text_link":
            return f"{text} ({entity['url']})"
        case "blockquote":
            return "\n".join(f"> {line}" for line in text.splitlines())
    return text
