"""The six questions of `tertulia new`: what each asks, in French and in English, and how its answer is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time

from orchestrator.errors import Refused
from orchestrator.playbook.schema import Pace
from orchestrator.rules.values import Unreadable, nearest, plain, quoted


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered so far; the rest is such that a playbook of it is whole.

    rituals: kinds beside the weekly question. places: connection → link or id. approvers: name → connection → id.
    """

    language: str = "en"
    tone: str = "vous"
    name: str = "Tertulia"
    places: Mapping[str, str] | None = None
    weekly: str = "every monday at 10:00"
    rituals: tuple[str, ...] = ()
    approvers: Mapping[str, Mapping[str, str]] | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the option that answers it in a script, its words, and what makes an answer of a text."""

    option: str
    asked: Mapping[str, str]
    read: Callable[[str, Answers], Answers]


def say(fr: str, en: str) -> Mapping[str, str]:
    """A sentence in both languages."""
    return {"fr": fr, "en": en}


TONES = {
    "fr tu": "français tu|tu|french tu|tutoiement",
    "fr vous": "français vous|vous|french vous|vouvoiement",
    "en": "english|anglais",
}


def read_language(text: str, answers: Answers) -> Answers:
    """ "fr tu", "fr vous" or "en", in any words for them. Raises Refused."""
    known = {plain(one): ours for ours, others in TONES.items() for one in (ours, *others.split("|"))}
    words = " ".join(plain(text).replace(",", " ").split())
    if words in known:
        language, _, tone = known[words].partition(" ")
        return replace(answers, language=language, tone=tone or "vous")
    if words in ("fr", "francais", "français", "french"):
        raise Refused("il manque le ton / the tone is missing", "écrivez « fr tu » ou « fr vous »")
    raise _refuse(
        answers,
        say(f"{quoted(text)} n’est pas une des réponses possibles", f"{quoted(text)} is none of the answers"),
        say("écrivez : fr tu, fr vous ou en", "write: fr tu, fr vous or en"),
    )


def read_name(text: str, answers: Answers) -> Answers:
    """The community's name as its members say it. Raises Refused."""
    name = " ".join(text.split())
    if slug(name):
        return replace(answers, name=name)
    raise _refuse(
        answers,
        say("il faut un nom avec des lettres", "a name needs letters"),
        say("écrivez-le comme vos membres le disent", "write it as your members say it"),
    )


def read_places(text: str, answers: Answers) -> Answers:
    """Links or ids, one a platform. Raises Refused."""
    places: dict[str, str] = {}
    for written in re.split(r"[\s,;]+", text.strip()):
        connection = _platform_of(written)
        if connection is None:
            raise _refuse(
                answers,
                say(f"{quoted(written)} n’est ni un lieu Slack ni un lieu Telegram", f"{quoted(written)} is no place"),
                say(
                    "collez le lien du salon : https://….slack.com/archives/C… ou https://t.me/…",
                    "paste the room’s link: https://….slack.com/archives/C… or https://t.me/…",
                ),
            )
        if connection in places:
            raise _refuse(
                answers,
                say(f"il y a deux lieux {connection.capitalize()}", f"there are two {connection.capitalize()} places"),
                say("gardez-en un : les autres s’ajoutent dans le fichier", "keep one: add others in the file"),
            )
        places[connection] = written
    return replace(answers, places=places)


def read_weekly(text: str, answers: Answers) -> Answers:
    """A day and an hour, with or without the words around them. Raises Refused."""
    from orchestrator.rules.schedule import Recurring, parse

    words = " ".join(text.split())
    for phrase in _phrases(words, answers.language):
        with suppress(Unreadable):
            if isinstance(found := parse(phrase), Recurring):
                _must_be_awake(found.at, answers)
                return replace(answers, weekly=phrase)
    raise _refuse(
        answers,
        say(f"{quoted(text)} n’est pas un jour et une heure", f"{quoted(text)} is not a day and an hour"),
        say("écrivez par exemple : lundi à 9h30", "write for example: monday at 9:30"),
    )


def read_rituals(text: str, answers: Answers) -> Answers:
    """Names or numbers of the list, "all" or "none". Raises Refused."""
    from orchestrator.commands.offers import offers

    known = list(offers(answers.language))
    words = [word for word in re.split(r"[\s,;]+", plain(text)) if word not in ("", "et", "and")]
    if words and words[0] in ("tous", "tout", "all"):
        return replace(answers, rituals=tuple(known))
    if not words or words[0] in ("aucun", "rien", "none", "no", "non"):
        return replace(answers, rituals=())
    return replace(answers, rituals=tuple(sorted({_offer(word, known, answers) for word in words}, key=known.index)))


