"""Reads the plain words of a playbook, in English and in French, into typed values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from orchestrator.rules.choices import SPACES, Unreadable, choice, in_any_case, nearest, outline, plain, quoted

__all__ = [
    "Count",
    "CountIn",
    "Duration",
    "Flag",
    "Hours",
    "InWindow",
    "PerDay",
    "PerWeek",
    "Percent",
    "Runs",
    "Text",
    "Texts",
    "Unreadable",
    "as_list",
    "as_text",
    "choice",
    "in_any_case",
    "nearest",
    "outline",
    "plain",
    "quoted",
    "read_count",
    "read_count_in",
    "read_duration",
    "read_flag",
    "read_hours",
    "read_percent",
    "up_to",
    "write_duration",
]

LONGEST = timedelta(days=3660)  # ten years: beyond it somebody mistyped

_MINUTE, _HOUR, _DAY, _WEEK, _MONTH, _YEAR = 1, 60, 1440, 10080, 43200, 525600
_UNITS = {
    _MINUTE: "minute minutes min mn",
    _HOUR: "hour hours heure heures h",
    _DAY: "day days jour jours d j",
    _WEEK: "week weeks semaine semaines",
    _MONTH: "month months mois",  # 30 days
    _YEAR: "year years an ans année années annee annees",  # 365 days
}
UNITS: Mapping[str, int] = {word: minutes for minutes, words in _UNITS.items() for word in words.split()}
_NUMBER_WORDS = (
    "a an one un une",
    "two deux",
    "three trois",
    "four quatre",
    "five cinq",
    "six",
    "seven sept",
    "eight huit",
    "nine neuf",
    "ten dix",
)
NUMBERS = {word: number for number, words in enumerate(_NUMBER_WORDS, start=1) for word in words.split()}
YES = ("true", "yes", "oui", "vrai", "on")
NO = ("false", "no", "non", "faux", "off")
_PART = re.compile(r"(?:(\d{1,7}) ?|\b([a-z]+) )([^\W\d_]+)\b\.?")


class CountIn(NamedTuple):
    """A number of things within a window: "8 in 30 days"."""

    times: int
    window: timedelta


def read_duration(value: object) -> timedelta:
    """A length of time: "2 days", "2 jours", "1 h 30 min". Raises Unreadable (P201)."""
    if isinstance(value, timedelta):
        return value
    text = plain(value) if isinstance(value, str) else str(value)
    text = SPACES.sub(" ", re.sub(r"\b(and|et)\b|,", " ", text))
    length = _length(text)
    if length is None:
        raise Unreadable(f"{quoted(value)} is not a length of time", _mend_duration(text), "P201")
    if not timedelta() < length <= LONGEST:
        raise Unreadable(
            f"{quoted(value)} is not a length of time we can wait", "write one between 1 minute and 10 years", "P201"
        )
    return length


@lru_cache(maxsize=1024)  # a stored playbook says the same lengths for every ritual
def _length(text: str) -> timedelta | None:
    text = re.sub(r"(\d+) ?h ?(\d\d)$", r"\1 h \2 min", text)  # 1h30
    minutes = [_minutes(digits or word, unit) for digits, word, unit in _PART.findall(text)]
    if _PART.sub("", text).strip() or not minutes or None in minutes:
        return None
    return timedelta(minutes=sum(m for m in minutes if m))


def _minutes(number: str, unit: str) -> int | None:
    count = int(number) if number.isdigit() else NUMBERS.get(number)
    return None if count is None or unit not in UNITS else count * UNITS[unit]


def _mend_duration(text: str) -> str:
    if re.fullmatch(r"\d+", text):
        return f'add the unit: "{text} days" or "{text} jours" (minutes, hours, days, weeks, months)'
    number = re.match(r"(\d+)\s*(\D+)$", text)
    unit = nearest(number[2], (w for w in UNITS if len(w) > 3)) if number else None
    if number and unit:
        return f'did you mean "{number[1]} {unit}"?'
    return "write a number and a unit: 30 minutes, 6 hours, 2 days, 1 week (or 2 jours, 1 semaine)"


def write_duration(length: timedelta) -> str:
    """The length in its largest exact unit: "2 days", "36 hours", "90 minutes"."""
    minutes = length // timedelta(minutes=1)
    for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    raise AssertionError("one minute divides every length")


def read_flag(value: object) -> bool:
    """true, yes, oui or false, no, non. Raises Unreadable (P208)."""
    if isinstance(value, bool):
        return value
    word = plain(value) if isinstance(value, str) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable(f"{quoted(value)} is neither yes nor no", "write true or false (or oui, non)", "P208")


def read_percent(value: object) -> float:
    """A share as a part of one: "20%", "20 %" or "20 percent" is 0.2. Raises Unreadable (P209)."""
    if isinstance(value, float) and 0 <= value <= 1:
        return value  # read back from a stored version
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d+)?) ?(%|percent|per cent|pour cent)", plain(str(value)))
    share = float(found[1].replace(",", ".")) / 100 if found else -1.0
    if not 0 <= share <= 1:
        raise Unreadable(
            f"{quoted(value)} is not a share", "write a number from 0 to 100 and a percent sign: 20%", "P209"
        )
    return share


def read_count(value: object) -> int:
    """A whole number from 1, in digits or a small word. Raises Unreadable (P202)."""
    text = plain(str(value))
    count = int(text) if re.fullmatch(r"\d{1,6}", text) else NUMBERS.get(text, 0)
    if isinstance(value, bool) or count < 1:
        raise Unreadable(f"{quoted(value)} is not a whole number from 1", "write it in digits: 3", "P202")
    return count


def up_to(most: int) -> Callable[[object], int]:
    """A reader of a whole number from 1 to `most`, in digits or a small word."""

    def read(value: object) -> int:
        with suppress(Unreadable):
            if (count := read_count(value)) <= most:
                return count
        raise Unreadable(f"{quoted(value)} is not a whole number from 1 to {most}", "write it in digits: 3", "P202")

    return read


def counted(pattern: str, example: str) -> Callable[[object], int]:
    """A reader of "NUMBER words", where the words match `pattern`, or of the bare number."""
    whole = re.compile(rf"(\d{{1,6}}|[a-z]+)(?: ?(?:{pattern}))?")

    def read(value: object) -> int:
        found = whole.fullmatch(plain(str(value)))
        count = 0
        if found and not isinstance(value, bool):
            count = int(found[1]) if found[1].isdigit() else NUMBERS.get(found[1], 0)
        if count < 1:
            raise Unreadable(f"{quoted(value)} is not a number we can read here", f'write it like "{example}"', "P202")
        return count

    return read


def read_count_in(value: object) -> CountIn:
    """How many in how long: "8 in 30 days", "8 en 30 jours". Raises Unreadable (P202)."""
    if isinstance(value, CountIn):
        return value
    found = re.fullmatch(r"(\d{1,6}|[a-z]+) ?(?:times |fois )?(?:in|en|over|sur|within) (.+)", plain(str(value)))
    if not found:
        raise Unreadable(
            f"{quoted(value)} does not say how many in how long",
            'write it like "8 in 30 days" (or "8 en 30 jours")',
            "P202",
        )
    return CountIn(read_count(found[1]), read_duration(found[2]))


def read_time(text: str) -> time:
    """A time of day: "9h", "9h30", "9:30", "21:00". Raises Unreadable (P204)."""
    found = re.fullmatch(r"(\d{1,2}) ?(?:h|:) ?(\d{2})?", plain(text))
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour > 23 or minute > 59:
        raise Unreadable(f"{quoted(text)} is not a time of day", "write it like 09:30 (or 9h30)", "P204")
    return time(hour, minute)


def read_hours(value: object) -> tuple[time, time] | None:
    """A span of the day: "21:00-08:00", "21h à 8h", or "none" for no such span. Raises Unreadable (P204)."""
    text = plain(str(value))
    if text in {"none", "never", "aucune", "aucun", "jamais"}:
        return None
    ends = re.split(r" ?(?:-|–|—|\bto\b|\bà\b|\bau\b|\buntil\b) ?", re.sub(r"^(from|de) ", "", text))
    if len(ends) != 2:
        raise Unreadable(
            f"{quoted(value)} is not a span of the day", 'write both ends: 21:00-08:00 (or "none")', "P204"
        )
    start, end = read_time(ends[0]), read_time(ends[1])
    if start == end:
        raise Unreadable(
            f"{quoted(value)} begins and ends at the same time", 'write two different times, or "none"', "P204"
        )
    return start, end


def as_text(value: Any) -> Any:
    """Whole numbers and true/false are text where text is wanted: they read exactly as written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def as_list(value: Any) -> Any:
    """One text where several may stand is a list of one."""
    return [value] if isinstance(value, str | int) else value


