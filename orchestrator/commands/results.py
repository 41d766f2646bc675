"""tertulia results: count a run's answers."""

from __future__ import annotations

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
    if found is None:
        click.echo(story.not_yet(known, date)["sentence"], err=True)
        return 1
    if as_json:
        print_json(found)
        return 0
    click.echo(f"{ritual}, {found['run'].replace('T', ' at ')}:")
    answers, members = _counted(found["answers"], "answer"), _counted(found["members"], "member")
    click.echo(f"  {answers} from {members}, and {found['late']} after closing")
    for line in found["tally"]:
        click.echo(f"  {line['votes']:>4}  {line['option']}")
    for name, value in found.get("more", {}).items():
        if isinstance(value, int | float | str):
            click.echo(f"  {name}: {_said(value)}")
    return 0


def _said(value: float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
