"""tertulia spaces: the places each connection sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestrator.flow.app import App
    from orchestrator.ports import MemberSeen, PlaceSeen


@click.command("spaces")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the places each connection sees, with the ids to paste under `spaces:` in a playbook.

    On Telegram, where people are named by a number, also the administrators of each group, to paste under `people:`.
    """
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
        people = {place.ref: _administrators(app, place) for place in seen.get("telegram", ()) if place.joined}
    except (DeliveryFailed, DeliveryUnknown) as error:
        raise Refused(error.what, getattr(error, "mend", "") or "run `tertulia doctor`") from None
    finally:
        for adapter in app.adapters.values():
            adapter.close()
        app.store.close()
    if as_json:
        click.echo(
            json.dumps({"connections": msgspec.to_builtins(seen), "administrators": msgspec.to_builtins(people)})
        )
        return
    _show(seen, people)


def _show(seen: Mapping[str, Sequence[PlaceSeen]], people: Mapping[str, Sequence[MemberSeen]]) -> None:
    for name, places in seen.items():
        click.echo(f"{name}:")
        for place in places:
            outside = "" if place.joined else "   (we are not in it: invite us there)"
            click.echo(f"  {place.ref:<16} {place.title}{outside}")
            for person in people.get(place.ref, ()):
                click.echo(f"    {person.ref:<14} {person.name}, administrator")
        if not places and name == "telegram":
            click.echo("  Telegram does not list groups: add us to yours, write a word there, and look again.")


def _administrators(app: App, place: PlaceSeen) -> list[MemberSeen]:
    """Those of a Telegram group; none where it does not tell."""
    from orchestrator.errors import DeliveryFailed, DeliveryUnknown

    try:
        return [one for one in app.adapters["telegram"].people(place.ref) if not one.is_bot]
    except (DeliveryFailed, DeliveryUnknown):
        return []
