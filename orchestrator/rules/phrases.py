"""The grammar of `when:` in English and French: a phrase in, what it means out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from re import Match

from orchestrator.rules.clauses import DATE, Mistake, read_date, take_range, take_time
from orchestrator.rules.happenings import happening
from orchestrator.rules.misread import WRONG
from orchestrator.rules.moments import LAST, Once, Phrase, Recurring, Unreadable
from orchestrator.rules.pieces import AND, ARTICLE, COUNT, DAY, EVERY, MONTHLY, NTH, OF_MONTH
from orchestrator.rules.values import quoted
from orchestrator.rules.words import NUMBERS, ORDINALS, WEEKDAYS, plain

LONGEST = 200  # characters; a phrase is a line, and patterns must stay quick
MOST_WEEKS = 520  # ten years between two runs


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the date pattern: the time, and from when until when."""

    at: time
    since: date | None
    until: date | None


_DAYS = rf"(?P<weekdays>{DAY}(?:{AND}{ARTICLE}{DAY})*)"
_NTHS = rf"(?P<ordinals>{NTH}(?:{AND}{ARTICLE}{NTH})*)"
_FORTNIGHT = r"(?:une semaine sur deux|every fortnight|fortnightly)"
_NUMBER = r"(?:\d+(?:er|st|nd|rd|th|e)?)"
_MONTH_DAY = rf"(?:{_NUMBER}|(?:last|dernier|first|premier|1er) (?:day|jour)|first|premier)"
_MONTH_DAYS = rf"(?:days? |jours? )?(?P<days>{_MONTH_DAY}(?:{AND}{ARTICLE}(?:day )?{_MONTH_DAY})*)"
_WORKDAYS = (
    rf"(?:(?:{EVERY} )?(?:weekday|week day|working day|business day|workday|jour ouvre|jours ouvre)s?"
    rf"|(?:{EVERY} )jours? de (?:la )?semaine|en semaine|on (?:week|work|working |business )days"
    r"|(?:from |du |every )?(?:monday|mon|lundi) (?:to|through|au|a|-) (?:friday|fri|vendredi))"
)


def parse(phrase: str) -> Phrase:
    """Read a phrase such as "chaque lundi à 9h30" or "member joins".

    Raises Unreadable with what is wrong and, where one is near, a phrase that reads.
    """
    try:
        return read(phrase)
    except Mistake as mistake:
        from orchestrator.rules.nearest import nearest  # it tries phrases by this very grammar

        near = None if mistake.mend else nearest(phrase)
        raise Unreadable(_what(phrase, mistake), mistake.mend or _mend(near), "P203") from None


def _what(phrase: str, mistake: Mistake) -> str:
    return f"{quoted(phrase)} is not a moment we know" + (f": {mistake.why}" if mistake.why else "")


def _mend(near: str | None) -> str:
    if near:
        return f'did you mean "{near}"?'
    return 'write for example "every monday at 09:30" or "le premier vendredi du mois à 16h" (docs/when.md)'


def read(phrase: str) -> Phrase:
    """Read a phrase without looking for near ones. Raises Mistake."""
    text = plain(phrase).strip('"«»“” ').rstrip(".!;")
    if not text:
        raise Mistake("it is empty", 'write for example "every monday at 09:30"')
    if len(text) > LONGEST:
        raise Mistake(f"it is longer than {LONGEST} characters", "write one moment; a list holds several")
    return happening(text, phrase) or _moment(text)


def _moment(text: str) -> Phrase:
    rest, since, until = take_range(text)
    rest, at = take_time(rest)
    for pattern, build in _PATTERNS:
        if found := pattern.fullmatch(rest):
            if at is None:
                raise Mistake("it has no time of day")
            if since and until and since > until:
                raise Mistake(f"{since} is after {until}", "swap the two dates")
            return build(found, Frame(at, since, until))
    for wrong, why, mend in WRONG:
        if found := wrong.fullmatch(rest):
            mended = _with_time(found.expand(mend), at)
            raise Mistake(found.expand(why), mended)
    raise Mistake()


def _with_time(mend: str, at: time | None) -> str:
    """A mend with the time that was written in place of its {at} and {à}."""
    english, french = (f" at {at:%H:%M}", f" à {at.hour}h{at:%M}".removesuffix("00")) if at else ("", "")
    return mend.replace("{at}", english).replace("{à}", french)


def _daily(_found: Match[str], frame: Frame) -> Recurring:
    return Recurring("day", frame.at, since=frame.since, until=frame.until)


def _on_weekdays(*weekdays: int) -> Callable[[Match[str], Frame], Recurring]:
    def build(_found: Match[str], frame: Frame) -> Recurring:
        return Recurring("week", frame.at, weekdays=weekdays, since=frame.since, until=frame.until)

    return build


