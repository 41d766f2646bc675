"""How much of a text a section holds: what fits, where it is cut, and from where it goes on in the next section."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.slack.words import graphemes

# The longest emoji (a family with skin tones) has about 20 code points.
LONGEST_GRAPHEME = 64
# Characters at the end of a section among which a text that goes on is cut: at a line's end, else between two words.
NEAR = 200


@dataclass
class Room:
    """How many characters may still be written, which formats are open, and how far the text has come.

    `seen` counts the characters of the text, and one for whatever is never cut (a link, the end of a line). The first
    `skip` of them stand in an earlier section. `goes_on`: what does not fit here stands in a later one.
    """

    left: int
    skip: int = 0
    goes_on: bool = False
    full: bool = False
    seen: int = 0
    begun: bool = False  # is anything written?
    formats: list[str] = field(default_factory=list)

    @property
    def skips(self) -> bool:
        """Does what comes next stand in an earlier section?"""
        return self.seen < self.skip

    def reserve(self, marks: int) -> bool:
        """Keep room for marks around what follows; False where there is none."""
        if not self.skips:  # else nobody knows yet whether anything of it stands here
            self.full = self.full or marks > self.left
            self.left -= 0 if self.full else marks
        return not self.full

    def take(self, piece: str) -> str:
        """The piece if it fits whole; else nothing, and the room is full."""
        if self.full or self._passes():
            return ""
        if len(piece) > self.left:
            self.full = True
            return ""
        self.seen += 1
        return self._write(piece)

    def line(self) -> str:
        """The end of a line, left out where a section ends or begins."""
        if self.full or self._passes():
            return ""
        if (self.skip and not self.begun) or self.pauses():
            self.seen += 1  # the end of the section stands for it
            return ""
        return self.take(self.line_end())

    def line_end(self) -> str:
        """A format ends with its line on Slack: close what is open and open it again."""
        marks = "".join(self.formats)
        return f"{marks[::-1]}\n{marks}"

    def pauses(self) -> bool:
        """Between two lines, points or blocks: does the section end here, where little more would fit?"""
        self.full = self.full or (self.goes_on and self.begun and self.left < NEAR)
        return self.full

    def fill(self, text: str, escape: Callable[[str], str]) -> str:
        """As much of the text, escaped, as fits: cut between two visible characters, or words where it goes on."""
        if self.full:
            return ""
        known = min(self.skip - self.seen, len(text)) if self.skips else 0
        text, self.seen = text[known:], self.seen + known
        whole = escape(text)
        if len(whole) <= self.left:
            self.seen += len(text)
            return self._write(whole)
        kept, following = self._cut(text, escape)
        self.seen += following
        self.full = True
        return self._write(escape(text[:kept]))

    def _cut(self, text: str, escape: Callable[[str], str]) -> tuple[int, int]:
        """How many characters of the text stand here, and from which one it goes on."""
        visible = list(graphemes(text[: self.left + LONGEST_GRAPHEME]))
        fits = bisect_right(range(len(visible) + 1), self.left, key=lambda count: len(escape("".join(visible[:count]))))
        end = len("".join(visible[: fits - 1]))
        if not self.goes_on:
            return end, end
        for gap in "\n ":
            at = text.rfind(gap, max(0, end - NEAR), end + 1)
            if at >= 0:
                return len(text[:at].rstrip()), at + 1
        return (0, 0) if self.begun and end < NEAR else (end, end)

    def _passes(self) -> bool:
        """Leave out what stands in an earlier section."""
        passes = self.skips
        self.seen += passes
        return passes

    def _write(self, written: str) -> str:
        self.left -= len(written)
        self.begun = self.begun or bool(written)
        return written
