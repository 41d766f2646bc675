"""tertulia take-back: remove the last post while it is fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from orchestrator.store.tables import Run

BY = "command line"


@click.command("take-back")
@click.argument("path", required=False, metavar="[PLAYBOOK[/RITUAL]]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(path: str | None, as_json: bool) -> int:
    """Remove the last post of PLAYBOOK/RITUAL, of PLAYBOOK, or of all, from every platform, and end its run.

    It can be taken back for 10 minutes; later, exit status 1, and nothing is done. The hosts are told.
    """
    from orchestrator import boot
    from orchestrator.commands.arguments import print_json
    from orchestrator.errors import Refused
    from orchestrator.flow import decisions, take_back
    from orchestrator.settings import load_settings
    from orchestrator.store import rituals

    app = boot.open(load_settings())
    with app.store.write() as session:
        run = _last(session, path)
        if run is None:
            raise Refused("nothing was posted yet", "see what comes next: tertulia calendar")
        known = rituals.of_runs(session, [run])[run.id]
        said, _ = take_back.take_back(app, session, known, run, BY)
    sentence, done = decisions.sentence(app.render, said), said.what == "taken back"
    name = f"{known.above.name}/{known.row.name}"
    if as_json:
        print_json({"ritual": name, "taken_back": done, "sentence": sentence})
    else:
        click.echo(f"{name}: {sentence}")
    return 0 if done else 1


def _last(session: Session, path: str | None) -> Run | None:
    """The run that spoke last, of those that the path names."""
    from sqlalchemy import select

    from orchestrator.store import posted, rituals
    from orchestrator.store.tables import Ritual

    if path is not None and "/" in path:
        return posted.last_run(session, [rituals.find(session, path).row.id])
    wanted = select(Ritual.id)
    if path is not None:
        above = [row.id for row in rituals.find_playbooks(session, path)]
        wanted = wanted.where(Ritual.playbook_id.in_(above))
    return posted.last_run(session, list(session.scalars(wanted)))
