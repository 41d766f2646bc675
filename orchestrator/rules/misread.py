"""Phrases that managers try and we do not take: why, and what to write instead."""

from __future__ import annotations

import re

from orchestrator.rules.clauses import MONTH
from orchestrator.rules.pieces import AND, ARTICLE, COUNT, DAY, EVERY, MONTHLY, NTH, OF_MONTH

WRONG = tuple(
    (re.compile(pattern), why, mend)
    for pattern, why, mend in (
        (
            rf"{EVERY} (?:15|quinze) jours,? ?{ARTICLE}(?P<day>{DAY})?.*",
            "it counts in days",
            'write "toutes les 2 semaines le lundi"',
        ),
        (
            r"(?:today|tomorrow|aujourd'hui|demain|apres-demain)\b.*|.*\b(?:next|prochaine?)\b.*",
            "it means another day every time it is read",
            "write the whole date, such as 2026-12-24",
        ),
        (
            rf"{EVERY} (?:quarters?|trimestres?|season|saison).*|quarterly.*",
            "quarters are not counted",
            'write "every 13 weeks on monday", "toutes les 13 semaines le lundi", or a list of dates',
        ),
        (
            r"(?:(?:en|la|a la|at the|the) )?(?:fin (?:de|du) mois|end of (?:the |every |each )?month)",
            "it does not say which day",
            'write "le dernier jour du mois", "le dernier vendredi du mois", "every month on last day"',
        ),
        (
            r".*\b(?:first|last|premier|dernier) (?:working|business|week|jour) ?(?:days?|ouvres?)\b.*",
            "working days of a month are not counted",
            'write "le dernier vendredi du mois", "every month on the last friday"',
        ),
        (
            r"[\d*/,-]+(?: [\d*/,a-z-]+){4}",
            "it is written for machines",
            'write it in words: "every monday at 09:00", "chaque lundi à 9h"',
        ),
        (
            rf"every second (?P<day>{DAY})",
            "it can be read in two ways",
            r'write "every 2 weeks on \g<day>{at}" or "every month on the second \g<day>{at}"',
        ),
        (
            rf"(?=.*\bbi-?weekly\b).*?\b(?P<day>{DAY})\b.*",
            "it can be read in two ways",
            r'write "every 2 weeks on \g<day>{at}", or name both days of the week: "every monday and thursday{at}"',
        ),
        (
            rf"(?=.*\bbi-?hebdo(?:madaire)?\b).*?\b(?P<day>{DAY})\b.*",
            "it is often read in two ways",
            r'name both days of the week: "le lundi et le jeudi{à}", or write "toutes les 2 semaines le \g<day>{à}"',
        ),
        (
            rf"(?=.*\bbi-?mensuel\w*).*?\b(?P<day>{DAY})\b.*",
            "it is often read in two ways",
            r'write "le premier et le troisième \g<day> du mois{à}", or "toutes les 2 semaines le \g<day>{à}"',
        ),
        (
            r".*\bbi-?month.*|.*\bbi-?mestri.*",
            "months are not counted in twos",
            'write a list of dates, or twice a month: "every month on the first and third monday{at}"',
        ),
        (
            r".*\b(?:twice|two times|deux fois|2 fois|semi-?weekly|semi-?monthly|bi-?weekly|bi-?hebdo|bi-?mensuel).*",
            "it does not say on which days",
            'name them: "every monday and thursday{at}", "every 2 weeks on monday{at}",'
            ' "le premier et le troisième lundi du mois{à}"',
        ),
        (
            rf".*\b(?:fifth|5th|cinquieme|5e|5eme) (?P<day>{DAY})\b.*",
            r"few months have a fifth \g<day>",
            'write "le dernier vendredi du mois", "every month on the last friday"',
        ),
        (
            rf"{EVERY} (?:{COUNT} )?(?:weeks?|semaines?)|(?:une|1) fois par semaine|once a week|weekly|hebdomadaire",
            "it does not say on which day of the week",
            'add the day: "every week on monday", "toutes les 2 semaines le mardi"',
        ),
        (
            rf"{MONTHLY.removesuffix(' ')}|(?:une|1) fois par mois|once a month|mensuel",
            "it does not say on which day of the month",
            'add the day: "every month on day 15", "le premier vendredi du mois"',
        ),
        (
            rf"(?:{MONTHLY}|mensuel(?:le|lement)?,? ){ARTICLE}{DAY}|{ARTICLE}{DAY}{OF_MONTH}",
            "it does not say which one of the month",
            'say which: "every month on the first friday", "le dernier vendredi du mois"',
        ),
        (
            rf"{EVERY} (?:morning|afternoon|evening|night|matin|midi|soir|nuit)s?.*|.*\bdu (?:matin|soir)\b.*",
            "the time alone says which part of the day",
            'write the days and a time from 00:00 to 23:59: "every day at 20:00", "tous les jours à 20h"',
        ),
        (
            r".*\b(?:except|but|without|unless|sauf|hors)\b.*",
            "it leaves days out",
            "name the days that you want; on_holiday says what becomes of public holidays",
        ),
        (
            r".*\bouvrables?\b.*",
            "Saturday is a jour ouvrable too",
            'write "chaque jour ouvré", or name the days: "chaque lundi, mardi et samedi"',
        ),
        (
            rf"{EVERY} {COUNT} (?:(?:day|month|jour)s?|mois)\b.*|toutes les"
            rf"|{EVERY} (?:\S+ )?(?:year|hour|minute|heure|an|annee)s?\b.*",
            "it counts in days, weeks and months of one only",
            'write "every day", "every 2 weeks on monday", or several phrases in a list',
        ),
        (
            r".*\b\d{1,2}([/.-])\d{1,2}\1\d{2,4}\b.*",
            r"a date with \1 is read differently from country to country",
            "write year-month-day, such as 2026-12-24",
        ),
        (
            rf"(?:(?:on|le|the) )?(?:{DAY} )?(?:\d{{1,2}}\S{{0,3}} {MONTH}|{MONTH} \d{{1,2}}\S{{0,2}})",
            "the year is missing",
            "write the whole date, such as 2026-12-24",
        ),
        (
            rf"(?P<first>{MONTHLY})?.*\b{NTH} {DAY}{AND}.*",
            "one phrase holds one weekday of the month",
            "write a list with one phrase for each",
        ),
    )
)
