"""Explains texts that need quotes, and quotes that are not closed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from orchestrator.playbook.broken import Break, Explained
from orchestrator.playbook.source import Spot
from orchestrator.rules.values import quoted

QUOTES = {'"', "'"}
CURLED = "“”„‘"  # quotes of text editors; « » belong to French texts
GUILLEMETS = "«»"


def in_quotes(text: str) -> str:
    """The text as a file may hold it whatever its signs."""
    return json.dumps(text, ensure_ascii=False)


def around_quotes(text: str) -> str:
    """A text with quotes of its own, in quotes of the other kind where it has none of those."""
    return in_quotes(text) if "'" in text else f"'{text}'"


def uncommented(key: str, remark: str) -> str:
    """The mend of a value that is read as a remark: names of the playbook itself have no "#"."""
    named = key in {"where", "space", "who"}
    return f"write the name alone: {remark[1:].strip()}" if named else f"write it in quotes: {in_quotes(remark)}"


def written_from(text: str, column: int, *, inside: bool) -> str:
    """What a line holds from a column on: up to a remark, or in brackets up to the next comma or bracket."""
    rest = re.split(r"\s#", text[column - 1 :])[0].rstrip()
    if inside:
        rest = (re.match(r".[^,\]}]*", rest) or [rest])[0].rstrip()
    return rest


def needs_quotes(text: str, spot: Spot, what: str, meant: str, code: str = "P011") -> Explained:
    """The stretch of a line should have been written as `meant`."""
    mended = text[: spot.column - 1] + meant + text[spot.column - 1 + spot.length :]
    shown = meant if len(meant) <= 80 else meant[:76] + " …" + meant[-1]
    return Explained(spot, code, what, f"write it in quotes: {shown}", {spot.line: mended})


def curly(text: str, line: int, column: int, *, inside: bool) -> Explained:
    """A value that begins with a text editor's quotes: what they should hold together stands in straight ones."""
    rest = text[column - 1 :]
    found = re.match(r"[“„‘](.*?)[”“’](?=\s*(?:[,\]}:]|$)|\s#)" if inside else r"[“„‘](.*?)[”“’](?=\s*$|\s+#)", rest)
    if found and not set(found[1]) & set(CURLED):
        whole, meant = found[0], in_quotes(found[1].strip())
    else:
        whole = written_from(rest, 1, inside=inside)  # “Prix” ou “coût”: they belong to the text
        meant = in_quotes(whole if set(whole[1:]) & set(CURLED + "’") else whole[1:])
    mended = {line: text[: column - 1] + meant + text[column - 1 + len(whole) :]}
    what = f'"{whole[0]}" does not hold a text together'
    return Explained(Spot(line, column, len(whole)), "P020", what, f"write it in straight quotes: {meant}", mended)


def open_quote(lines: Sequence[str], broken: Break) -> Explained | None:
    """A quote that runs on over the next lines, up to another quote or the end."""
    last = broken.last
    if broken.since and "quoted" in broken.said and ("end of stream" in broken.said or "document" in broken.said):
        start = broken.since
    elif last and last.quote in QUOTES and last.line < last.end_line and "expected" in broken.said:
        start = (last.line, last.column)
    else:
        return None
    text = lines[start[0] - 1]
    quote = text[start[1] - 1]
    whole = written_from(text, start[1], inside=False)
    mended = text[: start[1] - 1] + in_quotes(whole[1:].rstrip(quote))
    what, mend = "the quote that opens here is never closed", f"close it with {quote} at the end of the text"
    return Explained(Spot(*start, len(whole)), "P012", what, mend, {start[0]: mended})


def after_quote(lines: Sequence[str], broken: Break) -> Explained | None:
    """Something stands right after a closing quote: often an apostrophe was the "closing" one."""
    last = broken.last
    if not last or last.quote not in QUOTES or "expected" not in broken.said or last.line != last.end_line:
        return None
    text = lines[last.line - 1]
    done = last.end_column - last.column
    after = text[last.end_column - 1 :]
    if broken.line != last.line or not after.strip() or after.lstrip()[0] in (",]}:" if broken.in_brackets else "]}:"):
        return None
    rest = written_from(text, last.end_column, inside=broken.in_brackets)
    spot = Spot(last.line, last.column, done + len(rest))
    whole = text[last.column - 1 : last.column - 1 + spot.length]
    apostrophe = last.quote == "'" and after[0].isalpha()
    what = "the apostrophe closes the quote" if apostrophe else "the text goes on after its closing quote"
    if not after[0].isalnum() and whole.count(last.quote) % 2 == 0:  # "Prix" ou "coût": the quotes belong to the text
        return needs_quotes(text, spot, what, around_quotes(whole), "P012")
    inner = whole[1:-1] if whole.endswith(last.quote) else whole[1:]
    return needs_quotes(text, spot, what, in_quotes(inner), "P012")


