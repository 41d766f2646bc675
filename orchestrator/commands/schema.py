"""tertulia schema: print the JSON schema of the playbook language."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON schema of the playbook language, for editors that complete and underline as you write.

    The same text is kept as docs/playbook.schema.json.
    """
    click.echo(text(), nl=False)


def text() -> str:
    """The schema as it is printed and kept, with a line's end."""
    from orchestrator.playbook.outline import outline

    return json.dumps(outline(), ensure_ascii=False, indent=2) + "\n"
