"""tertulia why: tell why a ritual did or did not happen."""

from __future__ import annotations

from typing import Any

import click


@click.command("why")
@click.argument("ritual", metavar="PLAYBOOK/RITUAL")
@click.argument("date", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(ritual: str, date: str | None, as_json: bool) -> int:
    """Tell, in one sentence and step by step, what became of a run: the latest, or that of a local DATE."""
    from orchestrator import boot
    from orchestrator.commands import one_run
    from orchestrator.commands.arguments import print_json
    from orchestrator.measures import story
    from orchestrator.settings import load_settings

    store = boot.store(load_settings(), must_fit=True)
    with store.read() as session:
        known, run = one_run.find(session, ritual, date)
        told = story.why(session, known, run) if run else story.not_yet(known, date)
    if as_json:
        print_json(told)
        return 0
    for line in lines(told):
        click.echo(line)
    return 0


def lines(told: dict[str, Any]) -> list[str]:
    """The story for a person."""
    at = f", {told['local'].replace('T', ' at ')}" if told["local"] else ""
    head = f"{told['playbook']}/{told['ritual']}{at}"
    steps = [f"  {step['at']}  {step['step']:<12}{_facts(step['facts'])}".rstrip() for step in told["trace"]]
    return [f"{head}: {told['outcome'] or 'not due'}", told["sentence"], *steps]


def _facts(facts: dict[str, Any]) -> str:
    return "  " + ", ".join(f"{name}: {value}" for name, value in facts.items()) if facts else ""