def after_bracket(lines: Sequence[str], broken: Break) -> Explained | None:
    """Something stands right after a closing bracket: "[Important] read this"."""
    last = broken.last
    if not last or last.quote not in {"[", "{"} or last.end_line != broken.line or broken.in_brackets:
        return None
    text = lines[last.line - 1]
    whole = written_from(text, last.column, inside=False)
    if last.line != last.end_line or len(whole) <= last.end_column - last.column or "expected" not in broken.said:
        return None
    what = f'a text that begins with "{last.quote}" must stand in quotes'
    return needs_quotes(text, Spot(last.line, last.column, len(whole)), what, in_quotes(whole))


def colon_inside(lines: Sequence[str], broken: Break) -> Explained | None:
    """A colon and a space within a text, as French writes it before every colon."""
    last, line = broken.last, broken.line
    if "mapping values" not in broken.said or not last or last.line != line or line > len(lines):
        return None
    text = lines[line - 1]
    start = last.column
    if item := re.fullmatch(r"(\s*(?:- +)?).*\s: +", text[: start - 1]):  # "- So : this : that" is one text
        start = item.end(1) + 1
    whole = written_from(text, start, inside=broken.in_brackets)
    spot = Spot(line, start, len(whole))
    if whole[:1] in CURLED:
        return curly(text, line, start, inside=broken.in_brackets)
    if whole[:1] in GUILLEMETS:
        meant = in_quotes(whole.strip(GUILLEMETS + " \u00a0\u202f"))
        return needs_quotes(text, spot, f'"{whole[0]}" does not hold a text together', meant)
    what = f"a text with a colon and a space inside must stand in quotes: {quoted(whole)}"
    return needs_quotes(text, spot, what, in_quotes(whole))


_OPENERS = {sign: f'a text that begins with "{sign}"' for sign in "@`%*&!"} | {
    "-": 'a text that begins with "- "',
    ">": 'a text on the same line as ">"',
    "|": 'a text on the same line as "|"',
    '"': 'a text with a "\\" inside',
}
_SAID = ("any token", "alphabetic", "comment or line break", "escape", "sequence entries", "indentation", "tag", "URI")


def bad_start(lines: Sequence[str], broken: Break) -> Explained | None:
    """A text begins with a sign that means something else here: @channel, *bold*, - dash."""
    line, column = broken.since if broken.since and "any token" not in broken.said else (broken.line, broken.column)
    text = lines[line - 1] if line <= len(lines) else ""
    opener = text[column - 1 : column]
    if opener not in _OPENERS or not any(word in broken.said for word in _SAID):
        return None
    whole = written_from(text, column, inside=broken.in_brackets)
    key = re.match(r"[^\s\"']+(?=:( |$))", whole)
    if key and not text[: column - 1].strip(" -"):
        whole = key[0]
    if opener == "-" and (listed := re.fullmatch(rf"\s*(?:- )?({_LISTED}):\s+", text[: column - 1])):
        return _item_on_the_line(lines, Spot(line, column, len(whole)), listed[1])
    meant = in_quotes(whole[1:].strip() if opener in "|>" else whole)
    if opener == '"':
        meant = "'" + whole.strip('"').replace("'", "''") + "'"
    return needs_quotes(text, Spot(line, column, len(whole)), f"{_OPENERS[opener]} must stand in quotes", meant)


_LISTED = "when|where|who|topics|people|ask|options|any_of|by"  # keys under which a list may stand


def _item_on_the_line(lines: Sequence[str], spot: Spot, key: str) -> Explained:
    """`when: - every monday`: an item of a list begins a line; the only one needs no dash."""
    text = lines[spot.line - 1]
    below = lines[spot.line].lstrip() if spot.line < len(lines) else ""
    many = below.startswith("- ")
    kept = "" if many else text[spot.column - 1 :].removeprefix("-").lstrip()
    mend = f'put it on a line of its own, under "{key}:"'
    mend = mend if many else f"take the dash out, or {mend}"
    what = "an item of a list cannot stand on the line of its key"
    return Explained(spot, "P014", what, mend, {spot.line: text[: spot.column - 1] + kept})
