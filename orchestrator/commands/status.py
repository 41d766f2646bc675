"""tertulia status: what runs and what waits."""

from __future__ import annotations

import click


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--here", is_flag=True, help="Look only at the parts on this host (for a container's health check).")
def command(as_json: bool, here: bool) -> int:
    """Show which parts are at work and what waits. Exit status 1 when a part is silent."""
    import json

    from orchestrator import boot
    from orchestrator.flow import vitals
    from orchestrator.settings import load_settings

    app = boot.open(load_settings())
    parts, waiting = vitals.parts(app, here), vitals.waiting(app)
    ok = all(part["ok"] for part in parts.values())
    if as_json:
        click.echo(json.dumps({"ok": ok, "parts": parts, "waiting": waiting}))
        return 0 if ok else 1
    for name, part in parts.items():
        click.echo(f"{'✓' if part['ok'] else '✗'} {name}: {part['what']}")
        if part["mend"]:
            click.echo(f"    mend: {part['mend']}")
    if len(parts) == 1:
        click.echo("Nothing runs: start it with `tertulia run`.")
    click.echo("Waiting: " + (", ".join(f"{number} {kind}" for kind, number in waiting.items() if number) or "nothing"))
    return 0 if ok else 1
