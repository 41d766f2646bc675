"""tertulia results: count a run's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click


@click.command("results")
@click.argument("ritual", metavar="PLAYBOOK/RITUAL")
@click.argument("date", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(ritual: str, date: str | None, as_json: bool) -> int:
    """Count the answers of a run: the latest, or that of a local DATE. Exit status 1 when there was none."""
    from orchestrator import boot
    from orchestrator.commands import one_run
    from orchestrator.commands.arguments import print_json
    from orchestrator.measures import run as measures
    from orchestrator.measures import story
    from orchestrator.settings import load_settings

    store = boot.store(load_settings(), must_fit=True)
    with store.read() as session:
        known, run = one_run.find(session, ritual, date)
        found = measures.results(session, run) if run else None
        active = run.facts.get("result", {}).get("of") if run else None
    if found is None:
        sentence = story.not_yet(known, date)["sentence"]
        if as_json:
            print_json({"run": None, "answers": 0, "late": 0, "members": 0, "tally": [], "sentence": sentence})
        else:
            click.echo(sentence, err=True)
        return 1
    if as_json:
        print_json(found)
        return 0
    click.echo(f"{ritual}, {found['run'].replace('T', ' at ')}:")
    for line in _answers(found, active):
        click.echo(f"  {line}")
    for line in found["tally"]:
        click.echo(f"  {line['votes']:>4}  {line['option']}")
    for name, value in found.get("more", {}).items():
        if isinstance(value, int | float | str):
            click.echo(f"  {name}: {_said(value)}")
    return 0


def _answers(found: Mapping[str, Any], active: int | None) -> Iterator[str]:
    """How many answered, of how many who might have; nothing of a run that asked for none."""
    asked_nothing = "more" in found and not (found["answers"] or found["late"])
    if not asked_nothing:
        answers, members = _counted(found["answers"], "answer"), _counted(found["members"], "member")
        yield f"{answers} from {members}, and {found['late']} after closing"
    if active is not None and "more" not in found:
        yield f"{_counted(active, 'member')} were active"


def _said(value: float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
