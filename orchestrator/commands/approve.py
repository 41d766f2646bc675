"""tertulia approve: list what waits for a decision, or decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from orchestrator.store.tables import Approval

#: Who decided, where the decision came from here.
BY = "command line"


@click.command("approve")
@click.argument("request", required=False, metavar="[ID]")
@click.option("--refuse", is_flag=True, help="Decide that it is not sent.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(request: str | None, refuse: bool, as_json: bool) -> int:
    """Approve the request ID; without one, list the requests that wait, the most urgent first.

    The same request can be decided in the hosts' space; the first decision stands.
    """
    from orchestrator import boot
    from orchestrator.settings import load_settings

    app = boot.open(load_settings())
    if request is None:
        if refuse:
            raise click.UsageError("--refuse needs the ID of a request")
        with app.store.read() as session:
            return _list(session, as_json)
    from orchestrator.commands.arguments import print_json
    from orchestrator.errors import Refused
    from orchestrator.flow import approve
    from orchestrator.store import approvals

    with app.store.write() as session:
        found = approvals.by_code(session, request)
        if found is None:
            raise Refused(f'there is no request "{request}"', "list them: tertulia approve")
        sentence = approve.decide(session, request, BY, not refuse, app.now())
        state = _state(session, request)
    if as_json:
        print_json({"id": request, "state": state, "sentence": sentence})
    else:
        click.echo(sentence)
    return 0 if state == ("refused" if refuse else "approved") else 1


def _state(session: Session, request: str) -> str | None:
    from orchestrator.store import approvals

    found = approvals.by_code(session, request)
    return found.state if found else None


def _list(session: Session, as_json: bool) -> int:
    from orchestrator.commands.arguments import print_json
    from orchestrator.store import approvals

    found = [_facts(session, one) for one in approvals.waiting(session)]
    if as_json:
        print_json({"approvals": found})
        return 0
    for one in found:
        click.echo(f"{one['id']}  {one['playbook']}/{one['ritual']}, due {one['due_at']}, decide by {one['until']}")
        for post in one["posts"]:
            click.echo(f"\n  {', '.join(post['places'])}:")
            click.echo("\n".join(f"    {line}".rstrip() for line in post["text"].split("\n")))
        click.echo()
    click.echo("Approve one with: tertulia approve ID" if found else "Nothing waits for a decision.")
    return 0


def _facts(session: Session, request: Approval) -> dict[str, Any]:
    """A request with all that would be posted, for whoever decides."""
    from orchestrator.commands.arguments import instant
    from orchestrator.ports import Post
    from orchestrator.store import approvals, deliveries, rituals
    from orchestrator.store.tables import Place, Run

    run = session.get_one(Run, request.run_id)
    known = rituals.of_runs(session, [run])[run.id]
    posts: dict[str, list[str]] = {}
    for held in approvals.held(session, run.id):
        act, place = deliveries.decode(held.body), session.get(Place, held.place_id)
        if isinstance(act, Post) and place is not None:
            posts.setdefault(act.text, []).append(place.title or place.ref)
    return {
        "id": request.code,
        "playbook": known.above.name,
        "ritual": known.row.name,
        "due_at": instant(run.due_at),
        "until": instant(request.until),
        "posts": [{"text": text, "places": places} for text, places in posts.items()],
    }
