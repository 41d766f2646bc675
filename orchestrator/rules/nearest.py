"""The nearest phrase that reads, for a "did you mean": words put right, then one added, dropped or replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice, product

from orchestrator.rules.clauses import Mistake
from orchestrator.rules.phrases import LONGEST, read
from orchestrator.rules.values import Unreadable
from orchestrator.rules.words import ENGLISH, FRENCH, MONTHS, ORDINALS, WEEKDAYS, is_french, plain

MOST_WORDS = 14  # the longest phrase of the grammar, so that a wrong text costs little
MOST_TRIES = 400

# Words of how often: a phrase that reads without them would be held at another rhythm.
_RHYTHM = re.compile(r"(?:bi|semi|tri|quadri)-?(?:week|month|ann|hebdo|mens|mestr)|(?:se|tri)mestr|annu|mensuel|yearly")

_SPELLINGS = {plain(word): word for word in (*ENGLISH, *FRENCH)}
_KNOWN = {*_SPELLINGS, *WEEKDAYS, *MONTHS, *ORDINALS, "d'un", "l'", "jusqu'au"}


def nearest(phrase: str) -> str | None:
    """Give a phrase near this one that reads, as a manager would write it; None: nothing is near."""
    words = phrase.split()
    if len(phrase) > LONGEST or not 0 < len(words) <= MOST_WORDS or any(map(_RHYTHM.match, map(plain, words))):
        return None
    for candidate in islice(_candidates(words), MOST_TRIES):
        text = " ".join(candidate)
        if _reads(text):
            return text
    return None


def _reads(text: str) -> bool:
    try:
        read(text)
    except (Mistake, Unreadable):
        return False
    return True


def _candidates(words: list[str]) -> Iterator[list[str]]:
    known = _spoken(" ".join(words))
    spelt = list(islice(product(*(_spellings(word, known) for word in words)), 12))
    for choice in spelt:
        yield list(choice)
    for choice in spelt[:4]:
        yield from _one_edit(list(choice))
    for choice in spelt[:4]:
        for edited in _one_edit(list(choice)):
            yield [*edited, *_missing_time(choice)]


def _spoken(phrase: str) -> Mapping[str, str]:
    """Give the words of the phrase's language by their plain spelling, or of both where neither has a word in it."""
    french, english = is_french(phrase), any(word in ENGLISH for word in plain(phrase).split())
    return {plain(word): word for word in (FRENCH if french else ENGLISH)} if french or english else _SPELLINGS


def _spellings(word: str, known: Mapping[str, str]) -> list[str]:
    """Give the word itself when it is known or a number, else the words of `known` it looks like."""
    body = word.rstrip(",")
    simple = plain(body)
    if (
        simple in _KNOWN
        or simple.removesuffix("s") in WEEKDAYS
        or not simple
        or any(letter.isdigit() for letter in simple)
    ):
        return [_clock(word)]
    near = get_close_matches(simple, known, n=3, cutoff=0.6)
    near.sort(key=lambda match: abs(len(match) - len(simple)))  # "tout" is "tous" rather than "toutes"
    return [known[match] + word[len(body) :] for match in near] or [word]


def _clock(word: str) -> str:
    """Put a time written with a dot or a comma right: 9.30 is 9:30, 9.30am is 9:30am."""
    return re.sub(r"^(\d{1,2})[.,](\d{2})([ap]m)?$", r"\1:\2\3", word, flags=re.IGNORECASE)


def _missing_time(words: tuple[str, ...]) -> list[str]:
    return ["à", "9h30"] if is_french(" ".join(words)) else ["at", "09:30"]


def _one_edit(words: list[str]) -> Iterator[list[str]]:
    """Add, replace or drop one part; what managers forget most comes first."""
    french = is_french(" ".join(words))
    yield [*words, *_missing_time(tuple(words))]
    for place, word in enumerate(words):
        if re.fullmatch(r"\d{1,2}", word):
            yield [*words[:place], f"{word}h" if french else f"{int(word):02}:00", *words[place + 1 :]]
    start = "chaque" if french else "every"
    yield [start, *words[1:]]
    yield [start, *words]
    for place in range(1, len(words) + 1):
        yield [*words[:place], *(("du", "mois") if french else ("of", "the", "month")), *words[place:]]
    for place in range(len(words)):
        yield words[:place] + words[place + 1 :]
    for place in range(1, len(words) + 1):
        for word in ("le", "à") if french else ("on", "at"):
            yield [*words[:place], word, *words[place:]]
