"""tertulia approve: list what waits for a decision, or decide: agree, skip, change the text, leave people out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestrator.flow.app import App
    from orchestrator.flow.decisions import Said

#: Who decided, where the decision came from here.
BY = "command line"

#: What each act is after, and so what makes its exit status 0: the request's state, or what came of the act.
WANTED = {"approve": ("approved",), "skip": ("refused",), "edit": ("edited", "unchanged")}


@click.command("approve")
@click.argument("request", required=False, metavar="[ID]")
@click.option("--skip", "--refuse", "skip", is_flag=True, help="Decide that it is not sent.")
@click.option("--without", multiple=True, metavar="PERSON", help="Leave this person out; may be given several times.")
@click.option("--edit", is_flag=True, help="Change the text in your editor ($EDITOR); it is asked about anew.")
@click.option("--text", metavar="TEXT", help="Change the text to this one.")
@click.option("--file", metavar="FILE", help="Change the text to what stands in FILE; - reads standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    request: str | None,
    as_json: bool,
    skip: bool,
    without: tuple[str, ...],
    **new_text: str | bool | None,
) -> int:
    """Approve the request ID; without one, list the requests that wait, the most urgent first.

    ID may be cut short as long as it names one request. The same request can be decided in the hosts' space;
    the first decision stands. Where several texts wait, each stands below its number: [2]
    """
    from orchestrator import boot
    from orchestrator.commands import requests
    from orchestrator.settings import load_settings

    edits = any(value for value in new_text.values())
    if (skip and (without or edits)) or (edits and without):
        raise click.UsageError("one at a time: --skip, --without, or a new text")
    app = boot.open(load_settings())
    if request is None:
        if skip or without or edits:
            raise click.UsageError("name the request: its ID stands in the list, tertulia approve")
        return requests.print_list(app, as_json)
    if edits:
        said, act = _edit(app, request, new_text), "edit"
    else:
        said, act = _decide(app, request, without, not skip), "skip" if skip else "approve"
    return requests.print_outcome(app, said, WANTED[act], as_json)


def _decide(app: App, request: str, without: tuple[str, ...], yes: bool) -> Said:
    """Agree to a request, without some people where they are named; or say no."""
    from orchestrator.commands import requests
    from orchestrator.flow import amend, approve

    with app.store.write() as session:
        found = requests.find(session, request)
        code = found.code
        for member_id in requests.members(app, session, found, without):
            said, _ = amend.tick(app, session, code, member_id, False, BY)
            if said.what not in ("left out", "unchanged"):
                return said
            code = said.code
        return approve.decide(session, code, BY, yes, app.now())


def _edit(app: App, request: str, new_text: dict[str, str | bool | None]) -> Said:
    """Let the posts say another text: the hosts are asked about it anew."""
    from orchestrator.commands import requests
    from orchestrator.flow import amend, decisions

    with app.store.write() as session:
        found = requests.find(session, request)
        if found.state != "asked":
            return decisions.settled(decisions.of(session, found))
        code, present = found.code, amend.texts_of(app, session, found)[0]
    text = _text(present, new_text)
    with app.store.write() as session:
        return amend.edit(app, session, code, text, BY)[0]


def _text(present: str, new_text: dict[str, str | bool | None]) -> str:
    """The new text: as given, from a file, or from the editor. Raises Refused when there is none."""
    from orchestrator.errors import Refused

    given, file = new_text.get("text"), new_text.get("file")
    if given:
        return str(given)
    if file == "-":
        return sys.stdin.read()
    if file:
        try:
            return Path(str(file)).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise Refused(f"{file} is not UTF-8 text", "save it as UTF-8") from None
    try:
        text = click.edit(present, extension=".md", require_save=False)
    except click.ClickException as error:
        raise Refused(error.message, "name an editor in EDITOR, or give the text: --text or --file") from None
    return present if text is None else text
