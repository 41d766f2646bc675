"""tertulia check: find every mistake in playbooks, with its mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.commands.arguments import MOMENT_HELP, instant, known_folder, moment_or_now, print_json

if TYPE_CHECKING:
    from orchestrator.playbook.load import Loaded
    from orchestrator.playbook.schema import Playbook, Ritual
    from orchestrator.rules.schedule import Occurrence

SHOWN = 3  # coming moments of a ritual


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "start", metavar="MOMENT", help=f"From when to look ahead; now, if not given. {MOMENT_HELP}")
@click.option("--json", "as_json", is_flag=True, help='Print {"problems","notes","rituals"} on one line.')
def command(paths: tuple[Path, ...], start: str | None, as_json: bool) -> int:
    """Find every mistake in playbooks, each with its place and its mend; tell what they will do.

    PATHS are files or folders (their *.yaml and *.yml); without any it is the folder TERTULIA_PLAYBOOKS, else the
    shipped examples. The exit status is 1 when there is a mistake; remarks alone leave it 0.
    """
    from orchestrator.errors import Refused
    from orchestrator.playbook.load import load
    from orchestrator.playbook.look import Texts
    from orchestrator.render import Renderer, mistake_in
    from orchestrator.settings import load_settings

    now = moment_or_now(start)
    wanted = list(paths) or [known_folder()]
    loaded = load(wanted, now, Texts(Renderer(load_settings().templates).has, mistake_in))
    if not loaded.playbooks and not loaded.problems:
        raise Refused(f"{wanted[0]} holds no playbook", "name a file, or a folder with *.yaml files")
    if as_json:
        print_json(facts(loaded, now))
    else:
        for line in told(loaded, now):
            click.echo(line)
    return 1 if loaded.problems else 0


def facts(loaded: Loaded, now: datetime) -> dict[str, Any]:
    """What was found, for a program (PLAYBOOKS, section 7)."""
    from orchestrator.playbook.problems import as_facts

    return {
        "problems": [as_facts(problem) for problem in loaded.problems],
        "notes": [as_facts(note) for note in loaded.notes],
        "rituals": [
            {
                "playbook": playbook.playbook,
                "ritual": ritual.name,
                "kind": ritual.kind,
                "next": [instant(one.at) for one in following(playbook, ritual, now)],
            }
            for playbook in loaded.playbooks
            for ritual in playbook.rituals.values()
        ],
    }


def following(playbook: Playbook, ritual: Ritual, now: datetime) -> list[Occurrence]:
    """The ritual's next moments, without the holidays that it skips; none for happenings."""
    from orchestrator.playbook.ahead import coming

    return list(islice(coming(playbook, ritual, now), SHOWN))


def told(loaded: Loaded, now: datetime) -> Iterator[str]:
    """What was found, for a person: mistakes, remarks, then what each playbook without mistakes will do."""
    from orchestrator.playbook.problems import show

    for problem in [*loaded.problems, *loaded.notes]:
        yield show(problem)
        yield ""
    for playbook in loaded.playbooks:
        yield from _agenda(playbook, now)
        yield ""
    yield _sum(loaded)


def _agenda(playbook: Playbook, now: datetime) -> Iterator[str]:
    yield f"{playbook.title} ({playbook.playbook}), times in {playbook.timezone}"
    width = min(44, max((len(name) for name in playbook.rituals), default=0))
    for ritual in playbook.rituals.values():
        coming = following(playbook, ritual, now)
        when = _moments(coming, playbook.language) if coming else _without_moment(ritual)
        yield f"  {ritual.name:<{width}}  {'paused; else ' if ritual.paused else ''}{when}"


def _moments(coming: Sequence[Occurrence], language: str) -> str:
    """The moments in the playbook's language: "lun. 30 nov. 2026 à 09:30"."""
    from babel.dates import format_datetime

    from orchestrator.render.dates import first

    pattern = "EEE d MMM y 'à' HH:mm" if language == "fr" else "EEE d MMM y 'at' HH:mm"
    moments = [datetime.fromisoformat(one.local) for one in coming]
    days = [format_datetime(moment, pattern, locale=language) for moment in moments]
    return ", ".join(map(first, days) if language == "fr" else days)


def _without_moment(ritual: Ritual) -> str:
    from orchestrator.rules.schedule import Happening, parse

    waits = [phrase for phrase in ritual.when if isinstance(parse(phrase), Happening)]
    return f"whenever: {', '.join(waits)}" if waits else "never again: its dates lie in the past"


def _sum(loaded: Loaded) -> str:
    playbooks, rituals = len(loaded.playbooks), sum(len(playbook.rituals) for playbook in loaded.playbooks)
    parts = [_count(len(loaded.problems), "mistake")] if loaded.problems else ["No mistakes"]
    parts += [_count(len(loaded.notes), "remark")] if loaded.notes else []
    if playbooks:
        parts.append(f"{_count(rituals, 'ritual')} in {_count(playbooks, 'playbook')} ready")
    return ", ".join(parts) + "."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
