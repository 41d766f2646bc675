"""tertulia spaces: the places each connection sees."""

from __future__ import annotations

import click


@click.command("spaces")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the places each connection sees, with the ids to paste under `spaces:` in a playbook."""
    import json

    import msgspec

    from orchestrator import boot
    from orchestrator.errors import DeliveryFailed, DeliveryUnknown, Refused
    from orchestrator.settings import load_settings

    settings = load_settings()
    if not settings.has_tokens:
        raise Refused("no connection is configured", "set TERTULIA_SLACK_BOT_TOKEN or TERTULIA_TELEGRAM_TOKEN")
    app = boot.open(settings)
    try:
        seen = {name: adapter.places() for name, adapter in app.adapters.items()}
    except (DeliveryFailed, DeliveryUnknown) as error:
        raise Refused(error.what, getattr(error, "mend", "") or "run `tertulia doctor`") from None
    if as_json:
        click.echo(json.dumps({"connections": msgspec.to_builtins(seen)}))
        return
    for name, places in seen.items():
        click.echo(f"{name}:")
        for place in places:
            click.echo(
                f"  {place.ref:<16} {place.title}{'' if place.joined else '   (we are not in it: invite us there)'}"
            )
        if not places and name == "telegram":
            click.echo("  Telegram does not list groups: add us to yours, write a word there, and look again.")
