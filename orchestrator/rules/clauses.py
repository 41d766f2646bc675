"""The parts that any phrase may carry: a time of day, a date, `from` and `until`."""

from __future__ import annotations

import re
from datetime import date, time
from re import Match

from orchestrator.rules.words import FRENCH, MONTHS, any_of, plain

FIRST_YEAR, LAST_YEAR = 2000, 2999  # what a ritual can mean; beyond is a slip of the finger


class Mistake(Exception):
    """Why a phrase does not read; `mend` is empty where a near phrase should be looked for."""

    def __init__(self, why: str = "", mend: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.mend = mend


MONTH = any_of(*MONTHS)
_ACCENTS = {plain(word): word for word in FRENCH}  # a phrase is read without them, and repeated with them
_NUMBER = r"\d{1,2}(?:er|st|nd|rd|th)?"
DATE = rf"(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|{_NUMBER} (?:of )?{MONTH}\.?,? \d{{4}}|{MONTH}\.? {_NUMBER},? \d{{4}})\b"

_FROM = (
    r"(?:starting from|starting on|starting|beginning|as of|from|since|a partir d[ue]|a compter d[ue]|des|depuis|du)"
)
_UNTIL = r"(?:up to|until|till|through|to|jusqu'au|jusqu'a|au)"
_SINCE_CLAUSE = re.compile(rf",? ?\b{_FROM} (?:(?:the|le) )?(?P<date>{DATE})")
_UNTIL_CLAUSE = re.compile(rf",? ?\b{_UNTIL} (?:(?:the|le) )?(?P<date>{DATE})")

_AT = r"(?:(?:,? ?(?:(?<=\s)|(?<=,)|^)(?:at|a|vers|@) ?)|,? |^)"
_PAST = r"(?: ?(?P<past>\d+)(?: ?(?:minutes?|mins?|mn))?)?"
_CLOCK = re.compile(
    rf"{_AT}(?:(?P<hour>\d+) ?(?:(?:heures?|hrs?|h){_PAST}|:(?P<minute>\d+))(?P<half> ?[ap]\.?m\.?)?"
    r"|(?P<twelve>\d+) ?(?P<only>[ap]\.?m\.?)|(?P<word>noon|midday|midi|midnight|minuit))(?![\w:])"
)
_ISO_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})t(?=\d)")
_RANGE = "hours go from 0 to 23 and minutes from 00 to 59"


def read_date(text: str) -> date:
    """Read 2026-12-24, "24 december 2026", "december 24, 2026" or "24 decembre 2026" (plain)."""
    if re.fullmatch(r"[\d-]+", text):
        year, month, day = (int(part) for part in text.split("-"))
    else:
        named = re.search(MONTH, text)
        assert named is not None  # DATE has matched
        month = MONTHS[named[0]]
        day, year = (int(number) for number in re.findall(r"\d+", text))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Mistake(f"{year} is too far away", f"name a year from {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        written = " ".join(_ACCENTS.get(word, word) for word in text.split())
        raise Mistake(f"the day {written} does not exist", "write a day that exists, as year-month-day") from None


def take_range(text: str) -> tuple[str, date | None, date | None]:
    """Take `from` and `until` out of a plain phrase; give the rest and the two dates."""
    text, since = _take_date(_ISO_MOMENT.sub(r"\1 ", text), _SINCE_CLAUSE)
    text, until = _take_date(text, _UNTIL_CLAUSE)
    return text, since, until


def _take_date(text: str, clause: re.Pattern[str]) -> tuple[str, date | None]:
    found = list(clause.finditer(text))
    if not found:
        return text, None
    if len(found) > 1:
        raise Mistake("it names one limit twice", "keep one from and one until")
    return _without(text, found[0]), read_date(found[0]["date"])


def take_time(text: str) -> tuple[str, time | None]:
    """Take the time of day out of a plain phrase; give the rest and the time (None: it has none)."""
    found = list(_CLOCK.finditer(text))
    if not found:
        return text, None
    if len(found) > 1:
        raise Mistake("it has two times of day", "write a list with one phrase for each time")
    return _without(text, found[0]), _time(found[0])


def _without(text: str, found: Match[str]) -> str:
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return " ".join(rest.split()).strip(" ,")


def _time(found: Match[str]) -> time:
    if word := found["word"]:
        return time(0 if word in ("midnight", "minuit") else 12)
    shown = found[0].strip(" ,").removeprefix("at ").removeprefix("a ").strip()
    minutes = found["past"] or found["minute"] or "00"
    hour = int(found["hour"] or found["twelve"])
    if half := found["half"] or found["only"]:
        if not 1 <= hour <= 12:
            raise Mistake(f"{shown} is not a time of day", "write the hour from 0 to 23, such as 17:30")
        hour = hour % 12 + (12 if "p" in half else 0)
    if hour > 23 or len(minutes) != 2 or int(minutes) > 59:
        raise Mistake(f"{shown} is not a time of day", f"{_RANGE}, in two digits: 09:05")
    return time(hour, int(minutes))