def _words(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "integer"], "examples": [example]})


Text = Annotated[str, BeforeValidator(as_text), WithJsonSchema({"type": ["string", "integer"]})]
Texts = Annotated[list[Text], BeforeValidator(as_list)]
Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["2 days", "2 jours"]}),
]
Flag = Annotated[
    bool,
    BeforeValidator(read_flag),
    WithJsonSchema({"anyOf": [{"enum": [True, False]}, *outline([*YES[1:], *NO[1:]])["anyOf"]]}),
]
Percent = Annotated[float, BeforeValidator(read_percent), WithJsonSchema({"type": "string", "examples": ["20%"]})]
Count = Annotated[int, BeforeValidator(read_count), WithJsonSchema({"type": "integer", "minimum": 1})]
PerDay = Annotated[
    int, BeforeValidator(counted(r"(?:fois |times )?(?:per|a|par|/) ?(?:day|jour)", "2 per day")), _words("2 per day")
]
PerWeek = Annotated[
    int,
    BeforeValidator(counted(r"(?:fois |times )?(?:per|a|par|/) ?(?:week|semaine)", "1 per week")),
    _words("1 per week"),
]
Runs = Annotated[
    int,
    BeforeValidator(
        counted(r"(?:unanswered )?(?:runs?|times?|fois|tours?|rituels?)(?: sans réponses?)?", "3 unanswered runs")
    ),
    _words("3 unanswered runs"),
]
Hours = Annotated[
    tuple[time, time] | None,
    BeforeValidator(lambda value: value if isinstance(value, tuple) else read_hours(value)),
    PlainSerializer(
        lambda hours: f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else "none", return_type=str, when_used="json"
    ),
    WithJsonSchema({"type": "string", "examples": ["21:00-08:00"]}),
]
InWindow = Annotated[
    CountIn,
    BeforeValidator(read_count_in),
    PlainSerializer(lambda c: f"{c.times} in {write_duration(c.window)}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["8 in 30 days"]}),
]
