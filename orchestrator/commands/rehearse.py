"""tertulia rehearse: weeks of a playbook ahead of time, with simulated members."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command("rehearse")
@click.argument("playbook", required=False)
@click.option("--weeks", default=4, show_default=True, type=click.IntRange(1, 53), help="How long.")
@click.option("--members", default=40, show_default=True, type=click.IntRange(1, 168), help="Simulated members.")
@click.option("--seed", default=1, show_default=True, help="The same seed and --from give the same bytes.")
@click.option("--from", "start", help="When it begins, such as 2026-11-30 (default: now).")
@click.option(
    "--approvals",
    type=click.Choice(["given", "refused", "none"]),
    default="given",
    show_default=True,
    help="What the hosts do when they are asked; none: nobody decides.",
)
@click.option("--calls", is_flag=True, help="Print each platform call as a JSON line instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one self-contained page.")
def command(
    playbook: str | None, weeks: int, members: int, seed: int, start: str | None, approvals: Any, **output: Any
) -> None:
    """Play weeks of a PLAYBOOK (a name or a file) ahead of time: every message, skip and recap, on no platform."""
    from datetime import UTC, datetime, timedelta

    from orchestrator.commands import arguments, retelling_rows
    from workers.simulation import Simulation

    begin = arguments.moment(start) if start else datetime.now(UTC)
    simulation = Simulation(arguments.playbooks_of(playbook), members, seed, begin)
    simulation.approvals = approvals
    try:
        simulation.play(begin + timedelta(weeks=weeks))
        _print(retelling_rows.tell(simulation), **output)
    finally:
        simulation.close()


def _print(tale: Any, calls: bool, as_json: bool, html: Path | None) -> None:
    from orchestrator.commands import retelling_lines, retelling_page
    from orchestrator.commands.arguments import print_json

    if html is not None:
        html.write_text(retelling_page.as_page(tale), encoding="utf-8")
        click.echo(f"Written to {html}.")
    elif calls:
        for call in retelling_lines.as_calls(tale):
            print_json(call)
    elif as_json:
        print_json(retelling_lines.as_facts(tale))
    else:
        for line in retelling_lines.as_lines(tale):
            click.echo(line)
