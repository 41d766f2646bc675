"""The phrases for what members do or leave undone: a join, an unanswered question, a quiet space, a badge."""

from __future__ import annotations

import re

from orchestrator.rules.clauses import Mistake
from orchestrator.rules.moments import Happening
from orchestrator.rules.values import read_duration
from orchestrator.rules.words import plain

_WHEN = r"(?:(?:when|whenever|if|quand|lorsque|des que|si) |lorsqu'|des qu')?"
_ONE = r"(?:(?:a|an|the|any|new|un|une|le|la|nouveau|nouvelle) )*"
_SPAN = r"(?P<span>.+)"
_FOR = r"(?:for|since|after|depuis|pendant|apres)"
_MEMBER_JOINS = re.compile(
    rf"{_WHEN}{_ONE}(?:member joins|membre arrive|membre rejoint(?: le cercle| la communaute)?)"
    r"|(?:(?:a )?l')?(?:arrivee|venue) d'un (?:nouveau )?membre"
    r"|on join(?:ing)?|(?:a )?new member|(?:un )?nouveau membre"
)
_BADGE_EARNED = re.compile(rf"{_WHEN}{_ONE}badge (?:is |est )?(?:earned|gained|received|given|obtenu|gagne|recu|donne)")
_UNANSWERED = re.compile(
    rf"{_WHEN}{_ONE}question (?:is |stays |remains |goes |est |reste )?"
    rf"(?:unanswered|without answer|sans reponse) {_FOR} {_SPAN}"
)
_QUIET = re.compile(
    rf"{_WHEN}{_ONE}(?P<space>[^\s,]+) (?:is |has been |stays |est |reste )?"
    rf"(?:quiet|silent|silencieux|silencieuse|calme|muet|muette) {_FOR} {_SPAN}"
)
_NO_SPAN = re.compile(r".* (?:unanswered|sans reponse|quiet|silent|silencieux|silencieuse|calme)")


def happening(text: str, phrase: str) -> Happening | None:
    """Read a plain phrase as a happening; None: it is none. `phrase` is as written, for the space's name.

    Raises Mistake, or Unreadable for a length of time.
    """
    if _MEMBER_JOINS.fullmatch(text):
        return Happening("member joins")
    if _BADGE_EARNED.fullmatch(text):
        return Happening("badge earned")
    if found := _UNANSWERED.fullmatch(text):
        return Happening("question unanswered", after=read_duration(found["span"]))
    if found := _QUIET.fullmatch(text):
        return Happening("space quiet", _as_written(found["space"], phrase), read_duration(found["span"]))
    if _NO_SPAN.fullmatch(text):
        raise Mistake("it does not say for how long", 'add it, such as "for 3 days" or "depuis 3 jours"')
    return None


def _as_written(space: str, phrase: str) -> str:
    return next((word for word in phrase.split() if plain(word) == space), space)
