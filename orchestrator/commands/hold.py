"""tertulia hold: hold a ritual now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from orchestrator.flow.app import App
    from orchestrator.store.rituals import Known


@click.command("hold")
@click.argument("ritual", metavar="PLAYBOOK/RITUAL")
@click.option("--rehearsal", is_flag=True, help="On the rehearsal platform only, guardrails and approval not asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as `why` does.")
def command(ritual: str, rehearsal: bool, as_json: bool) -> int:
    """Hold a ritual now. Guardrails and approval are obeyed; exit status 1 when they forbid it.

    The running worker posts it within seconds. With --rehearsal nothing real is sent: where tokens are set it
    is played in a throw-away database, and what would be posted is printed.
    """
    from orchestrator import boot
    from orchestrator.commands.why import lines
    from orchestrator.errors import Refused
    from orchestrator.settings import load_settings

    if "/" not in ritual:
        raise Refused(f'"{ritual}" does not name a ritual', "write PLAYBOOK/RITUAL")
    settings = load_settings()
    apart = rehearsal and not boot.rehearses(settings, False)
    app = boot.open(settings)
    if apart:
        app = _throw_away(app, ritual)
    run_id = _hold(app, ritual, rehearsal)
    posts = _post(app) if apart else []
    told = _tell(app, run_id)
    if as_json:
        from orchestrator.commands.arguments import print_json

        print_json({**told, **({"posts": posts} if apart else {})})
    else:
        click.echo(
            "\n".join([*lines(told), *(f"\n{post['connection']}, {post['place']}:\n{post['text']}" for post in posts)])
        )
    return 1 if told["outcome"] == "skipped" else 0


def _hold(app: App, ritual: str, rehearsal: bool) -> int:
    """Make the run and prepare it here, so that the guardrails' word is known at once."""
    from orchestrator.flow import hold, prepare
    from orchestrator.store import runs

    playbook, _, name = ritual.rpartition("/")
    run_id = hold.hold(app, playbook, name, rehearsal=rehearsal)
    with app.store.read() as session:
        stages = runs.due_stages(session, [run_id], app.now())
    prepare.prepare_all(app, stages)
    return run_id


def _tell(app: App, run_id: int) -> dict[str, Any]:
    from orchestrator.measures import story
    from orchestrator.store import rituals
    from orchestrator.store.tables import Run

    with app.store.read() as session:
        run = session.get_one(Run, run_id)
        return story.why(session, rituals.of_runs(session, [run])[run_id], run)


def _throw_away(real: App, ritual: str) -> App:
    """The same playbook in a database of its own, every connection rehearsed."""
    from dataclasses import replace

    from orchestrator import boot
    from orchestrator.flow import apply
    from orchestrator.store import rituals
    from orchestrator.store.session import MEMORY, Store
    from orchestrator.store.tables import Base

    with real.store.read() as session:
        known: Known = rituals.find(session, ritual)
    store = Store(MEMORY)
    Base.metadata.create_all(store.engine)
    app = replace(real, store=store, adapters=boot.rehearsed(store, real.now))
    apply.apply(app, [known.playbook])
    return app


def _post(app: App) -> list[dict[str, str]]:
    """Send all that is due on the rehearsal platform; give what it shows."""
    from sqlalchemy import select

    from orchestrator.flow import deliver
    from orchestrator.store.tables import Connection, RehearsalMessage

    with app.store.read() as session:
        connections = list(session.scalars(select(Connection.id)))
    for connection_id in connections:
        deliver.deliver(app, connection_id, 100)
    with app.store.read() as session:
        rows = session.scalars(select(RehearsalMessage).order_by(RehearsalMessage.id))
        return [{"connection": row.connection, "place": row.place_ref, "text": row.text} for row in rows]
