"""The practice room's own words, in the community's language."""

from __future__ import annotations

import re

ENGLISH = {
    "title": "Practice room",
    "lead": "Nothing leaves this machine. Take a seat, hold a ritual, answer it, and watch the recap appear.",
    "space": "Space",
    "seat": "You sit as",
    "sit": "Sit here",
    "hold": "Hold a ritual now",
    "hold_button": "Hold",
    "finish": "Close it now",
    "next": "next",
    "ask": "Ask the hosts first",
    "asked": "{names} was asked, in {space}: take that seat to decide.",
    "extras": "Let other members answer",
    "come_in": "Let somebody new come in",
    "came": "{name} has just come in.",
    "say": "Write",
    "say_in": "Your message in",
    "say_direct": "Your message to Tertulia",
    "voted": "Voted:",
    "yours": "your choice",
    "several": "several choices",
    "vote closed": "This poll takes no votes any more.",
    "reply": "Reply",
    "reply_to": "Your reply",
    "react": "React with a thumb up",
    "unnamed": "without my name",
    "edited": "edited",
    "direct": "Direct chat with Tertulia",
    "nothing": "Nothing has been said here yet. Hold a ritual to begin.",
    "nothing_direct": "Nothing yet. Write “stop” to silence Tertulia, “start” to hear it again.",
    "refresh": "Show what is new",
    "us": "Tertulia",
}

FRENCH = {
    "title": "Salle de répétition",
    "lead": "Rien ne sort de cette machine. Prenez place, tenez un rituel, répondez-y et regardez le bilan paraître.",
    "space": "Espace",
    "seat": "Vous êtes",
    "sit": "S’asseoir",
    "hold": "Tenir un rituel maintenant",
    "hold_button": "Tenir",
    "finish": "Clore maintenant",
    "next": "prochain",
    "ask": "Demander d’abord l’accord",
    "asked": "L’accord est demandé à {names}, dans {space} : prenez cette place pour décider.",
    "come_in": "Faire arriver quelqu’un",
    "came": "{name} vient d’arriver.",
    "extras": "Laisser d’autres membres répondre",
    "say": "Écrire",
    "say_in": "Votre message dans",
    "say_direct": "Votre message à Tertulia",
    "voted": "Ont voté :",
    "yours": "votre choix",
    "several": "plusieurs choix possibles",
    "vote closed": "Ce vote est clos.",
    "reply": "Répondre",
    "reply_to": "Votre réponse",
    "react": "Réagir d’un pouce levé",
    "unnamed": "sans mon prénom",
    "edited": "modifié",
    "direct": "Conversation directe avec Tertulia",
    "nothing_direct": "Rien encore. Écrivez « stop » pour faire taire Tertulia, « start » pour l’entendre de nouveau.",
    "nothing": "Rien n’a encore été dit ici. Tenez un rituel pour commencer.",
    "refresh": "Voir ce qui est nouveau",
    "us": "Tertulia",
}


#: What the room's acts are refused with, as the code says it, and what a French page says.
REFUSALS = (
    (r"nobody sits there any more", "Plus personne n’est assis là : choisissez une autre place."),
    (r"that space is gone", "Cet espace n’existe plus : choisissez-en un autre."),
    (r"this space has no place any more", "Cet espace n’est plus relié à rien : choisissez-en un autre."),
    (r"no ritual is open here", "Aucun rituel n’est ouvert ici : tenez-en un d’abord."),
    (r".+/(.+) is not open", "« {0} » n’est pas ouvert : tenez-le d’abord."),
    (r'there is no ritual ".+/(.+)"', "Le rituel « {0} » n’existe plus."),
)


def refusal(what: str, language: str) -> str:
    """Why an act was refused, on a page in this language; what no French is known for stays as it is."""
    if language == "fr":
        for pattern, french in REFUSALS:
            if found := re.fullmatch(pattern, what):
                return french.format(*found.groups())
    return what


def words(language: str) -> dict[str, str]:
    """The words for a page in this language."""
    return FRENCH if language == "fr" else ENGLISH
