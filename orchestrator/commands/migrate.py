"""tertulia migrate: bring the database to this version."""

from __future__ import annotations

import click


@click.command("migrate")
def command() -> None:
    """Bring the database to this version of Tertulia. Safe to run again, and before every upgrade."""
    from orchestrator import boot
    from orchestrator.settings import load_settings
    from orchestrator.store import migrate

    before, after = migrate.upgrade(boot.store(load_settings()))
    click.echo(
        f"The database is at version {after} already."
        if before == after
        else f"The database is now at version {after}."
    )
