"""The imagined members of a preview: their names, what they say, what they would be asked, how they vote."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator.ports import Address
from orchestrator.rituals.contract import ButtonDraft, Cast, Draft, Facts, Heard, Kind, Lead, OpenQuestion, Person, Vote

#: What members might have answered, so that a recap has something to show: (first name or None, text).
ANSWERS = {
    "fr": (
        (
            "Léa",
            "J’ai fini par dire non à un client qui pesait un tiers du chiffre. Deux mois serrés, puis on a respiré.",
        ),
        ("Karim", "Je l’ai fait trop tard, et l’équipe l’avait vu avant moi."),
        (None, "Rien de spectaculaire : j’ai écrit la règle, et j’ai arrêté d’en débattre chaque lundi."),
        ("Maud", "Pas encore. Je regarde comment font les autres."),
    ),
    "en": (
        ("Priya", "I said no to a client who was a third of our revenue. Two tight months, then we could breathe."),
        ("Tom", "I did it too late, and the team had seen it before I did."),
        (None, "Nothing grand: I wrote the rule down and stopped arguing about it every Monday."),
        ("Aoife", "Not yet. I am here to read how others did it."),
    ),
}
NAMES = {
    "fr": ("Léa", "Karim", "Inès", "Maud", "Yann", "Chloé", "Samir", "Jeanne", "Hugo", "Nadia"),
    "en": ("Priya", "Tom", "Grace", "Aoife", "Omar", "Ruth", "Diego", "Hannah", "Leo", "Mei"),
}
QUESTION = {"fr": "Comment fixer un premier prix ?", "en": "How do you set a first price?"}
TOPIC = {"fr": "prix", "en": "pricing"}  # what the question is about
ACTIVE = 23  # imagined active members
VOTES = (0, 1, 0, 2, 0, 1, 0, 3, 0)  # which option each of some imagined voters chooses, as far as there are so many

#: Where a direct message would go on each platform: nobody's id.
DIRECT = {"slack": Address(member_ref="U0123ABCD"), "telegram": Address(member_ref="99887766")}


def people(language: str, places: tuple[int, ...], space: str, now: datetime, topic: str) -> tuple[Person, ...]:
    """Members of whom a kind may choose any: quiet for a while, helpful before, with reasons to come back there."""
    before = now - timedelta(days=20)
    leads = tuple(Lead(kind, QUESTION[language], before, None, space) for kind in ("question", "thread", "answer"))
    return tuple(
        Person(
            number,
            name,
            places,
            quiet_since=before,
            answered=number % 3 + 1,
            helped=number % 4 + 1,
            started=number % 2,
            voices=number % 5 + 2,
            topics={topic: 1},
            leads=leads,
        )
        for number, name in enumerate(NAMES[language])
    )


def open_question(language: str, place_id: int, now: datetime, topic: str) -> OpenQuestion:
    """A question that nobody has answered since the morning."""
    asker = len(NAMES[language])
    return OpenQuestion(place_id, "1", asker, now - timedelta(hours=4), QUESTION[language], (topic,), None, "")


def pressed(kind: Kind, model: object, said: list[Draft], facts: Facts) -> tuple[Vote, ...]:
    """The votes that imagined members cast by the buttons of a post; the second time the last option loses some."""
    draft = next((one for one in said if one.place_id is not None and any(map(_votes, one.buttons))), None)
    if draft is None:
        return ()
    options = [button.key.split("-") for button in draft.buttons if _votes(button)]
    again = any(vote.stage != options[0][2] for vote in facts.votes)
    chosen = [option for option in VOTES if option < len(options)]
    votes = []
    for number, option in enumerate(chosen):
        _, _, stage, arg = options[0 if again and option == len(options) - 1 else option]
        heard = Heard(number, "", facts.now, "press", verb="vote", arg=arg)
        cast = next((one for one in kind.hear(model, stage, heard, facts) if isinstance(one, Cast)), None)
        if cast is not None:
            votes.append(Vote(number, stage, cast.options, facts.now))
    return tuple(votes)


def _votes(button: ButtonDraft) -> bool:
    return button.key.startswith("vote-") and button.key.count("-") == 3
