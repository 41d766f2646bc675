"""What simulated members say to one another, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Texts = Mapping[str, Sequence[str]]

TALK: Texts = {
    "fr": (
        "Bonjour à tous, belle lumière ce matin.",
        "Je viens de finir un dossier qui traînait depuis l’été. Ça soulage.",
        "Pour info, je serai à Nantes mardi prochain si quelqu’un veut un café.",
        "Petite victoire du jour : un client a rappelé de lui-même.",
        "On a changé d’outil de facturation, je vous dirai dans un mois si c’était une bonne idée.",
        "Merci pour la discussion d’hier, elle m’a évité une bêtise.",
        "Un article qui m’a fait réfléchir sur les prix : à lire au calme.",
        "Semaine chargée, je lis tout mais je réponds peu.",
        "Nous cherchons une graphiste à mi-temps, si vous connaissez quelqu’un.",
        "Premier entretien d’embauche de ma vie de ce côté de la table. Étrange.",
    ),
    "en": (
        "Morning all, lovely light today.",
        "Just finished something that had been lying around since summer. What a relief.",
        "I will be in Bristol next Tuesday if anybody fancies a coffee.",
        "Small win of the day: a customer called back without being chased.",
        "We changed our invoicing tool. Ask me in a month whether that was wise.",
        "Thanks for yesterday’s thread, it kept me from a silly mistake.",
        "A piece on pricing that made me think; best read slowly.",
        "Busy week: I read everything and answer little.",
        "We are looking for a part-time designer, if you know anybody.",
        "First job interview of my life on this side of the table. Odd feeling.",
    ),
}

QUESTIONS: Texts = {
    "fr": (
        "Quelqu’un a déjà rompu un contrat avec un gros client ? Comment l’avez-vous annoncé ?",
        "Vous faites comment pour les prix des petites commandes ?",
        "Quel outil pour suivre la trésorerie à trois ?",
        "Est-ce que l’IA vous fait vraiment gagner du temps sur les devis ?",
        "Comment trouver un premier associé sans réseau ?",
        "Qui a déjà confié son recrutement à un cabinet, et pour quel résultat ?",
        "À quel moment avez-vous pris votre premier bureau ?",
        "Une bonne avocate en droit du travail à conseiller ?",
        "Vous affichez vos prix sur le site, ou sur demande ?",
    ),
    "en": (
        "Has anybody ended a contract with a large customer? How did you tell them?",
        "How do you set your pricing for very small orders?",
        "Which tools do you use to keep an eye on cash between three people?",
        "Where do you get honest feedback before shipping something?",
        "How did you find your first partner without a network?",
        "Who has left hiring to an agency, and what came of it?",
        "At what point did you rent your first workshop?",
        "Can anybody recommend a good accountant for makers?",
        "Do you show your pricing on the site, or on request?",
    ),
}

HELP: Texts = {
    "fr": (
        "Oui, il y a deux ans. Au téléphone d’abord, par écrit ensuite ; je peux te montrer le mail.",
        "Chez nous, des prix planchers, affichés. Personne n’a protesté.",
        "Un simple tableau de trésorerie partagé, relu chaque vendredi. Le reste est du confort.",
        "Je t’envoie un contact en privé.",
        "Pour le recrutement, commence petit : un essai d’un mois, puis tu décides.",
        "On s’est posé la même question au printemps. On en parle quand tu veux.",
    ),
    "en": (
        "Yes, two years ago. By phone first, in writing after; I can show you the mail.",
        "We put minimum pricing on the site. Nobody complained.",
        "Plain tools: a shared sheet, read together every Friday. The rest is comfort.",
        "I will send you a contact in private.",
        "Before shipping, start small: one month as a trial, then decide.",
        "We asked ourselves the same in spring. Happy to talk whenever you like.",
    ),
}

THANKS: Texts = {
    "fr": ("Merci, c’est exactement ce qu’il me fallait.", "Merci beaucoup, j’essaie dès demain.", "Un grand merci !"),
    "en": ("Thanks, that is exactly what I needed.", "Thank you, I will try it tomorrow.", "Many thanks!"),
}

ARGUMENTS: Texts = {
    "fr": (
        "J’hésitais en arrivant ; les exemples donnés plus haut m’ont fait bouger.",
        "On l’a fait pendant un an. Moins de demandes, mais de bien meilleures.",
        "D’accord sur le principe, pas sur le moment.",
        "Il y a une voie du milieu : une fourchette, et une conversation.",
        "Chez nous, ce sont les clients qui ont tranché, pas nous.",
        "L’argument du temps gagné ne tient que si l’on est déjà connu.",
        "Ce qui me gêne, c’est moins la chose que la façon de l’annoncer.",
        "J’étais contre, et deux ans d’essais m’ont donné tort.",
    ),
    "en": (
        "I was torn when I came in; the examples above have moved me.",
        "We did it for a year. Fewer requests, far better ones.",
        "I agree with the principle, not with the moment.",
        "There is a middle way: a range, and a conversation.",
        "With us it was the customers who settled it, not we.",
        "Saving time only counts once people know you.",
        "It is less the thing that bothers me than the way of saying it.",
        "I was against it, and two years of trying proved me wrong.",
    ),
}

#: What opens a debate, on either side.
PRO: Texts = {
    "fr": (
        "Ce qu’on cache finit toujours par coûter une heure de discussion. Dire les choses d’emblée, c’est du respect.",
        "Nous l’avons fait il y a dix-huit mois : un tiers de demandes en moins, et presque toutes aboutissent.",
        "La clarté trie à notre place. On cesse de courir après ceux qui ne viendront jamais.",
    ),
    "en": (
        "What you hide always costs an hour of talk later. Saying it first is a form of respect.",
        "We did it eighteen months ago: a third fewer requests, and nearly all of them come through.",
        "Clarity sorts for us. You stop running after those who would never have come.",
    ),
}
CON: Texts = {
    "fr": (
        "Chaque cas est différent : un chiffre sans son histoire trompe celui qui le lit, et celui qui l’écrit.",
        "On perd la conversation, et c’est dans la conversation que l’on comprend ce que l’autre cherche.",
        "Nos concurrents lisent aussi. Ce que l’on affiche aujourd’hui, ils le contournent demain.",
    ),
    "en": (
        "Every case differs: a number without its story misleads whoever reads it, and whoever writes it.",
        "You lose the conversation, and it is there that you learn what people are really after.",
        "Competitors read too. What we show today they will walk around tomorrow.",
    ),
}

BACK: Texts = {
    "fr": (
        "Me revoilà. J’ai été pris par un chantier, je lis tout ce qui s’est dit.",
        "Désolé du silence : un mois intense. J’ai un avis sur la question des prix.",
        "Je reviens, et j’ai de quoi répondre à la question d’il y a deux semaines.",
    ),
    "en": (
        "Back again. A big job ate my month; I am reading up on everything.",
        "Sorry for the silence, it was an intense few weeks. I have a view on pricing.",
        "I am back, and I may have an answer to the question from two weeks ago.",
    ),
}

HELLO: Texts = {
    "fr": (
        "Bienvenue parmi nous ! Je suis là si tu as une question sur la maison.",
        "Ravi de te voir ici. Raconte-nous ce que tu fais, quand tu veux.",
    ),
    "en": (
        "Welcome! Ask me anything about how things work around here.",
        "Good to see you here. Tell us what you make, whenever you like.",
    ),
}


def of(texts: Texts, language: str) -> Sequence[str]:
    """The texts in that language."""
    return texts["fr" if language == "fr" else "en"]
