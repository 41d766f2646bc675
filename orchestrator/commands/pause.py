"""tertulia pause: silence a ritual, a playbook or everything."""

from __future__ import annotations

import click


@click.command("pause")
@click.argument("path", required=False, metavar="[PLAYBOOK[/RITUAL]]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(path: str | None, as_json: bool) -> int:
    """Silence PLAYBOOK/RITUAL, PLAYBOOK, or everything, at once also for what is already planned."""
    from orchestrator import boot
    from orchestrator.commands.arguments import print_json
    from orchestrator.flow import pause
    from orchestrator.settings import load_settings

    app = boot.open(load_settings())
    with app.store.write() as session:
        names = pause.pause(session, path, app.now())
    if as_json:
        print_json({"paused": path or "everything"})
        return 0
    click.echo(f"{path or 'Everything (' + ', '.join(names) + ')'} is silent from now on.")
    click.echo(f"End it with: tertulia resume{' ' + path if path else ''}")
    return 0
