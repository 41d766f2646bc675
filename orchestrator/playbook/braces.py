"""Says in the writer's words what is wrong with the {{ … }} and {% … %} of a text."""

from __future__ import annotations

import re

_MISSING = "something is missing between the braces"
#: What Jinja's parser says (jinja2/parser.py and lexer.py), and what a writer can do something with.
_WORDS = tuple(
    (re.compile(said, re.DOTALL), ours)
    for said, ours in (
        (r"Missing end of comment tag", 'a "{#" is never closed by "#}"'),
        (r"Unexpected end of template.* closed is '(\w+)'", r'"{% \1 … %}" is never closed'),
        (r"Encountered unknown tag '(\w+)'.* closed is '(\w+)'", r'"{% \1 %}" does not close "{% \2 … %}"'),
        (r"Encountered unknown tag '(\w+)'", r'"{% \1 %}" is not known here'),
        (r"unexpected end of template", 'a "{{" or a "{%" is never closed'),
        (r"(?:.* got|unexpected) 'end of .*'|tag name expected|expected name or number", _MISSING),
        (r"No (filter|test) named '(\w+)'", r'there is no \1 "\2"'),
        (r"unexpected char ['\"](.)['\"]", r"unexpected '\1'"),
        (r"unexpected '(.+?)'", r"unexpected '\1'"),
        (r"expected token .*, got '(.+)'", r"unexpected '\1'"),
    )
)


def in_words(said: str | None) -> str:
    """What a parser says of a text, without its own words."""
    found = ((known.match(said or ""), ours) for known, ours in _WORDS)
    return next((match.expand(ours) for match, ours in found if match), "its braces cannot be read")
