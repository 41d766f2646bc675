"""Which of a community's topics a text speaks of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

#: Topics remembered of one message.
MOST = 8

#: A topic so short, in capitals, is met in capitals only: "AI" is not in "j’ai".
SHORT = 3


def met(text: str | None, topics: Sequence[str]) -> tuple[str, ...]:
    """The topics that stand in a text as whole words, in the order they were written; 8 at most.

    Accents, capitals and a plural's s or x do not matter. The text is forgotten after that.
    """
    if not text or not topics:
        return ()
    folded = fold(text)
    plain = folded.casefold()
    found = (topic for topic, exact, word in _words(tuple(topics)) if word.search(folded if exact else plain))
    return tuple(found)[:MOST]


def fold(text: str) -> str:
    """The text without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


@lru_cache(maxsize=256)
def _words(topics: tuple[str, ...]) -> tuple[tuple[str, bool, re.Pattern[str]], ...]:
    return tuple((topic, _exact(topic), _word(topic)) for topic in topics if topic.strip())


def _exact(topic: str) -> bool:
    return len(topic.strip()) <= SHORT and topic.strip().isupper()


def _word(topic: str) -> re.Pattern[str]:
    folded = fold(topic.strip())
    words = (folded if _exact(topic) else folded.casefold()).split()
    return re.compile(r"(?<!\w)" + r"\s+".join(re.escape(word) + _plural(word) for word in words) + r"(?!\w)")


def _plural(word: str) -> str:
    return "" if word[-1] in "sxz" else "[sx]?"
