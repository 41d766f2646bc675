"""Phrases: what managers write, in English and in French, what it means, and what is said when it does not read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.rules.moments import LAST, Happening, Once, Phrase, Recurring, Unreadable
from orchestrator.rules.phrases import parse
from orchestrator.rules.words import is_french

NINE_THIRTY = time(9, 30)
MONDAY = Recurring("week", NINE_THIRTY, weekdays=(0,))
MONDAY_THURSDAY = Recurring("week", NINE_THIRTY, weekdays=(0, 3))
WORKDAYS = Recurring("week", NINE_THIRTY, weekdays=(0, 1, 2, 3, 4))
DAILY = Recurring("day", NINE_THIRTY)
TWO_WEEKS = Recurring("week", NINE_THIRTY, 2, weekdays=(1,))
FIRST_FRIDAY = Recurring("month", NINE_THIRTY, weekdays=(4,), ordinals=(1,))
LAST_FRIDAY = Recurring("month", NINE_THIRTY, weekdays=(4,), ordinals=(LAST,))
FIFTEENTH = Recurring("month", NINE_THIRTY, days=(15,))
LAST_DAY = Recurring("month", NINE_THIRTY, days=(LAST,))
CHRISTMAS_EVE = Once(date(2026, 12, 24), NINE_THIRTY)
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))

MEANINGS: list[tuple[Phrase, str]] = [
    (DAILY, "every day | each day | daily | chaque jour | tous les jours"),
    (WORKDAYS, "every weekday | on weekdays | every working day | every business day | monday to friday"),
    (WORKDAYS, "chaque jour ouvré | tous les jours ouvrés | en semaine | du lundi au vendredi"),
    (Recurring("week", NINE_THIRTY, weekdays=(5, 6)), "every weekend | le week-end | chaque week-end"),
    (MONDAY, "every monday | each Monday | mondays | on mondays | every mon | every week on monday"),
    (MONDAY, "chaque lundi | le lundi | les lundis | tous les lundis | chaque semaine le lundi"),
    (MONDAY_THURSDAY, "every monday, thursday | every monday and thursday | every monday & thursday"),
    (MONDAY_THURSDAY, "every thursday and every monday | mondays and thursdays | every mon,thu"),
    (MONDAY_THURSDAY, "chaque lundi et jeudi | le lundi et le jeudi | tous les lundis et les jeudis"),
    (TWO_WEEKS, "every 2 weeks on tuesday | every two weeks on Tuesday | every other week on tuesday"),
    (TWO_WEEKS, "every other tuesday | tuesday every 2 weeks | every fortnight on tuesday"),
    (TWO_WEEKS, "toutes les 2 semaines le mardi | toutes les deux semaines, le mardi | un mardi sur deux"),
    (TWO_WEEKS, "un mardi sur 2"),
    (Recurring("week", NINE_THIRTY, 3, (1,)), "un mardi sur trois"),
    (Recurring("month", NINE_THIRTY, weekdays=(0,), ordinals=(1,)), "tous les premiers lundis du mois"),
    (TWO_WEEKS, "tous les deux mardis | tous les 2 mardis | every 2 tuesdays"),
    (TWO_WEEKS, "une semaine sur deux le mardi | le mardi une semaine sur deux"),
    (Recurring("week", NINE_THIRTY, 3, (1, 4)), "every 3 weeks on tuesday and friday"),
    (FIRST_FRIDAY, "every month on the first friday | the first friday of the month | every month on the 1st friday"),
    (FIRST_FRIDAY, "le premier vendredi du mois | le 1er vendredi du mois | chaque mois le premier vendredi"),
    (FIRST_FRIDAY, "le premier vendredi de chaque mois | tous les mois le 1ᵉʳ vendredi"),
    (LAST_FRIDAY, "every month on the last friday | on the last friday of every month | le dernier vendredi du mois"),
    (
        Recurring("month", NINE_THIRTY, weekdays=(2,), ordinals=(2,)),
        "le deuxième mercredi du mois | le 2e mercredi du mois",
    ),
    (Recurring("month", NINE_THIRTY, weekdays=(2,), ordinals=(1, 3)), "the first and third wednesday of the month"),
    (FIFTEENTH, "every month on day 15 | every month on the 15th | on the 15th of the month"),
    (FIFTEENTH, "le 15 du mois | le 15 de chaque mois | chaque mois le 15 | tous les mois le 15"),
    (Recurring("month", NINE_THIRTY, days=(1,)), "le premier du mois | le premier de chaque mois | le 1er du mois"),
    (Recurring("month", NINE_THIRTY, days=(1,)), "on the first of the month | chaque mois le premier"),
    (Recurring("month", NINE_THIRTY, days=(1, 15)), "le premier et le 15 du mois"),
    (Recurring("month", NINE_THIRTY, days=(1, 15)), "le 1er et le 15 du mois | every month on day 1 and 15"),
    (LAST_DAY, "every month on last day | every month on the last day | le dernier jour du mois"),
    (CHRISTMAS_EVE, "on 2026-12-24 | 2026-12-24 | le 2026-12-24 | on december 24, 2026 | on 24 December 2026"),
    (CHRISTMAS_EVE, "le 24 dec. 2026 | on 24 dec 2026 | dec. 24, 2026 | le 24 déc 2026"),
    (CHRISTMAS_EVE, "le 24 décembre 2026 | le jeudi 24 décembre 2026 | on thursday 2026-12-24"),
    (Recurring("week", NINE_THIRTY, weekdays=(0,), since=DECEMBER[0]), "every monday from 2026-12-01"),
    (Recurring("week", NINE_THIRTY, weekdays=(0,), since=DECEMBER[0]), "chaque lundi à partir du 2026-12-01"),
    (Recurring("week", NINE_THIRTY, weekdays=(0,), since=DECEMBER[0]), "chaque lundi dès le 1er décembre 2026"),
    (Recurring("week", NINE_THIRTY, weekdays=(0,), until=DECEMBER[1]), "every monday until 2026-12-31"),
    (Recurring("week", NINE_THIRTY, weekdays=(0,), until=DECEMBER[1]), "chaque lundi jusqu'au 2026-12-31"),
    (Recurring("week", NINE_THIRTY, 1, (0,), (), (), *DECEMBER), "every monday from 2026-12-01 until 2026-12-31"),
    (Recurring("week", NINE_THIRTY, 1, (0,), (), (), *DECEMBER), "chaque lundi du 2026-12-01 au 2026-12-31"),
]
CASES = [(meaning, phrase.strip()) for meaning, phrases in MEANINGS for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("meaning", "phrase"), CASES)
def test_a_phrase_reads_with_its_time_before_and_behind(meaning: Phrase, phrase: str) -> None:
    assert parse(f"{phrase} at 09:30") == meaning
    assert parse(f"{phrase} à 9h30") == meaning
    assert parse(f"à 9h30, {phrase}") == meaning


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9h", time(9)),
        ("9 h", time(9)),
        ("9 heures", time(9)),
        ("9h30", time(9, 30)),
        ("9\u202fh\u202f30", time(9, 30)),
        ("9 heures 30", time(9, 30)),
        ("9:30", time(9, 30)),
        ("09:30", time(9, 30)),
        ("00:00", time(0)),
        ("0h05", time(0, 5)),
        ("23h59", time(23, 59)),
        ("9am", time(9)),
        ("12 am", time(0)),
        ("5:30 p.m.", time(17, 30)),
        ("noon", time(12)),
        ("midi", time(12)),
        ("minuit", time(0)),
    ],
)
def test_times_of_day(text: str, clock: time) -> None:
    assert parse(f"every day at {text}") == Recurring("day", clock)
    assert parse(f"tous les jours à {text}") == Recurring("day", clock)


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        ("member joins", Happening("member joins")),
        ("when a new member joins", Happening("member joins")),
        ("un membre arrive", Happening("member joins")),
        ("Lorsqu’un membre arrive", Happening("member joins")),
        ("à l’arrivée d’un nouveau membre", Happening("member joins")),
        ("question unanswered for 4 hours", Happening("question unanswered", None, timedelta(hours=4))),
        ("question sans réponse depuis 4 heures", Happening("question unanswered", None, timedelta(hours=4))),
        ("a question is unanswered for 2 days", Happening("question unanswered", None, timedelta(days=2))),
        ("salon quiet for 3 days", Happening("space quiet", "salon", timedelta(days=3))),
        ("salon silencieux depuis 3 jours", Happening("space quiet", "salon", timedelta(days=3))),
        ("le Café-Philo est calme depuis une semaine", Happening("space quiet", "Café-Philo", timedelta(weeks=1))),
        ("badge earned", Happening("badge earned")),
        ("badge obtenu", Happening("badge earned")),
    ],
)
def test_happenings(phrase: str, meaning: Happening) -> None:
    assert parse(phrase) == meaning


@pytest.mark.parametrize(
    ("phrase", "near"),
    [
        ("evry monday at 9h30", "every monday at 9h30"),
        ("chaque lundy à 9h30", "chaque lundi à 9h30"),
        ("chak lundi à 9h", "chaque lundi à 9h"),
        ("tout les lundis à 9h", "tous les lundis à 9h"),
        ("tout les jours à 9h", "tous les jours à 9h"),
        ("every thrusday, firday at 9:00", "every thursday, friday at 9:00"),
        ("monday at 9:30", "every monday at 9:30"),
        ("on monday at 9:30", "every monday at 9:30"),
        ("lundi et mardi à 9h", "chaque lundi et mardi à 9h"),
        ("every monday", "every monday at 09:30"),
        ("chaque lundi", "chaque lundi à 9h30"),
        ("every monday at 9", "every monday at 09:00"),
        ("chaque lundi à 9", "chaque lundi à 9h"),
        ("every monday at 9.30", "every monday at 9:30"),
        ("every monday at 9.30am", "every monday at 9:30am"),
        ("every monday morning at 9:30", "every monday at 9:30"),
        ("le 15 à 9h", "le 15 du mois à 9h"),
        ("le premier vendredi à 16h", "le premier vendredi du mois à 16h"),
        ("every first friday at 16:00", "every first friday of the month at 16:00"),
        ("memberr joins", "member joins"),
        ("un menbre arrive", "un membre arrive"),
    ],
)
def test_a_near_phrase_is_offered_and_reads(phrase: str, near: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(phrase)
    assert refused.value.what.startswith(f'"{phrase}" is not a moment we know')
    assert refused.value.mend == f'did you mean "{near}"?'
    parse(near)


@pytest.mark.parametrize(
    ("phrase", "why", "mend"),
    [
        ("every monday at 25h", "25h is not a time of day", "hours go from 0 to 23"),
        ("every monday at 24:00", "24:00 is not a time of day", "hours go from 0 to 23"),
        ("every monday at 9h60", "9h60 is not a time of day", "minutes from 00 to 59"),
        ("every monday at 9h5", "9h5 is not a time of day", "two digits"),
        ("every monday at 13 pm", "13 pm is not a time of day", "17:30"),
        ("every monday at 9h and 18h", "it has two times of day", "one phrase for each time"),
        ("on 2027-02-31 at 9h", "the day 2027-02-31 does not exist", "year-month-day"),
        ("le 31 février 2027 à 9h", "the day 31 février 2027 does not exist", "year-month-day"),
        ("on 2026-31-12 at 9h", "the day 2026-31-12 does not exist", "year-month-day"),
        ("on 0001-01-01 at 9h", "1 is too far away", "from 2000 to 2999"),
        ("le 24 décembre à 18h", "the year is missing", "2026-12-24"),
        ("le 24/12/2026 à 18h", "read differently", "2026-12-24"),
        ("le 24-12-2026 à 18h", "a date with - is read differently", "2026-12-24"),
        ("chaque lundi à 9h à partir du 01.02.2027", "a date with . is read differently", "2026-12-24"),
        ("tous les 15 jours le lundi à 9h", "counts in days", "toutes les 2 semaines le lundi"),
        ("lundi prochain à 9h", "another day every time", "2026-12-24"),
        ("next monday at 9:00", "another day every time", "2026-12-24"),
        ("demain à 9h", "another day every time", "2026-12-24"),
        ("chaque trimestre", "quarters are not counted", "every 13 weeks on monday"),
        ("fin de mois à 16h", "which day", "le dernier jour du mois"),
        ("le dernier jour ouvré du mois à 9h", "working days", "le dernier vendredi du mois"),
        ("une fois par semaine", "on which day of the week", "toutes les 2 semaines le mardi"),
        ("0 9 * * 1", "written for machines", "every monday at 09:00"),
        ("on friday 2026-12-24 at 9h", "2026-12-24 is not a friday", "correct the date"),
        ("on 2026-12-24 at 9h until 2026-12-31", "one day has no beginning", "leave out"),
        ("every monday at 9h from 2027-01-01 until 2026-01-01", "2027-01-01 is after 2026-01-01", "swap"),
        ("every monday at 9h until 2026-01-01 until 2027-01-01", "one limit twice", "keep one"),
        ("every 0 weeks on monday at 9h", "counted from 1 to 520", "every 2 weeks"),
        ("every 99999999999999999999 weeks on monday at 9h", "counted from 1 to 520", "every 2 weeks"),
        ("every 2 weeks at 9h", "on which day of the week", "every week on monday"),
        ("chaque mois à 9h", "on which day of the month", "every month on day 15"),
        ("every month on friday at 9h", "which one of the month", "the first friday"),
        ("tous les matins à 9h", "part of the day", "tous les jours à 20h"),
        ("chaque lundi à 9h du matin", "part of the day", "tous les jours à 20h"),
        ("every weekday except friday at 9h", "leaves days out", "name the days"),
        ("every 2 days at 9h", "days, weeks and months of one only", "a list"),
        ("every hour", "days, weeks and months of one only", "a list"),
        ("toutes les 4 heures", "days, weeks and months of one only", "a list"),
        ("every second tuesday at 9h", "two ways", "every month on the second tuesday"),
        ("every second tuesday at 9h", "two ways", '"every 2 weeks on tuesday at 09:00"'),
        ("biweekly on monday at 9:30", "two ways", '"every 2 weeks on monday at 09:30"'),
        ("bi-weekly monday 9:30", "two ways", '"every monday and thursday at 09:30"'),
        ("biweekly at 9:30", "on which days", '"every 2 weeks on monday at 09:30"'),
        ("bimensuel le lundi à 9h", "two ways", '"le premier et le troisième lundi du mois à 9h"'),
        ("bihebdomadaire le mardi à 9h30", "two ways", '"toutes les 2 semaines le mardi à 9h30"'),
        ("bimestriel le lundi à 9h", "counted in twos", "a list of dates"),
        ("twice a month on monday at 9:30", "on which days", "troisième lundi du mois à 9h30"),
        ("deux fois par semaine à 9h", "on which days", '"every monday and thursday at 09:00"'),
        ("mensuel le lundi à 9h", "which one of the month", "le dernier vendredi du mois"),
        ("trimestriel le lundi à 9h", "is not a moment we know", "write for example"),
        ("annuel le 15 du mois à 9h", "is not a moment we know", "write for example"),
        ("le 5e vendredi du mois à 9h", "few months have a fifth vendredi", "le dernier vendredi du mois"),
        ("every month on the fifth friday at 9h", "few months have a fifth friday", "on the last friday"),
        ("le premier lundi et mardi du mois à 9h", "one weekday of the month", "a list"),
        ("le 32 du mois à 9h", "no month has a day 32", "from 1 to 31"),
        ("every month on day 0 at 9h", "no month has a day 0", "from 1 to 31"),
        ("tous les jours ouvrables à 9h", "Saturday", "chaque jour ouvré"),
        ("question sans réponse", "for how long", "depuis 3 jours"),
        ("", "it is empty", "every monday at 09:30"),
        ("every monday " * 40, "longer than 200", "a list"),
        ("whenever you like", "is not a moment we know", 'write for example "every monday at 09:30"'),
    ],
)
def test_a_mistake_has_its_cause_and_its_mend(phrase: str, why: str, mend: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(phrase)
    assert why in refused.value.what
    assert mend in refused.value.mend


def test_a_length_of_time_that_does_not_read_is_named() -> None:
    with pytest.raises(Unreadable, match='"0 days" is not a length of time'):
        parse("salon quiet for 0 days")


def disguise(draw: st.DrawFn, phrase: str) -> str:
    """The phrase as a phone, a word processor or a hurried hand would leave it."""
    written = draw(st.sampled_from([phrase, phrase.upper(), phrase.title(), unicodedata.normalize("NFD", phrase)]))
    if draw(st.booleans()):
        written = "".join(c for c in unicodedata.normalize("NFD", written) if not unicodedata.combining(c))
    written = written.replace("'", draw(st.sampled_from(["'", "’", "ʼ"])))
    return draw(st.sampled_from(["", " ", "\u200b"])) + written.replace(
        " ", draw(st.sampled_from([" ", "  ", "\u00a0", "\u202f"]))
    )


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, Phrase]:
    meaning, phrase = draw(st.sampled_from(CASES))
    return disguise(draw, f"{phrase} à 9h30"), meaning


@settings(deadline=None)
@given(disguised())
def test_capitals_accents_apostrophes_and_spaces_make_no_difference(case: tuple[str, Phrase]) -> None:
    assert parse(case[0]) == case[1]


WORDS = (
    "every chaque tous les le monday lundi, jeudi and et 2 15 weeks semaines month mois du on at à 9h30 9:30 25h "
    "2026-12-24 2026-02-30 from until jusqu'au partir first dernier day jour salon quiet for depuis 3 jours"
)
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(TEXTS)
@example("¨ quiet for 3 days")
@example("\ud800 quiet for 3 days")
@example("every monday at ٩h")
@example("/" * 199)
@example("monday, " * 24)
@example("le " * 66)
@example("the first and " * 14)
def test_any_text_reads_or_is_refused_in_words(text: str) -> None:
    try:
        parse(text)
    except Unreadable as refused:
        assert refused.what and refused.mend


@pytest.mark.parametrize(("phrase", "french"), [("chaque lundi à 9h", True), ("every monday at 9h", False)])
def test_the_language_of_a_phrase_is_heard(phrase: str, french: bool) -> None:
    assert is_french(phrase) is french


def test_every_phrase_of_the_page_for_managers_reads() -> None:
    page = (Path(__file__).parents[2] / "docs" / "when.md").read_text(encoding="utf-8")
    tables = page.split("## What happens at the edges")[0] + page.split("## Phrases without a time")[1].split("##")[0]
    cells = [cell for row in tables.splitlines() if row.startswith("| ") for cell in row.split("|")[2:4]]
    phrases = [phrase for cell in cells for phrase in re.findall(r"`([^`]+)`", cell)]
    limits = [phrase for phrase in phrases if phrase.startswith(("from", "until", "à partir", "jusqu'au"))]
    assert len(phrases) > 25 and len(limits) == 4
    for phrase in set(phrases) - set(limits):
        parse(phrase)
    for limit in limits:
        parse(f"every day at 9h {limit}")
