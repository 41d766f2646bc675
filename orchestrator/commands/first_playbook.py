"""The first playbook of a community, written from six answers: short, whole, and easy to change."""

from __future__ import annotations

import json

from orchestrator.commands.offers import WEEKLY, offers
from orchestrator.commands.questionnaire import Answers, slug

SPACE = {"fr": "salon", "en": "lounge"}


HEADS = {
    "fr": "# {title}. Pour changer quelque chose : modifiez ce fichier, puis `tertulia check`.\n",
    "en": "# {title}. To change something: edit this file, then `tertulia check`.\n",
}


def write(answers: Answers) -> str:
    """The playbook's text."""
    language = answers.language
    chosen = [offers(language)[kind] for kind in answers.rituals]
    parts = [HEADS[language].format(title=answers.name), _top(answers), _people(answers)]
    if segments := "".join(offer.segments for offer in chosen):
        parts.append(f"segments:\n{segments}\n")
    lines = [WEEKLY[language], *(offer.lines for offer in chosen)]
    told = {"weekly": answers.weekly, "space": SPACE[language]}
    return "".join(parts) + "rituals:\n" + "\n".join(block.format(**told) for block in lines)


def name_of(answers: Answers) -> str:
    """What the playbook is called: in the file's name, in commands."""
    return slug(answers.name)


def _top(answers: Answers) -> str:
    tone = f"tone: {answers.tone}\n" if answers.language == "fr" else ""
    return (
        f"playbook: {name_of(answers)}\n"
        f"title: {_quoted(answers.name)}\n"
        f"language: {answers.language}\n{tone}"
        f"timezone: {answers.timezone}\n\n"
    )


def _people(answers: Answers) -> str:
    places = answers.places or {"slack": "general"}
    text = f"spaces:\n  {SPACE[answers.language]}:\n"
    text += "".join(f"    {connection}: {_quoted(place)}\n" for connection, place in places.items())
    if answers.approvers:
        text += "people:\n"
        for name, ids in answers.approvers.items():
            text += f"  {name}: {{{', '.join(f'{connection}: {ref}' for connection, ref in ids.items())}}}\n"
        text += f"hosts:\n  people: [{', '.join(answers.approvers)}]\n"
    return text + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
