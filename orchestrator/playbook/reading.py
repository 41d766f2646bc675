"""Builds plain values, and the place of each, from the tokens of a written file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from orchestrator.playbook.broken import Break, Piece
from orchestrator.playbook.quoting import curly, in_quotes, uncommented, written_from
from orchestrator.playbook.source import ODD_SPACES, Source, Spot, Way
from orchestrator.rules.values import quoted

DEEPEST = 20  # lists and keys within one another
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def _composed(text: str) -> str:
    """Accents as one sign with their letter: some programs write two, which look the same and are not equal."""
    return unicodedata.normalize("NFC", text)


class Token(NamedTuple):
    """One thing written: lines and columns count from 1; the end is not included."""

    kind: Literal["document", "text", "copy", "list", "keys", "end"]
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""
    quote: str = ""  # of a text: the sign it stands in or under, else ""
    plain: bool = False  # a text without quotes and without a "!" word
    brackets: bool = False  # a list or keys in brackets
    name: str | None = None  # &name or *name
    tag: str | None = None  # !word

    @property
    def spot(self) -> Spot:
        """Where it stands; length 0 means up to the end of the line."""
        one_line = self.line == self.end_line and self.kind not in {"list", "keys"}
        return Spot(self.line, self.column, self.end_column - self.column if one_line else 0)


class BrokenOff(Exception):
    """No token could be made of what follows; `since` is where the unfinished thing began."""

    def __init__(self, line: int, column: int, said: str, since: tuple[int, int] | None) -> None:
        super().__init__(said)
        self.line = line
        self.column = column
        self.said = said
        self.since = since


class _TooDeep(Exception):
    """Reading stops: lists and keys lie too deep within one another."""


class Reading:
    """One pass over the tokens of a text, filling `source`."""

    def __init__(self, tokens: Iterator[Token], source: Source) -> None:
        self.source = source
        self._tokens = tokens
        self._brackets: list[Token] = []
        self._last: Piece | None = None

    def run(self) -> Break | None:
        """Fill the source; where punctuation is broken, tell how and stop."""
        try:
            self._documents()
        except _TooDeep:
            self.source.whole = False
        except BrokenOff as off:
            return Break(off.line, off.column, off.said, off.since, self._last, bool(self._brackets))
        return None

    def _documents(self) -> None:
        seen = 0
        for token in self._tokens:
            if token.kind == "document":
                seen += 1
                if seen == 2:
                    mend = "delete this line, or put what follows into a file of its own"
                    self._problem(token.spot, "P006", "a second playbook begins here, in the same file", mend)
                    self._look_beyond()
                    return
                self.source.value = self._value(self._next(), (), 1)

    def _look_beyond(self) -> None:
        """What stands behind the line that ends a playbook is not missing before it."""
        beyond = Reading(self._tokens, Source(self.source.file, self.source.lines))
        with suppress(BrokenOff, _TooDeep):
            beyond._value(beyond._next(), (), 1)
        self.source.meant |= {way for way in beyond.source.keys if len(way) == 1}

    def _next(self) -> Token:
        token = next(self._tokens)
        if token.kind in {"list", "keys"} and token.brackets:
            self._brackets.append(token)
        elif token.kind == "end" and token.brackets:
            opened = self._brackets.pop()
            sign = "{" if opened.kind == "keys" else "["
            self._last = Piece(sign, opened.line, opened.column, token.end_line, token.end_column)
        elif token.kind == "text":
            self._last = Piece(token.quote, *token[1:5])
        return token

    def _value(self, token: Token, way: Way | None, depth: int) -> Any:
        self._refuse_marks(token)
        if token.kind == "copy":
            return f"*{token.name}"
        if token.kind == "text":
            return self._scalar(token, way)
        if depth > DEEPEST:
            mend = "write it flatter: a playbook needs five steps to the right at most"
            self._problem(token.spot, "P009", f"lists and keys lie more than {DEEPEST} deep in one another", mend)
            raise _TooDeep
        self._keep(way, token)
        if token.kind == "keys":
            return self._keys_and_values(token, way, depth)
        return self._list(token, way, depth)

    def _list(self, start: Token, way: Way | None, depth: int) -> list[Any]:
        items: list[Any] = []
        while (token := self._next()).kind != "end":
            inner = None if way is None else (*way, len(items))
            item = self._value(token, inner, depth + 1)
            items.append(self._commented_out(token, inner) if item is None and inner is not None else item)
        self._close(way, start, token)
        return items

    def _keys_and_values(self, start: Token, way: Way | None, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (token := self._next()).kind != "end":
            inner = self._key(token, way, found, start, depth)
            after = self._next()
            value = self._value(after, inner, depth + 1)
            if inner is not None:
                found[str(inner[-1])] = self._commented_out(after, inner) if value is None else value
                if (
                    start.brackets
                    and value is None
                    and not self._rest(Spot(token.end_line, token.end_column, 0)).lstrip().startswith(":")
                ):
                    self._alone(token)
        self._close(way, start, token)
        return found

    def _key(self, token: Token, way: Way | None, found: dict[str, Any], start: Token, depth: int) -> Way | None:
        """The way to what this key holds; None when it is to be passed over."""
        if token.kind != "text":
            self._value(token, None, depth + 1)
            spot = self.source.values.get(way or ()) or start.spot
            rest = self._rest(spot)
            if rest.startswith("{{"):
                mend = f'write it in quotes: "{rest}"'
                self._problem(spot, "P011", 'a text that begins with "{{" must stand in quotes', mend)
            else:
                self._problem(
                    token.spot, "P018", "a key must be a word", "write a word, a colon, a space and the value"
                )
            return None
        self._refuse_marks(token)
        if self._brackets and self._refuse_curly(token, way):
            self.source.broken.add(token.line)
        key = _composed(token.text).rstrip(ODD_SPACES)
        if way is None:
            return None
        if key in found:
            first = self.source.keys[(*way, key)]
            mend = f"keep one of the two: the first stands at line {first.line}, column {first.column}"
            self._problem(token.spot, "P103", f"{quoted(key)} stands here twice", mend)
            return None
        self.source.keys[(*way, key)] = token.spot
        return (*way, key)

    def _scalar(self, token: Token, way: Way | None) -> str | int | bool | None:
        text = _composed(token.text)
        plain = token.plain
        if not (plain and text == ""):
            self._keep(way, token)
        if not plain:
            return text
        self._note_comment(token)
        if self._refuse_curly(token, way):
            return text.strip("“”„‘’ ")
        if re.match(r"-[^\W\d_]", text) and not self._before(token).strip():
            mend = f"put a space after the dash: - {text.split()[0][1:]}"
            self._problem(token.spot, "P015", "an item of a list begins with a dash and a space", mend)
        if text in {"true", "false"}:
            return text == "true"
        if _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        return text or None

    def _alone(self, token: Token) -> None:
        """`{options: yes, no}`: between commas in braces, each must be a key with its value."""
        if any(p.code == "P020" and p.line == token.line and p.column < token.column for p in self.source.problems):
            self.source.broken.add(token.line)  # “one, another”: what the curly quotes do is told
            return
        mend = "put several values in brackets, [one, another], and a text with a comma in quotes"
        self._problem(token.spot, "P015", f"{quoted(token.text)} stands alone between commas", mend)

    def _commented_out(self, token: Token, way: Way) -> str | None:
        """`slack: #salon` holds nothing for YAML; the writer meant the text."""
        spot = Spot(token.line, token.column, 1)
        rest = self._rest(spot)
        meant = rest.strip()
        if not re.match(r"#[^\s#]", meant):
            return None
        where = Spot(spot.line, spot.column + len(rest) - len(rest.lstrip()), len(meant))
        named = next((part for part in reversed(way) if isinstance(part, str)), "-")
        what = f'what follows a "#" is a remark to yourself, so {quoted(named)} has no value'
        mend = uncommented(named, meant)
        self._problem(where, "P017", what, mend)
        self.source.values[way] = where
        return meant

    def _note_comment(self, token: Token) -> None:
        """Remark on "meet in #general", of which only "meet in" is read."""
        rest = self._rest(Spot(token.end_line, token.end_column, 1))
        cut = re.match(r"\s+(#[^\s#]\S*)", rest)
        if cut and token.text:
            spot = Spot(token.end_line, token.end_column + cut.start(1), len(rest.strip()))
            what = f'{quoted(rest.strip())} is not read: what follows " #" is a remark to yourself'
            self._problem(spot, "N505", what, "put the whole value in quotes, or a space after the #")

    def _refuse_marks(self, token: Token) -> None:
        """Refuse names for copying (&name, *name) and !words."""
        if token.kind == "copy" or token.name:
            sign = "*" if token.kind == "copy" else "&"
            spot = token.spot
            mend = f'write it out, or in quotes if it is a text: "{self._rest(spot)}"'
            self._problem(spot, "P010", f'"{sign}" at the beginning of a value does not copy anything here', mend)
        if token.tag is not None:
            whole = written_from(self._rest(token.spot), 1, inside=bool(self._brackets) and not token.brackets)
            spot = token.spot._replace(length=len(whole))
            mend = f"write it in quotes: {in_quotes(whole)}"
            self._problem(spot, "P016", 'a text that begins with "!" must stand in quotes', mend)

    def _refuse_curly(self, token: Token, way: Way | None) -> bool:
        """Refuse “ and ‘ in place of quotes, but not in a phrase of `when`, which is read with any quotes."""
        if token.text[:1] not in ("“", "„", "‘") or "when" in (way or ()):
            return False
        found = curly(self.source.lines[token.line - 1], token.line, token.column, inside=bool(self._brackets))
        self._problem(found.spot, found.code, found.what, found.mend)
        return True

    def _keep(self, way: Way | None, token: Token) -> None:
        if way is not None:
            self.source.values[way] = self._to_line_end(token.spot)

    def _close(self, way: Way | None, start: Token, end: Token) -> None:
        if way is not None and start.line == end.end_line:
            length = end.end_column - start.column
            self.source.values[way] = self.source.values[way]._replace(length=length)

    def _to_line_end(self, spot: Spot) -> Spot:
        return spot if spot.length else spot._replace(length=len(self._rest(spot).rstrip()))

    def _rest(self, spot: Spot) -> str:
        lines = self.source.lines
        return lines[spot.line - 1][spot.column - 1 :].rstrip() if spot.line <= len(lines) else ""

    def _before(self, token: Token) -> str:
        lines = self.source.lines
        return lines[token.line - 1][: token.column - 1] if token.line <= len(lines) else ""

    def _problem(self, spot: Spot, code: str, what: str, mend: str) -> None:
        self.source.problems.append(self.source.at(self._to_line_end(spot), code, what, mend))
