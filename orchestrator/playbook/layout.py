"""Explains brackets, commas, colons, tabs and indentation that do not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.playbook.broken import Break, Explained
from orchestrator.playbook.quoting import (
    CURLED,
    around_quotes,
    curly,
    in_quotes,
    needs_quotes,
    uncommented,
    written_from,
)
from orchestrator.playbook.source import ODD_SPACES, Spot
from orchestrator.rules.values import quoted

_REMARK = re.compile(r"(?<=[\s\[{,])#[^\s#][^,\]}]*")
_ODD_INDENT = re.compile(rf" *[{ODD_SPACES}][ {ODD_SPACES}]*(?=[\w-]+:(?: |$)|- )")


def odd_indents(lines: Sequence[str]) -> list[Explained]:
    """Lines indented with no-break spaces, as pasted from a web page or typed on a French keyboard."""
    found = []
    for number, text in enumerate(lines, start=1):
        if indent := _ODD_INDENT.match(text):
            column = next(at for at, char in enumerate(indent[0], start=1) if char in ODD_SPACES)
            mended = {number: " " * len(indent[0]) + text[indent.end() :]}
            what = "this line is indented with no-break spaces"
            spot = Spot(number, column, len(indent[0]) - column + 1)
            found.append(Explained(spot, "P014", what, "type plain spaces instead", mended))
    return found


def tab(lines: Sequence[str], broken: Break) -> Explained | None:
    """A tab where the indentation should be spaces."""
    indent = re.match(r" *\t[ \t]*", lines[broken.line - 1]) if broken.line <= len(lines) else None
    if indent is None:
        return None
    others = sum(bool(re.match(r" *\t", other)) for other in lines) - 1
    more = f" (and so {'is' if others == 1 else 'are'} {others} more)" if others else ""
    column = indent[0].index("\t") + 1
    spot = Spot(broken.line, column, len(indent[0]) - column + 1)
    what = f"this line is indented with a tab{more}"
    return Explained(spot, "P008", what, "use spaces, two for each step to the right", _without_tabs(lines))


def _without_tabs(lines: Sequence[str]) -> dict[int, str]:
    """The lines that tabs indent, with the spaces that were probably meant."""
    mended: dict[int, str] = {}
    above = ""
    for number, line in enumerate(lines, 1):
        indent = re.match(r"[ \t]*", line)[0]  # type: ignore[index]  # it matches nothing too
        if "\t" in indent and line.strip():
            below = next((other for other in lines[number:] if other.strip()), "")
            mended[number] = " " * _meant(indent, above, below) + line[len(indent) :]
        above = mended.get(number, line) if line.strip() else above
    return mended


def _meant(indent: str, above: str, below: str) -> int:
    """How far a line belongs to the right: like the line below, if that one has spaces; else a tab is two."""
    least = _indent(above) + (2 if above.rstrip().endswith(":") else 0)
    if not below.startswith("\t") and _indent(below) >= least:
        return _indent(below)
    return len(indent.expandtabs(2))


def bracket(lines: Sequence[str], broken: Break) -> Explained | None:
    """A bracket that is closed by another, or never."""
    wanted = re.search(r"expected ',' or '([}\]])'", broken.said)
    if not wanted or not broken.since or broken.line > len(lines) + 1:
        return None
    here = lines[broken.line - 1] if broken.line <= len(lines) else ""
    opener = lines[broken.since[0] - 1][broken.since[1] - 1]
    wrong = here[broken.column - 1 : broken.column]
    if wrong in {"}", "]"} and wrong != wanted[1]:
        mended = {broken.line: here[: broken.column - 1] + wanted[1] + here[broken.column :]}
        what = f'"{opener}" is closed by "{wrong}"'
        return Explained(Spot(broken.line, broken.column, 1), "P013", what, f'write "{wanted[1]}" here', mended)
    return _never_closed(lines, broken.since, broken.line, wanted[1])


def _never_closed(lines: Sequence[str], since: tuple[int, int], until: int, close: str) -> Explained | None:
    line, column = since
    text = lines[line - 1]
    further_in = until <= len(lines) and _indent(lines[until - 1]) > _indent(text)
    if until == line or further_in:
        return None
    if (remark := _REMARK.search(_blanked(text))) and close in text[remark.end() :]:
        return _cut_off(text, line, remark)
    kept = re.sub(r"\s+#.*$", "", text).rstrip().rstrip(",")
    spot = Spot(line, column, len(kept) - column + 1)
    what = f'the "{text[column - 1]}" that opens here is never closed'
    return Explained(spot, "P013", what, f'close it with "{close}"', {line: kept + close})


def _blanked(text: str) -> str:
    """The line with what stands in quotes blanked: a "#" in there begins no remark."""
    return re.sub(r"""(?<=[\s\[{,])("[^"]*"|'[^']*')""", lambda found: "x" * len(found[0]), text)


def _cut_off(text: str, line: int, remark: re.Match[str]) -> Explained:
    """In brackets, an item that is a remark from its "#" on: the whole item is one text."""
    start = re.match(r".*(?:[\[{,]|:(?= ))\s*|", text[: remark.start()])[0]  # type: ignore[index]  # it matches nothing too
    item = text[len(start) : remark.end()].rstrip()
    key = re.match(r"[\s-]*(\w+):", text)
    named = uncommented(key[1] if key else "", remark[0]) if item == remark[0].rstrip() else ""
    meant = around_quotes(item) if '"' in item else in_quotes(item)
    what = 'what follows a "#" is a remark to yourself, the rest of the line too'
    mended = {line: text[: len(start)] + meant + text[remark.end() :]}
    return Explained(
        Spot(line, len(start) + 1, len(item)), "P017", what, named or f"write it in quotes: {meant}", mended
    )


def comma(lines: Sequence[str], broken: Break) -> Explained | None:
    """In brackets, a comma is missing, or a text needs quotes because of its own colon."""
    last, line = broken.last, broken.line
    if not broken.in_brackets or not last or "expected ','" not in broken.said:
        return None
    if last.line < line:
        text = lines[last.line - 1].rstrip()
        if remark := _REMARK.search(_blanked(text), last.end_column - 1):
            return _cut_off(text, last.line, remark)
        spot = Spot(last.line, last.column, len(text) - last.column + 1)
        what, mend = "a comma is missing at the end of this line", "put a comma after it"
        return Explained(spot, "P013", what, mend, {last.line: text + ","})
    text = lines[line - 1]
    whole = text[last.column - 1 : last.end_column - 1]
    key = re.search(r"\s([a-z_]+)$", whole)
    if text[broken.column - 1 : broken.column] == ":" and key and last.end_column == broken.column:
        at = last.column - 1 + key.start()
        what = f'a comma is missing before "{key[1]}"'
        mended = {line: text[:at] + "," + text[at:]}
        return Explained(Spot(line, at + 2, len(key[1])), "P013", what, f'write ", {key[1]}:"', mended)
    whole = written_from(text, last.column, inside=True)
    if whole[0] in CURLED:
        return curly(text, line, last.column, inside=True)
    what = f"a text with such signs inside must stand in quotes: {quoted(whole)}"
    return needs_quotes(text, Spot(line, last.column, len(whole)), what, in_quotes(whole))


def stray_bracket(lines: Sequence[str], broken: Break) -> Explained | None:
    """A closing bracket that nothing opened, or a comma with nothing before it."""
    text = lines[broken.line - 1] if broken.line <= len(lines) else ""
    sign = text[broken.column - 1 : broken.column]
    if sign not in {"]", "}", ","}:
        return None
    what = "nothing stands before this comma" if sign == "," else f'nothing opens what "{sign}" closes'
    mended = {broken.line: text[: broken.column - 1] + text[broken.column :]}
    return Explained(Spot(broken.line, broken.column, 1), "P013", what, "delete it, or write what is missing", mended)


def nothing_after(lines: Sequence[str], broken: Break) -> Explained | None:
    """In brackets, a key whose colon stands right before the next comma or the end."""
    text = lines[broken.line - 1] if broken.line <= len(lines) else ""
    key = re.search(r"[\w-]+$", text[: broken.column - 1])
    if not broken.in_brackets or not key or not re.match(r":[,\]}]", text[broken.column - 1 :]):
        return None
    mended = {broken.line: text[: broken.column] + " " + text[broken.column :]}
    spot = Spot(broken.line, key.start() + 1, len(key[0]))
    return Explained(spot, "P105", f'nothing stands after "{key[0]}:"', "write its value, or take it out", mended)


def glued_colon(lines: Sequence[str], broken: Break) -> Explained | None:
    """No plain space after a key's colon (`when:monday` is a text, and swallows the next line), or no colon."""
    last, since = broken.last, broken.since
    unfinished = since if since and "could not find expected ':'" in broken.said else None
    for line in {unfinished[0] if unfinished else 0, last.line if last else 0, broken.line - 1, broken.line}:
        glued = re.match(r"(\s*(?:- )?)([a-z_]+):(?! |$|//)", lines[line - 1]) if 0 < line <= len(lines) else None
        if glued:
            return _glued(lines[line - 1], line, glued.start(2), glued.end())
    if unfinished is None:
        return None
    whole = lines[unfinished[0] - 1][unfinished[1] - 1 :].rstrip()
    if re.match(r"- |.*: ", whole):  # complete in itself: the line that follows is the odd one
        return None
    what = f"{quoted(whole)} is neither a key with its value nor an item of a list"
    meant = re.fullmatch(r"([a-z_]+) (.+)", whole)
    if not meant:
        return Explained(Spot(*unfinished, len(whole)), "P015", what, "write a key, a colon, a space and the value")
    mended = {unfinished[0]: " " * (unfinished[1] - 1) + f"{meant[1]}: {meant[2]}"}
    return Explained(Spot(*unfinished, len(whole)), "P015", what, f"put a colon after the key: {meant[1]}: …", mended)


def _glued(text: str, line: int, start: int, end: int) -> Explained:
    key = text[start : end - 1]
    odd = text[end] in ODD_SPACES
    mended = text[:end] + " " + text[end:].lstrip(ODD_SPACES)
    what = f'the space after "{key}:" is a no-break space' if odd else f'a space is missing after "{key}:"'
    shown = written_from(mended, start + 1, inside=False)
    mend = (
        f"{'type a plain one' if odd else 'write'}: {shown}"
        if len(shown) < 60
        else "type a plain space after the colon"
    )
    return Explained(Spot(line, start + 1, len(text.rstrip()) - start), "P015", what, mend, {line: mended})


def indentation(lines: Sequence[str], broken: Break) -> Explained | None:
    """A line that is lined up with nothing above it, or a key among the items of a list."""
    line = broken.line
    if line > len(lines) or broken.in_brackets:
        return None
    indent = _indent(lines[line - 1])
    swallowed = "mapping values" in broken.said and broken.last is not None and broken.last.line < line
    if not swallowed and not (broken.column == indent + 1 and "expected" in broken.said):
        return None
    above = next((n for n in range(line - 1, 0, -1) if _says_something(lines[n - 1])), None)
    return None if above is None else _lined_up(lines, line, above)


def _lined_up(lines: Sequence[str], line: int, above: int) -> Explained | None:
    indent, wanted = _indent(lines[line - 1]), _indent(lines[above - 1])
    text = lines[line - 1].strip()
    spot = Spot(line, indent + 1, len(text))
    if indent == wanted:
        if text.startswith("- ") == lines[above - 1].strip().startswith("- "):
            return None
        what = "a key and an item of a list cannot stand side by side"
        return Explained(spot, "P014", what, 'move the items ("- …") two spaces to the right, under their key')
    word = re.split(r":(?: |$)", text)[0]
    spaces = "1 space" if indent == 1 else f"{indent} spaces"
    what = f"{quoted(word)} has {spaces} before it, which fits no line above"
    mend = f"line it up with line {above}, which has {wanted}"
    return Explained(spot, "P014", what, mend, _shifted(lines, line, indent, wanted))


def _shifted(lines: Sequence[str], line: int, indent: int, wanted: int) -> dict[int, str]:
    """The line and those that belong to it, moved to another indentation."""
    moved = {}
    for number in range(line, len(lines) + 1):
        text = lines[number - 1]
        if text.strip() and (_indent(text) < indent or (wanted > indent and _indent(text) != indent)):
            break
        moved[number] = " " * wanted + text[indent:]
    return moved


def document_end(lines: Sequence[str], broken: Break) -> Explained | None:
    """Something stands after a line "...", which ends a file for YAML."""
    if "document start" not in broken.said or not any(text.startswith("...") for text in lines[: broken.line]):
        return None
    line = next(n for n, text in enumerate(lines, start=1) if text.startswith("..."))
    what = 'the line "..." ends a playbook, and more follows'
    return Explained(Spot(line, 1, 3), "P006", what, "delete this line", {line: ""})


def _says_something(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith("#")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
