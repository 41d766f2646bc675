"""The practice room's own words, in the community's language."""

from __future__ import annotations

import re
from collections.abc import Sequence

ENGLISH = {
    "title": "Practice room",
    "lead": "Nothing leaves this machine. Take a seat, hold a ritual, answer it, and watch the recap appear.",
    "space": "Space",
    "seat": "You sit as",
    "sit": "Sit here",
    "hold": "Rituals",
    "hold_button": "Hold",
    "finish": "Close",
    "ask": "Ask the hosts",
    "asked": "Waiting for {names}, in {space}: take that seat to decide.",
    "held": "“{ritual}” is held: {what}.",
    "posted": "posted in {spaces}",
    "written": "sent directly to {names}",
    "apart": "; ",
    "go there": "Sit there",
    "host": "host",
    "no past": "Nobody has talked here yet, so a debate, a nudge or a shout-out finds nobody. "
    "Simulated members can have talked for six weeks already.",
    "live": "Give this space a past",
    "lived": "Six weeks of talk have been written into this space.",
    "give a past first": "Give this space a past first: the button below.",
    "open": "open",
    "members": "Members",
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
    "reply on slack": "Reply in the thread",
    "reply on telegram": "Reply to this message",
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
    "hold": "Les rituels",
    "hold_button": "Tenir",
    "finish": "Clore",
    "ask": "Demander l’accord",
    "asked": "L’accord est demandé à {names}, dans {space} : prenez cette place pour décider.",
    "held": "« {ritual} » est tenu : {what}.",
    "posted": "publié dans {spaces}",
    "written": "écrit directement à {names}",
    "apart": " ; ",
    "go there": "Prendre cette place",
    "host": "hôte",
    "no past": "Personne n’a encore parlé ici : un débat, des nouvelles ou des mercis n’y trouvent personne. "
    "Des membres imaginés peuvent y avoir déjà parlé six semaines.",
    "live": "Donner un passé à cet espace",
    "lived": "Six semaines de conversation sont maintenant dans cet espace.",
    "give a past first": "Donnez d’abord un passé à cet espace, par le bouton ci-dessous.",
    "open": "en cours",
    "come_in": "Faire arriver quelqu’un",
    "came": "{name} vient d’arriver.",
    "members": "Les membres",
    "extras": "Laisser d’autres membres répondre",
    "say": "Écrire",
    "say_in": "Votre message dans",
    "say_direct": "Votre message à Tertulia",
    "voted": "Ont voté :",
    "yours": "votre choix",
    "several": "plusieurs choix possibles",
    "vote closed": "Ce vote est clos.",
    "reply": "Répondre",
    "reply on slack": "Répondre dans le fil",
    "reply on telegram": "Répondre à ce message",
    "reply_to": "Votre réponse",
    "react": "Réagir d’un pouce levé",
    "unnamed": "sans mon prénom",
    "edited": "modifié",
    "direct": "Conversation directe avec Tertulia",
    "nothing_direct": "Rien encore. Écrivez « stop » pour faire taire Tertulia, « start » pour l’entendre de nouveau.",
    "nothing": "Rien n’a encore été dit ici. Tenez un rituel pour commencer.",
    "refresh": "Voir ce qui est nouveau",
    "us": "Tertulia",
}


#: What the room's acts are refused with, as the code says it, and what a French page says.
REFUSALS = (
    (r"nobody sits there any more", "Plus personne n’est assis là : choisissez une autre place."),
    (r"that space is gone", "Cet espace n’existe plus : choisissez-en un autre."),
    (r"this space has no place any more", "Cet espace n’est plus relié à rien : choisissez-en un autre."),
    (r"this space has a past already", "Cet espace a déjà un passé : tenez-y un rituel."),
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


def listed(names: Sequence[str], language: str) -> str:
    """ "Ana, Ben et Chloé", "Ana, Ben and Chloé"."""
    *most, last = names
    return f"{', '.join(most)} {'et' if language == 'fr' else 'and'} {last}" if most else last


def words(language: str) -> dict[str, str]:
    """The words for a page in this language."""
    return FRENCH if language == "fr" else ENGLISH