def read_approvers(text: str, answers: Answers) -> Answers:
    """First names, each with an id: "alexis U012AB3CD, inès 99887766". Raises Refused."""
    approvers: dict[str, dict[str, str]] = {}
    name = ""
    for word in re.split(r"[\s,;:]+", text.strip()):
        connection = _person_on(word)
        if connection is None and re.search(r"[^\W\d_]", word):
            name = slug(word, keep_accents=True)
            approvers[name] = {}
        elif connection is not None and name:
            approvers[name][connection] = word.lstrip("@")
    bare = next((one for one, ids in approvers.items() if not ids), "")
    if text.strip() and (bare or not approvers):
        raise _refuse(
            answers,
            say(
                f"il manque l’identifiant de {bare or 'cette personne'}",
                f"the id of {bare or 'this person'} is missing",
            ),
            say(
                "écrivez : alexis U012AB3CD (Slack : profil, ⋮, Copier l’ID de membre) ou alexis 99887766 (Telegram)",
                "write: alexis U012AB3CD (Slack: profile, ⋮, Copy member ID) or alexis 99887766 (Telegram)",
            ),
        )
    return replace(answers, approvers=approvers or None)


QUESTIONS = (
    Question(
        "language",
        say(
            "Dans quelle langue parlez-vous à vos membres : fr tu, fr vous ou en ?",
            "Which language do you speak with your members: fr tu, fr vous or en?",
        ),
        read_language,
    ),
    Question("name", say("Comment s’appelle votre communauté ?", "What is your community called?"), read_name),
    Question(
        "places",
        say(
            "Où se retrouve-t-elle ? Collez le lien du salon Slack, du groupe Telegram, ou les deux.",
            "Where does it meet? Paste the link of the Slack channel, of the Telegram group, or both.",
        ),
        read_places,
    ),
    Question(
        "weekly",
        say(
            "Quel jour et à quelle heure poser la question de la semaine ? Par exemple : lundi à 9h30",
            "On which day and at what time is the question of the week asked? For example: monday at 9:30",
        ),
        read_weekly,
    ),
    Question(
        "rituals",
        say(
            "Quels rituels en plus ? Des numéros, « tous » ou « aucun ».",
            "Which rituals besides? Numbers, “all” or “none”.",
        ),
        read_rituals,
    ),
    Question(
        "approvers",
        say(
            "Qui donne son accord avant les envois délicats ? Un prénom et son identifiant : alexis U012AB3CD",
            "Who approves what is delicate? A first name and an id: alexis U012AB3CD",
        ),
        read_approvers,
    ),
)


def slug(text: str, *, keep_accents: bool = False) -> str:
    """A name as a file and a playbook bear it: "Le Cercle, à Lyon" is "le-cercle-a-lyon"."""
    if not keep_accents:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")[:60]


def _refuse(answers: Answers, what: Mapping[str, str], mend: Mapping[str, str]) -> Refused:
    return Refused(what[answers.language], mend[answers.language])


def _must_be_awake(at: time, answers: Answers) -> None:
    """A new playbook keeps the quiet hours of the language. Raises Refused inside them."""
    hours = Pace().quiet_hours
    begin, end = hours or (time.max, time.min)
    if hours is None or end <= at < begin:
        return
    raise _refuse(
        answers,
        say(f"à {at:%H:%M} vos membres dorment", f"at {at:%H:%M} your members are asleep"),
        say(
            f"choisissez une heure entre {end:%H:%M} et {begin:%H:%M}",
            f"choose a time from {end:%H:%M} to {begin:%H:%M}",
        ),
    )


def _platform_of(written: str) -> str | None:
    """Which platform a link or an id is of."""
    lower = written.casefold()
    if re.search(r"(^|[/.])slack\.com/", lower) or re.fullmatch(r"[CG][A-Z0-9]{5,20}", written):
        return "slack"
    if re.search(r"(^|/)(t\.me|telegram\.(me|dog|org)|web\.telegram\.org)/", lower):
        return "telegram"
    return "telegram" if re.fullmatch(r"-\d{5,19}|@[a-zA-Z]\w{3,31}", written) else None


def _person_on(word: str) -> str | None:
    """Which platform a person's id is of."""
    if re.fullmatch(r"[UW][A-Z0-9]{5,20}", word) and re.search(r"\d", word):
        return "slack"
    return "telegram" if re.fullmatch(r"\d{4,19}", word) else None


def _phrases(words: str, language: str) -> Iterable[str]:
    """The phrases that somebody who writes "lundi 9h30" may mean, the fullest first."""
    joint, each = ("à", "chaque") if language == "fr" else ("at", "every")
    timed = re.sub(rf"(?<!{joint}) (?=\d{{1,2}} ?(h|:|$))", f" {joint} ", words, count=1)
    for text in (timed, words):
        yield f"{each} {text}"
        yield text


def _offer(word: str, known: list[str], answers: Answers) -> str:
    if word.isdigit() and 1 <= int(word) <= len(known):
        return known[int(word) - 1]
    if word.replace("-", "_") in known:
        return word.replace("-", "_")
    near = nearest(word, known)
    raise _refuse(
        answers,
        say(f"{quoted(word)} n’est pas dans la liste", f"{quoted(word)} is not in the list"),
        say(
            f"vouliez-vous dire {near} ?"
            if near
            else f"écrivez des numéros de 1 à {len(known)}, séparés par des virgules",
            f"did you mean {near}?" if near else f"write numbers from 1 to {len(known)}, with commas between",
        ),
    )
