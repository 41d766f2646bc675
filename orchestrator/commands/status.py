"""tertulia status: what runs and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestrator.flow.vitals import Signs


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--here", is_flag=True, help="Look only at the parts on this host (for a container's health check).")
def command(as_json: bool, here: bool) -> int:
    """Show which parts are at work and what waits.

    Exit status 1 when a part is silent, when the database does not answer, or when --here finds no part.
    """
    import json

    from sqlalchemy.exc import SQLAlchemyError

    from orchestrator.flow import vitals

    try:
        parts, waiting = _look(here)
    except SQLAlchemyError:
        parts, waiting = vitals.without_database(), {}
    ok = all(part["ok"] for part in parts.values()) and not (here and len(parts) == 1)
    if as_json:
        click.echo(json.dumps({"ok": ok, "parts": parts, "waiting": waiting}))
    else:
        _show(parts, waiting)
    return 0 if ok else 1


def _look(here: bool) -> tuple[Signs, dict[str, int]]:
    """Nothing but the database is asked: a health check runs every few seconds, and loads no platform."""
    from orchestrator import boot
    from orchestrator.flow import vitals
    from orchestrator.settings import load_settings

    app = boot.open(load_settings())
    return vitals.parts(app, here), vitals.waiting(app)


def _show(parts: Signs, waiting: dict[str, int]) -> None:
    for name, part in parts.items():
        click.echo(f"{'✓' if part['ok'] else '✗'} {name}: {part['what']}")
        if part["mend"]:
            click.echo(f"    mend: {part['mend']}")
    if not parts["database"]["ok"]:
        return  # nobody knows what waits
    if not any(part["seen_at"] for name, part in parts.items() if name != "database"):
        click.echo("Nothing runs: start it with `tertulia run`.")
    click.echo("Waiting: " + (", ".join(f"{number} {kind}" for kind, number in waiting.items() if number) or "nothing"))