def _weekly(found: Match[str], frame: Frame, interval: int = 1) -> Recurring:
    weekdays = _weekdays(found["weekdays"])
    return Recurring("week", frame.at, interval, weekdays, since=frame.since, until=frame.until)


def _fortnightly(found: Match[str], frame: Frame) -> Recurring:
    return _weekly(found, frame, 2)


def _every_weeks(found: Match[str], frame: Frame) -> Recurring:
    count = found["count"]
    interval = NUMBERS.get(count) or int(count)
    if not 1 <= interval <= MOST_WEEKS:
        raise Mistake(f"weeks are counted from 1 to {MOST_WEEKS}", 'write for example "every 2 weeks"')
    return _weekly(found, frame, interval)


def _nth_weekday(found: Match[str], frame: Frame) -> Recurring:
    ordinals = sorted({ORDINALS[word] for word in re.findall(rf"\b{NTH}\b", found["ordinals"])}, key=_from_first)
    weekdays = _weekdays(found["weekdays"])
    return Recurring(
        "month", frame.at, weekdays=weekdays, ordinals=tuple(ordinals), since=frame.since, until=frame.until
    )


def _month_days(found: Match[str], frame: Frame) -> Recurring:
    days = {_month_day(text) for text in re.findall(_MONTH_DAY, found["days"])}
    ordered = tuple(sorted(days, key=_from_first))
    return Recurring("month", frame.at, days=ordered, since=frame.since, until=frame.until)


def _from_first(n: int) -> int:
    return n if n != LAST else 99


def _month_day(text: str) -> int:
    if text.startswith(("last", "dernier")):
        return LAST
    if text.startswith(("first", "premier")):
        return 1
    day = int(re.match(r"\d+", text)[0])  # type: ignore[index]  # the pattern wants digits
    if not 1 <= day <= 31:
        raise Mistake(f"no month has a day {day}", "name a day from 1 to 31, or the last day")
    return day


def _weekdays(text: str) -> tuple[int, ...]:
    words = re.findall(r"[a-z]+", text)
    known = (WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s"))) for word in words)
    return tuple(sorted({day for day in known if day is not None}))


def _once(found: Match[str], frame: Frame) -> Once:
    day = read_date(found["date"])
    if frame.since or frame.until:
        raise Mistake("one day has no beginning and no end", "leave out from and until")
    if (named := found["weekday"]) and _weekdays(named) != (day.weekday(),):
        raise Mistake(f"{day} is not a {named}", "correct the date, or leave the weekday out")
    return Once(day, frame.at)


_Build = Callable[[Match[str], Frame], Recurring | Once]
_GRAMMAR: tuple[tuple[str, _Build], ...] = (
    (rf"{EVERY} (?:day|days|jour|jours)|daily|quotidiennement", _daily),
    (_WORKDAYS, _on_weekdays(0, 1, 2, 3, 4)),
    (rf"(?:(?:{EVERY}|on|le|les) )?week-?ends?", _on_weekdays(5, 6)),
    (rf"(?:every|each|chaque|tous les) {_DAYS}", _weekly),
    (rf"(?:le|les) {_DAYS}", _weekly),
    (rf"(?:on )?(?P<weekdays>{DAY}(?<=s)(?:{AND}(?:on )?{DAY}(?<=s))*)", _weekly),
    (rf"(?:{EVERY} (?:week|semaine|semaines)|weekly),? {ARTICLE}{_DAYS}", _weekly),
    (rf"{EVERY} {COUNT} (?:weeks?|semaines?),? {ARTICLE}{_DAYS}", _every_weeks),
    (rf"{ARTICLE}{_DAYS},? {EVERY} {COUNT} (?:weeks?|semaines?)", _every_weeks),
    (rf"{_FORTNIGHT},? {ARTICLE}{_DAYS}", _fortnightly),
    (rf"{ARTICLE}{_DAYS},? {_FORTNIGHT}", _fortnightly),
    (rf"every other {_DAYS}", _fortnightly),
    (rf"{EVERY} {COUNT} {_DAYS}", _every_weeks),
    (rf"(?:un|le) (?P<weekdays>{DAY}) sur {COUNT}", _every_weeks),
    (rf"{MONTHLY}{ARTICLE}{_NTHS} (?P<weekdays>{DAY})", _nth_weekday),
    (rf"{ARTICLE}{_NTHS} (?P<weekdays>{DAY}){OF_MONTH}", _nth_weekday),
    (rf"{MONTHLY}{ARTICLE}{_MONTH_DAYS}", _month_days),
    (rf"{ARTICLE}{_MONTH_DAYS}{OF_MONTH}", _month_days),
    (rf"(?:(?:on|le|the) )?(?:(?P<weekday>{DAY}),? )?(?:the )?(?P<date>{DATE})", _once),
)
_PATTERNS = tuple((re.compile(pattern), build) for pattern, build in _GRAMMAR)
