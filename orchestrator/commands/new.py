"""tertulia new: six questions, and a playbook that `check` passes at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestrator.commands.questionnaire import Answers, Question

#: Where a community probably is, when the machine does not tell.
ZONES = {"fr": "Europe/Paris", "en": "Europe/London"}

#: What is said when nobody was named and a chosen ritual needs a host's word.
NOBODY = {
    "fr": ("un des rituels choisis demande un accord", "donnez un prénom et un identifiant : alexis U012AB3CD"),
    "en": ("one of the chosen rituals asks for approval", "give a first name and an id: alexis U012AB3CD"),
}

LOCALTIME = Path("/etc/localtime")


@click.command("new")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", metavar="WORDS", help="fr tu, fr vous or en.")
@click.option("--name", help="The community's name.")
@click.option("--places", metavar="LINKS", help="A Slack channel, a Telegram group, or both.")
@click.option("--weekly", metavar="WHEN", help='Day and hour of the weekly question: "monday at 9:30".')
@click.option("--rituals", metavar="KINDS", help="Further rituals: poll, steps … or all, or none.")
@click.option("--approvers", metavar="PEOPLE", help='First names and ids: "alexis U012AB3CD".')
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Paris; this machine's, if not given.")
def command(file: Path | None, timezone: str | None, **options: str | None) -> None:
    """Ask six questions and write a first playbook to FILE (the community's name, if not given).

    What an option answers is not asked. Nothing is overwritten, and nothing is written before the last answer.
    """
    from orchestrator.commands import arguments, first_playbook

    if timezone is not None:
        arguments.zone(timezone)
    if file is not None:
        _must_be_free(file)
    answers = _ask_all(options, timezone)
    path = file or Path(f"{first_playbook.name_of(answers)}.yaml")
    _must_be_free(path)
    with path.open("x", encoding="utf-8") as written:
        written.write(first_playbook.write(answers))
    for line in _next(answers, path):
        click.echo(line)


def _ask_all(options: dict[str, str | None], timezone: str | None) -> Answers:
    from orchestrator.commands.questionnaire import QUESTIONS, Answers

    language = "fr" if _locale().startswith("fr") else "en"
    answers = Answers(language=language)
    for number, question in enumerate(QUESTIONS, start=1):
        given = options[question.option]
        if given is not None:
            answers = _read(question, given, answers, timezone)
        else:
            answers = _ask(question, number, answers, timezone)
    return answers


def _ask(question: Question, number: int, answers: Answers, timezone: str | None) -> Answers:
    """Ask until the answer is one."""
    from orchestrator.commands.questionnaire import QUESTIONS
    from orchestrator.errors import Refused

    click.echo("")
    click.echo(f"{number}/{len(QUESTIONS)}  {question.asked[answers.language]}")
    for line in _choices(question, answers):
        click.echo(line)
    while True:
        text = _typed()
        try:
            return _read(question, text, answers, timezone)
        except Refused as refused:
            click.echo(f"     {refused.what}{' ' if answers.language == 'fr' else ''}: {refused.mend}")


def _typed() -> str:
    from orchestrator.errors import Refused

    try:
        text: str = click.prompt("  >", default="", show_default=False, prompt_suffix=" ")
    except click.Abort as ended:
        if not isinstance(ended.__context__, EOFError):
            raise  # Ctrl-C
        click.echo("")
        mend = "answer in a terminal, or by options: tertulia new --help"
        raise Refused("the input ended before the last answer, and nothing was written", mend) from None
    return text


def _choices(question: Question, answers: Answers) -> Iterator[str]:
    from orchestrator.commands.offers import offers

    if question.option == "rituals":
        for number, offer in enumerate(offers(answers.language).values(), start=1):
            yield f"     {number}. {offer.told}"


def _read(question: Question, text: str, answers: Answers, timezone: str | None) -> Answers:
    """The answers with this one, if a playbook of them has no mistake. Raises Refused."""
    from dataclasses import replace

    from orchestrator.commands import first_playbook
    from orchestrator.errors import Refused
    from orchestrator.playbook.load import load_text

    found = question.read(text, answers)
    found = replace(found, timezone=timezone or _zone(found.language))
    problems = load_text(first_playbook.write(found)).problems
    if problems and question.option == "approvers" and not found.approvers:
        raise Refused(*NOBODY[found.language])
    if problems and question.option != "rituals":  # what those lack, the next question asks for
        raise Refused(problems[0].what, problems[0].mend)
    return found


def _must_be_free(path: Path) -> None:
    from orchestrator.errors import Refused

    if path.exists():
        raise Refused(f"{path} is there already, and nothing is overwritten", "name another file: tertulia new FILE")
    if not path.parent.is_dir():
        raise Refused(f"there is no folder {path.parent}", "make it first, or name another file")


def _next(answers: Answers, path: Path) -> Iterator[str]:
    from orchestrator.commands.offers import first_ritual

    french = answers.language == "fr"
    ritual = first_ritual(answers.language)
    person = next(iter(answers.approvers or {}), None)
    steps = [
        (f"tertulia preview {path} {ritual}", "voir ce que vos membres verront", "see what your members will see"),
        (f"tertulia rehearse {path} --weeks 13", "jouer trois mois en une minute", "play three months in a minute"),
        (f"tertulia try {path}/{ritual} --to {person}", "vous l’envoyer pour de vrai", "send it to yourself, for real"),
    ]
    if person is None:
        steps[2] = ("tertulia doctor", "voir ce qui manque pour commencer", "see what is missing before you start")
    yield ""
    yield (
        f"{path} est prêt, sans une erreur. Et maintenant :" if french else f"{path} is ready, without a mistake. Next:"
    )
    width = max(len(step[0]) for step in steps)
    for line, fr, en in steps:
        yield f"  {line:<{width}}   # {fr if french else en}"


def _locale() -> str:
    """The language this machine speaks, by the rules of POSIX."""
    found = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in found if value), "")


def _zone(language: str) -> str:
    """This machine's zone; a server's UTC tells nothing about the people."""
    from orchestrator.errors import Refused
    from orchestrator.rules.values import Unreadable
    from orchestrator.rules.zone import read_zone

    path = LOCALTIME.resolve().as_posix()
    for name in (os.environ.get("TZ", ""), path.partition("zoneinfo/")[2]):
        try:
            if "/" in name and not name.startswith("Etc/"):
                return read_zone(name).key
        except (Unreadable, Refused):
            continue
    return ZONES[language]
