"""tertulia calendar: show what is planned for the coming weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from orchestrator.commands.arguments import MOMENT_HELP, instant, moment_or_now, neighbours, playbooks_of, print_json

if TYPE_CHECKING:
    from orchestrator.flow.ahead import Ahead
    from orchestrator.playbook.schema import Playbook

WIDTH = 110  # columns of a line, at most
WIDEST = (44, 12, 20)  # columns of a ritual's, a stage's and a space's name
WEEKS, MOST_WEEKS = 4, 104


@click.command("calendar")
@click.argument("playbook", required=False)
@click.option("--weeks", type=click.IntRange(1, MOST_WEEKS), default=WEEKS, show_default=True, help="How many weeks.")
@click.option("--from", "start", metavar="MOMENT", help=f"Where the weeks begin; now, if not given. {MOMENT_HELP}")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, a row for each stage and space.")
def command(playbook: str | None, weeks: int, start: str | None, as_json: bool) -> None:
    """Show what is planned, where, and what will be skipped and why, from the playbooks alone.

    PLAYBOOK is a name, a file or a folder; without it all playbooks are shown. Those of the same community count
    too, because they share its places. The weeks begin as if the playbooks were applied at that moment: runs that
    are open now are not known here.
    """
    from orchestrator.flow.ahead import ahead

    first = moment_or_now(start)
    playbooks = playbooks_of(playbook)
    beside = neighbours(playbook, playbooks)
    every = ahead([*playbooks, *beside], first, first + timedelta(weeks=weeks))
    shown = {one.playbook: one for one in playbooks}
    rows = [row for row in every if row.playbook in shown]
    if as_json:
        print_json([facts(row) for row in rows])
        return
    for line in (*told(rows, shown), *shares(every, [*playbooks, *beside])):
        click.echo(line)


def facts(row: Ahead) -> dict[str, Any]:
    """Give a row for a program (PLAYBOOKS, section 7)."""
    return {
        "at": instant(row.at),
        "local": row.local.isoformat(timespec="minutes"),
        "zone": row.zone.key,
        "playbook": row.playbook,
        "ritual": row.ritual,
        "kind": row.kind,
        "stage": row.stage,
        "space": row.space,
        "places": [{"connection": connection, "place": place} for connection, place in row.places],
        "members": row.members,
        "verdict": row.verdict,
        "reason": row.reason and row.reason.value,
    }


def told(rows: Sequence[Ahead], playbooks: Mapping[str, Playbook]) -> Iterator[str]:
    """Tell the rows as a table, a heading for each local day, at most WIDTH columns wide."""
    if not rows:
        yield "Nothing is planned in these weeks."
    several = len(playbooks) > 1
    cells = [(row, (_name(row, several), row.stage, row.space or "-", _fate(row, playbooks))) for row in rows]
    widths = [min(most, max(len(texts[n]) for _, texts in cells)) for n, most in enumerate(WIDEST) if cells]
    for day, of_day in groupby(sorted(cells, key=_by_day), key=lambda cell: _heading(cell[0])):
        yield day
        for row, (*names, fate) in of_day:
            columns = [f"{_cut(text, width):<{width}}" for text, width in zip(names, widths, strict=True)]
            yield _cut("  ".join([f"  {row.local:%H:%M}", *columns, fate]), WIDTH)
        yield ""
    yield from _happenings(playbooks)


def shares(rows: Sequence[Ahead], playbooks: Sequence[Playbook]) -> Iterator[str]:
    """Tell how much people must talk for all of that, as far as our share of the talk can be told ahead."""
    from orchestrator.flow.needed import needed
    from orchestrator.rules.values import write_duration

    for community in sorted({one.community for one in playbooks}):
        here = [one for one in playbooks if one.community == community]
        share, names = here[0].pace.our_share, {one.playbook for one in here}
        for one in needed([row for row in rows if row.playbook in names], here):
            yield from wrap(
                f"Our share: up to {one.posts} posts in {one.space} within {write_duration(share.over)} need "
                f"{one.people} messages by people there, or all but {share.but_allow} a week are skipped.",
                WIDTH,
            )


def _by_day(cell: tuple[Ahead, Any]) -> tuple[date, str, datetime]:
    row = cell[0]
    return row.local.date(), row.zone.key, row.at


def _heading(row: Ahead) -> str:
    return f"{row.local:%A} {row.local.day} {row.local:%B %Y} ({row.zone.key})"


def _name(row: Ahead, several: bool) -> str:
    return f"{row.playbook}/{row.ritual}" if several else row.ritual


def _fate(row: Ahead, playbooks: Mapping[str, Playbook]) -> str:
    """Tell where a stage goes, or why it does not."""
    if row.reason is not None and row.verdict == "skip":
        return f"skipped: {row.reason}{_holiday(row, playbooks[row.playbook])}"
    places = ", ".join(connection for connection, _ in row.places) or "directly to members"
    if row.members:
        return f"ask {row.members} host{'s' if row.members > 1 else ''}{f' in {places}' if row.places else ''}"
    return f"{places}, if a host approves" if row.verdict == "approval" else places


def _holiday(row: Ahead, playbook: Playbook) -> str:
    from orchestrator.rules.holiday import holiday_name

    name = holiday_name(row.local.date(), playbook.holidays) if row.reason == "holiday" and playbook.holidays else None
    return f" ({name})" if name else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _happenings(playbooks: Mapping[str, Playbook]) -> Iterator[str]:
    from orchestrator.flow.moments import happenings

    waiting = [
        f"{f'{playbook.playbook}/' if len(playbooks) > 1 else ''}{ritual.name} ({', '.join(ritual.when)})"
        for playbook in playbooks.values()
        for ritual in playbook.rituals.values()
        if happenings(ritual)
    ]
    if waiting:
        yield f"Without a date: {'; '.join(waiting)}"
