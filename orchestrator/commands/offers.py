"""The rituals that `tertulia new` can write into a first playbook, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.rituals.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Offer:
    """A ritual that can be added: what the question says of it, its lines, and the segments that it needs."""

    told: str
    lines: str
    segments: str = ""


WEEKLY = {
    "fr": """\
  question-de-la-semaine:
    when: {weekly}
    where: {space}
    prompt:
      ask:                     # vos propres questions, dans l’ordre ; ou bank: fondateurs
        - "Qu’est-ce qui a le mieux marché cette semaine ?"
        - "Quelle question tourne en tête depuis quelques jours ?"
        - "Quel conseil reçu récemment mérite d’être partagé ?"
        - "Qu’est-ce qui bloque en ce moment, et qui pourrait aider ?"
        - "Quelle petite chose a changé une habitude ?"
        - "De quoi aimerait-on parler ensemble le mois prochain ?"
      open_for: 2 jours
""",
    "en": """\
  question-of-the-week:
    when: {weekly}
    where: {space}
    prompt:
      ask:                     # your own questions, in turn; or bank: founders
        - "What worked best for you this week?"
        - "Which question has been on your mind these days?"
        - "Which piece of advice that you got lately is worth passing on?"
        - "What are you stuck on, and who could help?"
        - "Which small thing changed a habit of yours?"
        - "What would you like us to talk about next month?"
      open_for: 2 days
""",
}

#: By language and kind, in the order in which they are offered.
OFFERS: Mapping[str, Mapping[str, Offer]] = {
    "fr": {
        "poll": Offer(
            "un vote, une fois par mois",
            """\
  vote-du-mois:
    when: le premier mercredi du mois à 14h
    where: {space}
    poll:
      question: "De quoi parle-t-on à la prochaine rencontre ?"
      options: [Ce qui marche, Ce qui bloque, Une invitée ou un invité]
      open_for: 3 jours
""",
        ),
        "steps": Offer(
            "un bilan, une fois par mois, en plusieurs temps",
            """\
  bilan-du-mois:
    when: le dernier jeudi du mois à 17h
    where: {space}
    steps:
      - ask: "Qu’est-ce qui a avancé ce mois-ci, et qu’est-ce qu’on laisse de côté ?"
      - wait: 3 jours
      - recap: Voilà ce que nous gardons de ce mois.
""",
        ),
        "welcome": Offer(
            "l’accueil de chaque nouveau membre",
            """\
  bienvenue:
    when: un membre arrive
    where: {space}
    welcome: {{question: "D’où vient l’envie de nous rejoindre ?"}}
""",
        ),
        "relaunch": Offer(
            "la relance d’une question restée sans réponse",
            """\
  question-oubliee:
    when: question sans réponse depuis 4 heures
    where: {space}
    relaunch: {{ask: 2}}
""",
        ),
        "debate": Offer(
            "un débat entre habitués, une fois par mois",
            """\
  debat:
    when: le deuxième jeudi du mois à 14h
    where: {space}
    who: piliers
    debate: {{motion: "Faut-il se retrouver plus souvent ?", speakers: 2}}
""",
            "  piliers: {contributed: 4 en 30 jours, active_days: 2 en 30 jours}\n",
        ),
        "nudge": Offer(
            "un mot à ceux qui se sont tus",
            """\
  on-pense-a-toi:
    when: chaque mardi à 10h
    where: {space}
    who: discrets
    nudge: {{about: questions they could answer, control_group: 10%}}
""",
            "  discrets: {quiet_for: 14 jours, active_before: 30 jours}\n",
        ),
        "shout_out": Offer(
            "un merci public, une fois par mois",
            """\
  merci-du-mois:
    when: le dernier vendredi du mois à 16h
    where: {space}
    shout_out: {{top: 3, over: 1 mois}}
""",
        ),
    },
    "en": {
        "poll": Offer(
            "a vote, once a month",
            """\
  vote-of-the-month:
    when: every month on the first wednesday at 14:00
    where: {space}
    poll:
      question: "What shall we talk about when we meet next?"
      options: [What works, What is stuck, A guest]
      open_for: 3 days
""",
        ),
        "steps": Offer(
            "a look back, once a month, in several steps",
            """\
  look-back:
    when: every month on the last thursday at 17:00
    where: {space}
    steps:
      - ask: "What moved this month, and what do you leave behind?"
      - wait: 3 days
      - recap: This is what we keep of the month.
""",
        ),
        "welcome": Offer(
            "a welcome for each new member",
            """\
  welcome:
    when: member joins
    where: {space}
    welcome: {{question: "What brings you here?"}}
""",
        ),
        "relaunch": Offer(
            "a second chance for a question that nobody answered",
            """\
  forgotten-question:
    when: question unanswered for 4 hours
    where: {space}
    relaunch: {{ask: 2}}
""",
        ),
        "debate": Offer(
            "a debate among regulars, once a month",
            """\
  debate:
    when: every month on the second thursday at 14:00
    where: {space}
    who: regulars
    debate: {{motion: "Should we meet more often?", speakers: 2}}
""",
            "  regulars: {contributed: 4 in 30 days, active_days: 2 in 30 days}\n",
        ),
        "nudge": Offer(
            "a word to those who went quiet",
            """\
  thinking-of-you:
    when: every tuesday at 10:00
    where: {space}
    who: quiet
    nudge: {{about: questions they could answer, control_group: 10%}}
""",
            "  quiet: {quiet_for: 14 days, active_before: 30 days}\n",
        ),
        "shout_out": Offer(
            "a public thank-you, once a month",
            """\
  thanks-of-the-month:
    when: every month on the last friday at 16:00
    where: {space}
    shout_out: {{top: 3, over: 1 month}}
""",
        ),
    },
}


def offers(language: str) -> dict[str, Offer]:
    """What can be added to the weekly question in this version, by kind, in the order offered."""
    return {kind: offer for kind, offer in OFFERS[language].items() if kind in KINDS}


def first_ritual(language: str) -> str:
    """The name of the weekly question."""
    return WEEKLY[language].strip().partition(":")[0]
