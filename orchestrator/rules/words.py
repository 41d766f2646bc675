"""The words of moments in English and French, and how any spelling of them is made plain."""

from __future__ import annotations

import re
import unicodedata

_WEEKDAYS = (
    "monday mon lundi lun",
    "tuesday tue tues mardi mar",
    "wednesday wed mercredi mer",
    "thursday thu thur thurs jeudi jeu",
    "friday fri vendredi ven",
    "saturday sat samedi sam",
    "sunday sun dimanche dim",
)
_MONTHS = (
    "january janvier jan janv",
    "february fevrier feb fevr",
    "march mars",
    "april avril apr avr",
    "may mai",
    "june juin",
    "july juillet juil",
    "august aout aug",
    "september septembre sep sept",
    "october octobre oct",
    "november novembre nov",
    "december decembre dec",
)
_ORDINALS = (
    "first 1st premier premiers premiere 1er 1ere",
    "second 2nd deuxieme deuxiemes seconds 2e 2eme",
    "third 3rd troisieme troisiemes 3e 3eme",
    "fourth 4th quatrieme quatriemes 4e 4eme",
)
_NUMBERS = ("one une un", "two deux other", "three trois", "four quatre", "five cinq", "six")

WEEKDAYS = {word: day for day, words in enumerate(_WEEKDAYS) for word in words.split()}
MONTHS = {word: month for month, words in enumerate(_MONTHS, 1) for word in words.split()}
ORDINALS = {word: n for n, words in enumerate(_ORDINALS, 1) for word in words.split()} | {
    "last": -1,
    "dernier": -1,
    "derniers": -1,
    "derniere": -1,
}
NUMBERS = {word: n for n, words in enumerate(_NUMBERS, 1) for word in words.split()}

# Words a mistyped one is compared with, as they are written; weekdays and months in full only.
_ENGLISH = (
    "every each day days weekday weekdays weekend week weeks month year on the of and at from until "
    "first second third fourth last other starting member joins question unanswered quiet for hours badge earned"
)
_FRENCH = (
    "chaque tous toutes les le jour jours ouvré ouvrés semaine semaines mois du de à et partir jusqu'au dès "
    "premier deuxième troisième quatrième dernier deux trois un une membre arrive question sans réponse "
    "silencieux depuis heures badge obtenu lundi mardi mercredi jeudi vendredi samedi dimanche "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre midi minuit en sur"
)
ENGLISH = _ENGLISH.split() + [words.split()[0] for words in (*_WEEKDAYS, *_MONTHS)]
FRENCH = _FRENCH.split()

_APOSTROPHES = str.maketrans("’‘ʼ′`´", "''''''")
_DASHES = str.maketrans("‐‑‒–—−", "------")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


def plain(text: str) -> str:
    """Make a phrase plain: lower case, no accents, straight apostrophes and dashes, single spaces."""
    straight = text.translate(_APOSTROPHES).translate(_DASHES)
    decomposed = unicodedata.normalize("NFKD", _INVISIBLE.sub("", straight))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(letters.casefold().split())


def is_french(phrase: str) -> bool:
    """Tell whether a phrase has more French words than English ones."""
    words = re.findall(r"[a-z']+", plain(phrase))
    french = {plain(word) for word in FRENCH} - set(ENGLISH)
    return sum(word in french for word in words) > sum(word in ENGLISH for word in words)


def any_of(*words: str) -> str:
    """Build a pattern for one of these words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
