"""What commands are told on the command line, read alike everywhere: moments, zones, playbooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from orchestrator.errors import Refused

if TYPE_CHECKING:
    from orchestrator.playbook.schema import Playbook

FIRST_YEAR, LAST_YEAR = 1970, 2999  # beyond is a slip of the finger
#: What many readers of lines take for the end of one, and JSON leaves as it is (Python: str.splitlines).
LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
MOMENT_HELP = "A date or a moment: 2026-11-30, 2026-11-30T08:30:00Z, 2026-11-30T09:30+01:00; without a zone it is UTC."


def moment(text: str) -> datetime:
    """Read a date or a moment (see MOMENT_HELP) as an aware UTC moment. Raises Refused."""
    wrong = Refused(f'"{text[:60]}" is not a date', "write 2026-11-30 or 2026-11-30T08:30:00Z")
    try:
        found = datetime.fromisoformat(text.strip())
        aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    if not FIRST_YEAR <= aware.year <= LAST_YEAR:
        raise wrong
    return aware


def moment_or_now(text: str | None) -> datetime:
    """Read a moment; without one it is now."""
    if text is not None:
        return moment(text)
    from orchestrator.flow.app import wall_clock  # it brings the database along

    return wall_clock()


def instant(at: datetime) -> str:
    """Print an aware moment as 2026-11-30T08:30:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_json(value: object) -> None:
    """Print a value as one line of JSON and flush; a program reads it whatever the terminal's encoding is."""
    # Lone halves of characters, which JSON can carry in, go out as the escapes they came as.
    click.echo(json.dumps(value, ensure_ascii=False).translate(LINE_ENDS).encode("utf-8", "backslashreplace"))


def zone(name: str) -> ZoneInfo:
    """Read a time zone. Raises Refused with the nearest names."""
    from orchestrator.rules.values import Unreadable
    from orchestrator.rules.zone import read_zone

    try:
        return read_zone(name)
    except Unreadable as unreadable:
        raise Refused(unreadable.what, unreadable.mend) from None


def playbooks_of(argument: str | None) -> list[Playbook]:
    """Read the playbooks that PLAYBOOK means: a file, a folder, a name, or (None) all of the known folder.

    The known folder is TERTULIA_PLAYBOOKS, else the shipped examples. Raises Refused for what does not exist;
    prints the mistakes of a file and exits with status 1.
    """
    if argument is not None and _is_path(argument):
        path = Path(argument)
        if not path.exists():
            raise Refused(f"there is no file or folder {argument}", "correct the path, or give a playbook's name")
        return _without_mistakes([path])
    found = _without_mistakes([known_folder()])
    if argument is None:
        return found
    chosen = [playbook for playbook in found if playbook.playbook == argument]
    return chosen or _unknown(argument, [playbook.playbook for playbook in found])


def neighbours(argument: str | None, shown: Sequence[Playbook]) -> list[Playbook]:
    """Read the playbooks that share a community with these, from the folder they stand in; those with mistakes are
    left out.
    """
    from orchestrator.playbook.load import load

    if argument is None or Path(argument).is_dir():
        return []
    folder = Path(argument).parent if _is_path(argument) else known_folder()
    names, communities = {one.playbook for one in shown}, {one.community for one in shown}
    found = load([folder]).playbooks
    return [one for one in found if one.community in communities and one.playbook not in names]


def playbook_of(argument: str) -> Playbook:
    """Read the one playbook that PLAYBOOK means. Raises Refused when it means several, or none."""
    found = playbooks_of(argument)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"{argument} holds no playbook", "name a file, or a folder with *.yaml files")
    names = ", ".join(playbook.playbook for playbook in found)
    raise Refused(f"{argument} holds {len(found)} playbooks: {names}", "give the path of the file of one of them")


def known_folder() -> Path:
    """Give the folder that playbooks are looked up in by name."""
    from orchestrator.playbook.shipped import shipped
    from orchestrator.settings import load_settings

    return load_settings().playbooks or shipped("playbooks")


def _is_path(argument: str) -> bool:
    return "/" in argument or argument.endswith((".yaml", ".yml")) or Path(argument).is_dir()


def _without_mistakes(paths: list[Path]) -> list[Playbook]:
    from orchestrator.playbook.load import load
    from orchestrator.playbook.problems import show

    loaded = load(paths)
    for problem in loaded.problems:
        click.echo(show(problem), err=True)
    if loaded.problems:
        click.get_current_context().exit(1)
    return list(loaded.playbooks)


def _unknown(name: str, known: list[str]) -> list[Playbook]:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    mend = f"did you mean {' or '.join(near)}?" if near else f"give the path of its file, or one of: {', '.join(known)}"
    raise Refused(f'there is no playbook "{name}"', mend)
