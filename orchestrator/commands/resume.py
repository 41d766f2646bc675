"""tertulia resume: end a pause."""

from __future__ import annotations

import click


@click.command("resume")
@click.argument("path", required=False, metavar="[PLAYBOOK[/RITUAL]]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(path: str | None, as_json: bool) -> int:
    """End the pause of PLAYBOOK/RITUAL, of PLAYBOOK, or of everything; stopped rituals begin again.

    What was paused by itself stays paused, and is named.
    """
    from orchestrator import boot
    from orchestrator.commands.arguments import print_json
    from orchestrator.flow import pause
    from orchestrator.settings import load_settings

    app = boot.open(load_settings())
    with app.store.write() as session:
        names = pause.resume(session, path, app.now())
        silent = pause.still_paused(session, path)
    if as_json:
        print_json({"resumed": path or "everything", "still_paused": silent})
        return 0
    click.echo(f"{path or 'Everything (' + ', '.join(names) + ')'} goes on.")
    for one in silent:
        click.echo(f"{one} stays silent, for it was paused by itself: tertulia resume {one}")
    return 0
