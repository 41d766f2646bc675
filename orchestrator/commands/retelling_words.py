"""The words of a rehearsal's page, in the playbook's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date

from orchestrator.render.dates import first
from orchestrator.render.renderer import readable
from orchestrator.rules.reasons import SENTENCES, Reason

#: A whole date, as a pattern of the CLDR.
LONG = "d MMMM y"

FRENCH_REASONS: Mapping[Reason, str] = {
    Reason.POSTED: "Le message est parti.",
    Reason.AWAITING_APPROVAL: "L’accord d’un hôte est attendu.",
    Reason.NOT_APPROVED: "Aucun hôte n’a donné son accord à temps : rien n’est parti.",
    Reason.REFUSED: "Un hôte a préféré ne pas l’envoyer.",
    Reason.QUIET_HOURS: "Le moment tombait dans les heures calmes, sans pouvoir en attendre la fin.",
    Reason.DAY_FULL: "Ce lieu avait déjà reçu nos messages du jour.",
    Reason.OUR_SHARE: "Nous aurions pris une trop grande part de la conversation.",
    Reason.DIRECT_BUDGET: "Ce membre avait déjà reçu de nous un message cette semaine.",
    Reason.OPTED_OUT: "Ce membre nous a demandé de ne plus lui écrire.",
    Reason.UNREACHABLE: "La plateforme ne nous laisse pas écrire à ce membre.",
    Reason.HOLIDAY: "C’était un jour férié.",
    Reason.PAUSED: "Le rituel était en pause.",
    Reason.UNANSWERED: "Plusieurs fois de suite sans réponse : le rituel attend qu’un hôte le reprenne.",
    Reason.MISSED: "Nous étions arrêtés à ce moment-là, et revenus trop tard.",
    Reason.NOBODY: "Il n’y avait personne à qui écrire.",
    Reason.PLATFORM_REFUSED: "La plateforme a refusé.",
    Reason.UNSURE: "La réponse de la plateforme s’est perdue : un hôte doit dire si le message est arrivé.",
    Reason.FAILED: "Une erreur de notre côté.",
}

FRENCH = {
    "kicker": "Répétition",
    "lead": "{weeks} semaines jouées d’avance avec {members} membres imaginaires. Rien n’a été envoyé.",
    "calendar": "Le calendrier",
    "calendar_lead": "Chaque semaine, ce qui se tient et ce qui est retenu. Un nom mène aux messages.",
    "measures": "Ce que cela donne",
    "measures_lead": "Une barre par fois : la part des membres actifs qui a pris part.",
    "withheld": "Ce qui a été retenu, et pourquoi",
    "withheld_lead": "Un bon hôte se tait souvent. Voici chaque silence et sa raison.",
    "nothing_withheld": "Rien n’a été retenu.",
    "messages": "Les messages, semaine par semaine",
    "messages_lead": "Tels que les membres les verraient, sur chaque plateforme.",
    "week_of": "Semaine du {day}",
    "direct_to": "En direct à {names}",
    "more_names": "{names} et {n} autres",
    "for_hosts": "Pour les hôtes",
    "replies": "{n} réponses",
    "one_reply": "1 réponse",
    "others": "Voir les {n} autres",
    "one_other": "Voir l’autre",
    "us": "Tertulia",
    "edited": "modifié",
    "in_thread": "dans le fil",
    "votes": "votes",
    "asked": "Accord demandé {at}",
    "approved": "donné {at}",
    "refused": "refusé {at}",
    "expired": "personne n’a répondu à temps",
    "waiting": "encore attendu",
    "held": "tenu {n} fois",
    "held_once": "tenu une fois",
    "never_held": "jamais tenu",
    "skipped": "retenu {n} fois",
    "skipped_once": "retenu une fois",
    "called_off": "annulé {n} fois",
    "called_off_once": "annulé une fois",
    "coming": "{n} en cours",
    "median": "{part} % en médiane, sur {of} membres actifs.",
    "nudged": "{back} revenus sur {of} à qui l’on a écrit.",
    "alone": "{back} revenus d’eux-mêmes sur {of} laissés tranquilles, pour comparer.",
    "difference": "{points} points de différence (de {low} à {high}, à 95 %).",
    "too_few": "Trop peu de monde pour dire si écrire y a changé quelque chose.",
    "welcomed": "{spoke} nouveaux sur {of} ont pris la parole dans la semaine.",
    "accepted": "{n} ont accepté la charte.",
    "thanked": "{n} membres remerciés, dont {first} pour la première fois.",
    "debated": "{spoke} orateurs sur {of} ont pris la parole, {voices} voix en tout.",
    "moved": "{twice} ont voté deux fois, dont {moved} ont changé d’avis.",
    "revived": "{n} relances sur {of} ont ramené une réponse.",
    "few": "Trop peu de fois pour parler de tendance.",
    "none": "Rien à compter ici.",
    "figure_posts": "messages publics",
    "figure_direct": "messages directs",
    "figure_answers": "réponses et votes",
    "figure_asked": "accords demandés",
    "figure_silences": "silences choisis",
    "figure_posts_one": "message public",
    "figure_direct_one": "message direct",
    "figure_answers_one": "réponse ou vote",
    "figure_asked_one": "accord demandé",
    "figure_silences_one": "silence choisi",
    "times": "{n} fois",
    "honest": "Comment lire cette page",
    "honest_1": "Les membres sont simulés : quelques habitués, beaucoup de lecteurs discrets, des nouveaux venus"
    " ({newcomers} ici), des silencieux. Leurs chiffres montrent comment les rituels se comportent ; ils ne prédisent"
    " pas les vôtres.",
    "honest_2": "Les textes, les horaires, les garde-fous et les raisons sont les vrais : le même code que pour de bon,"
    " sous une horloge qu’on avance.",
    "honest_given": "Les hôtes ont dit oui à chaque demande. `--approvals refused` ou `none` montre l’autre histoire.",
    "honest_refused": "Les hôtes ont refusé chaque demande.",
    "honest_none": "Les hôtes n’ont répondu à aucune demande : le silence n’envoie jamais rien.",
    "still": "encore à venir",
}

ENGLISH = {
    "kicker": "Rehearsal",
    "lead": "{weeks} weeks played ahead with {members} imagined members. Nothing was sent.",
    "calendar": "The calendar",
    "calendar_lead": "Each week, what is held and what is held back. A name leads to its messages.",
    "measures": "What comes of it",
    "measures_lead": "A bar each time: the share of active members who took part.",
    "withheld": "What was held back, and why",
    "withheld_lead": "A good host is often silent. Here is every silence, with its reason.",
    "nothing_withheld": "Nothing was held back.",
    "messages": "The messages, week by week",
    "messages_lead": "As members would see them, on each platform.",
    "week_of": "Week of {day}",
    "direct_to": "Directly to {names}",
    "more_names": "{names} and {n} others",
    "for_hosts": "For the hosts",
    "replies": "{n} replies",
    "one_reply": "1 reply",
    "others": "See the other {n}",
    "one_other": "See the other",
    "us": "Tertulia",
    "edited": "edited",
    "in_thread": "in the thread",
    "votes": "votes",
    "asked": "Approval asked {at}",
    "approved": "given {at}",
    "refused": "refused {at}",
    "expired": "nobody answered in time",
    "waiting": "still awaited",
    "held": "held {n} times",
    "held_once": "held once",
    "never_held": "never held",
    "skipped": "held back {n} times",
    "skipped_once": "held back once",
    "called_off": "called off {n} times",
    "called_off_once": "called off once",
    "coming": "{n} under way",
    "median": "{part}% at the median, of {of} active members.",
    "nudged": "{back} came back of {of} who were written to.",
    "alone": "{back} came back by themselves of {of} left alone, to compare.",
    "difference": "A difference of {points} points (from {low} to {high}, at 95%).",
    "too_few": "Too few people to say whether writing changed anything.",
    "welcomed": "{spoke} of {of} newcomers spoke within the week.",
    "accepted": "{n} accepted the charter.",
    "thanked": "{n} members thanked, {first} of them for the first time.",
    "debated": "{spoke} of {of} speakers spoke, {voices} voices in all.",
    "moved": "{twice} voted twice, {moved} of them changed their mind.",
    "revived": "{n} of {of} relaunches brought an answer.",
    "few": "Too few times to speak of a trend.",
    "none": "Nothing to count here.",
    "figure_posts": "public messages",
    "figure_direct": "direct messages",
    "figure_answers": "answers and votes",
    "figure_asked": "approvals asked",
    "figure_silences": "chosen silences",
    "figure_posts_one": "public message",
    "figure_direct_one": "direct message",
    "figure_answers_one": "answer or vote",
    "figure_asked_one": "approval asked",
    "figure_silences_one": "chosen silence",
    "times": "{n} times",
    "honest": "How to read this page",
    "honest_1": "The members are simulated: a few regulars, many quiet readers, newcomers ({newcomers} here), some who"
    " fall silent. Their numbers show how the rituals behave; they do not foretell yours.",
    "honest_2": "Texts, moments, guardrails and reasons are the real ones: the same code as on the day, under a clock"
    " that is moved ahead.",
    "honest_given": "The hosts said yes to every request. `--approvals refused` or `none` shows the other story.",
    "honest_refused": "The hosts refused every request.",
    "honest_none": "The hosts answered no request: silence never sends anything.",
    "still": "still to come",
}

#: What a stage is called before members; one that is not here goes by the ritual's name alone.
STAGES: Mapping[str, tuple[str, str]] = {
    "post": ("", ""),
    "open": ("ouverture", "opening"),
    "reminder": ("rappel", "reminder"),
    "close": ("clôture", "close"),
    "results": ("résultats", "results"),
    "recap": ("bilan", "recap"),
    "before": ("vote d’avant", "vote before"),
    "after": ("vote d’après", "vote after"),
    "invite": ("invitations", "invitations"),
    "statements": ("les orateurs", "the speakers"),
    "opening": ("le débat s’ouvre", "the debate opens"),
    "host": ("un jour plus tard", "a day later"),
    "look": ("une semaine plus tard", "a week later"),
}


def words(language: str) -> Mapping[str, str]:
    """The page's words."""
    return FRENCH if language == "fr" else ENGLISH


def sentence(reason: str, language: str) -> str:
    """Why something was not sent, in one sentence."""
    return (FRENCH_REASONS if language == "fr" else SENTENCES)[Reason(reason)]


def stage_word(stage: str, language: str) -> str:
    """What a stage is called, "" where the ritual's name says it all."""
    return STAGES.get(stage, ("", ""))[language != "fr"]


def title(ritual: str) -> str:
    """A ritual's name as a heading: "Question du lundi"."""
    name = readable(ritual)
    return name[:1].upper() + name[1:]


def spell_day(day: date, pattern: str, language: str) -> str:
    """A day in words, by a pattern of the CLDR; French says "1er" of the first."""
    text = format_date(day, pattern, locale="fr" if language == "fr" else "en_GB")
    return first(text) if language == "fr" else text


def spell_time(local: datetime, language: str) -> str:
    """A wall time: "9 h 30" or "09:30"."""
    return f"{local.hour}\u00a0h\u00a0{local:%M}" if language == "fr" else f"{local:%H:%M}"


def spell_moment(local: datetime, language: str) -> str:
    """ "lun. 30 nov., 9 h 30"."""
    return f"{spell_day(local.date(), 'EEE d MMM', language)}, {spell_time(local, language)}"
