"""The variables a text may use, and where a text uses one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from jinja2 import TemplateSyntaxError, meta

from orchestrator.render.sandbox import environment

#: In every text that a manager writes: `text`, `ask`, `post`, banks, `signature`, and in every template.
ALWAYS = frozenset({"community", "space", "ritual", "question", "options", "closes_at", "answers", "hosts"})

#: What a text may use: "*" in playbooks and banks, a template's name in that template.
VARIABLES: dict[str, frozenset[str]] = {
    "*": ALWAYS,
    "prompt/post": ALWAYS | {"text"},
    "prompt/reminder": ALWAYS,
    "prompt/direct": ALWAYS,
    "prompt/recap": ALWAYS | {"text", "active", "excerpts", "link"},
    "poll/open": ALWAYS | {"text", "rows", "voters", "closed", "several", "hidden", "link"},
    "poll/tally": ALWAYS | {"rows", "voters", "closed", "several", "hidden", "link"},
    "poll/results": ALWAYS | {"text", "rows", "voters", "most", "winners", "several", "link", "hosts_voted"},
    "poll/noted": ALWAYS | {"rows", "several", "host"},
    "poll/closed": ALWAYS,
    "steps/post": ALWAYS | {"text", "post"},
    "debate/before": ALWAYS | {"text", "starts_at", "vote", "closed", "held", "voters"},
    "debate/invite": ALWAYS | {"starts_at", "member", "side", "begun"},
    "debate/accepted": ALWAYS | {"starts_at", "member", "side", "begun"},
    "debate/declined": ALWAYS | {"starts_at", "member", "side", "begun"},
    "debate/replaced": ALWAYS | {"starts_at", "member", "side", "begun"},
    "debate/statements": ALWAYS | {"starts_at", "member", "side", "limit"},
    "debate/opening": ALWAYS
    | {"starts_at", "pros", "cons", "names", "alone", "pair", "statements", "floor_at", "vote"},
    "debate/called_off": ALWAYS | {"starts_at", "before", "tally"},
    "debate/after": ALWAYS | {"starts_at", "closed", "voters", "link"},
    "debate/recap": ALWAYS
    | {"starts_at", "voices", "vote", "before", "after", "twice", "enough", "moved", "moves", "towards", "net"}
    | {"excerpts", "link", "thanked"},
    "debate/voted": ALWAYS | {"choice", "host"},
    "debate/unvoted": ALWAYS,
    "debate/vote_closed": ALWAYS,
    "debate/yes": ALWAYS | {"starts_at", "side"},
    "debate/no": ALWAYS | {"starts_at", "side"},
    "debate/taken": ALWAYS | {"starts_at", "side"},
    "debate/too_late": ALWAYS | {"starts_at", "side"},
    "nudge/direct": ALWAYS | {"member", "reason", "about", "link", "others"},
    "nudge/later": ALWAYS | {"until"},
    "nudge/stopped": ALWAYS,
    "nudge/look": ALWAYS
    | {"nudged", "back", "later", "stopped", "alone", "by_themselves", "difference", "low", "high", "note", "runs"},
    "nudge/why": ALWAYS | {"kind", "text", "link", "others", "first_name"},
    "shout_out/post": ALWAYS | {"text", "people", "badge"},
    "shout_out/why": ALWAYS | {"helped", "started", "voices", "answered", "times", "member"},
    "welcome/direct": ALWAYS | {"member", "charter", "accepted", "buddy"},
    "welcome/post": ALWAYS | {"text", "member", "charter", "accepted", "buddy"},
    "welcome/buddy": ALWAYS | {"member", "newcomer"},
    "welcome/accepted": ALWAYS,
    "welcome/not_yours": ALWAYS,
    "relaunch/expert": ALWAYS | {"member", "asker", "about", "topics", "helped", "link"},
    "relaunch/host": ALWAYS | {"about", "asked", "link"},
    "relaunch/passed": ALWAYS,
    "relaunch/why": ALWAYS | {"member", "topics", "helped", "text"},
    "hosts/asked": ALWAYS | {"messages", "more", "people", "places", "direct", "when", "until", "by"},
    "hosts/page": ALWAYS | {"messages"},
    "hosts/replaced": ALWAYS | {"by"},
    "hosts/dropped": ALWAYS | {"settled"},
    "hosts/said": ALWAYS | {"what", "by", "names"},
    "hosts/approved": ALWAYS | {"by", "when", "left_out"},
    "hosts/posted": ALWAYS | {"by", "when", "left_out", "minutes"},
    "hosts/removed": ALWAYS | {"by", "when"},
    "hosts/word": ALWAYS | {"what", "by", "when", "names"},
    "hosts/next": ALWAYS | {"coming"},
    "hosts/why": ALWAYS | {"when", "outcome", "reason", "by", "places", "until"},
    "hosts/refused": ALWAYS | {"by", "when"},
    "hosts/expired": ALWAYS | {"when"},
    "hosts/unsure": ALWAYS | {"when", "place"},
    "hosts/unanswered": ALWAYS | {"runs"},
    "member/help": ALWAYS | {"platform"},
    "member/me": ALWAYS | {"accounts", "contributions", "since", "ideas", "badges", "segments", "silent", "praise"},
    "member/code": ALWAYS | {"code", "minutes"},
    "member/linked": ALWAYS | {"account", "platform"},
    "member/forget": ALWAYS,
}

_BEFORE_NO_NAME = (".", "|", "is")


def unknown_names(source: str, allowed: Collection[str]) -> list[tuple[str, int, int]]:
    """(name, line, column) of each variable that is not allowed, from 1, in the order written.

    A text that cannot be read at all gives [] here: `mistake_in` tells why.
    """
    env = environment("en")
    try:
        unknown = meta.find_undeclared_variables(env.parse(source)) - set(allowed)
        found = [(name, at) for name, at in _names(source) if name in unknown]
    except (TemplateSyntaxError, RecursionError, ValueError):
        return []
    return [(name, *_position(source, at)) for name, at in found]


def _names(source: str) -> Iterator[tuple[str, int]]:
    """Each name of the source that may be a variable, and where it begins."""
    at, before = 0, ""
    for _, kind, value in environment("en").lex(source):
        start = source.find(value, at)
        at = max(at, start + len(value))
        if kind == "name" and before not in _BEFORE_NO_NAME:
            yield value, start
        if kind != "whitespace":
            before = value


def _position(source: str, at: int) -> tuple[int, int]:
    before = source[:at]
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1
