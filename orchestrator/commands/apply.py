"""tertulia apply: make playbooks live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from orchestrator.flow.apply import Applied
    from orchestrator.playbook.load import Loaded

#: What happened to rituals, in the order it is told, and how it is told.
TOLD = (("added", "+"), ("renamed", "→"), ("changed", "~"), ("retired", "-"), ("unchanged", "="))


@click.command("apply")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(paths: tuple[str, ...], as_json: bool) -> int:
    """Make the playbooks in PATHS live (files or folders; default: TERTULIA_PLAYBOOKS).

    Without either the shipped examples are applied, but only while every connection is rehearsed.
    Without PATHS, a playbook that was taken out of the folder is retired.
    Nothing is applied while one mistake remains: the last good version stays live. Exit status 1 then, and
    when a place could not be found.
    """
    from orchestrator import boot
    from orchestrator.commands.arguments import print_json
    from orchestrator.flow import apply
    from orchestrator.settings import load_settings

    settings = load_settings()
    loaded = _read(paths, settings)
    if loaded.problems:
        return _refuse(loaded, as_json)
    applied = apply.apply(boot.open(settings), loaded.playbooks, whole=not paths)
    if as_json:
        print_json(facts(applied))
    else:
        for line in lines(applied):
            click.echo(line)
    return 1 if applied.unresolved else 0


def facts(applied: Applied) -> dict[str, Any]:
    """What was done, for a program."""
    return {
        **{what: getattr(applied, what) for what, _ in TOLD},
        "renamed": [{"from": former, "to": new} for former, new in applied.renamed],
        "unresolved": [
            {
                "space": one.space,
                "connection": one.connection,
                "written": one.written,
                "what": one.what,
                "mend": one.mend,
            }
            for one in applied.unresolved
        ],
    }


def lines(applied: Applied) -> list[str]:
    """What was done, for a person."""
    told = []
    for what, mark in TOLD:
        for path in getattr(applied, what):
            name = path if isinstance(path, str) else f"{path[0]} → {path[1]}"
            told.append(f"{mark} {name} ({what})")
    for one in applied.unresolved:
        told.append(f"✗ {one.space} on {one.connection}: {one.what}\n    mend: {one.mend}")
    return told or ["There is no playbook to apply."]


def _read(paths: tuple[str, ...], settings: Any) -> Loaded:
    from pathlib import Path

    from orchestrator.errors import Refused
    from orchestrator.playbook import shipped
    from orchestrator.playbook.load import load
    from orchestrator.playbook.look import Texts
    from orchestrator.render import Renderer, mistake_in

    texts = Texts(Renderer(settings.templates).has, mistake_in)
    if not paths and settings.playbooks is None and settings.has_tokens:
        raise Refused("no playbook is named", "name files or folders, or set TERTULIA_PLAYBOOKS")
    folder = settings.playbooks or shipped.shipped("playbooks")
    return load([Path(path) for path in paths] or [folder], texts=texts)


def _refuse(loaded: Loaded, as_json: bool) -> int:
    from orchestrator.commands.arguments import print_json
    from orchestrator.playbook import problems

    if as_json:
        print_json({"problems": [problems.as_facts(one) for one in loaded.problems]})
        return 1
    for one in loaded.problems:
        click.echo(problems.show(one), err=True)
    click.echo("Nothing was applied: the last good version stays live.", err=True)
    return 1
