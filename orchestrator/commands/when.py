"""tertulia when: tell the next moments of a phrase."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from orchestrator.commands.arguments import MOMENT_HELP, instant, moment_or_now, print_json, zone
from orchestrator.errors import Refused
from orchestrator.rules.schedule import Happening, Occurrence, Once, Recurring, Unreadable, occurrences, parse
from orchestrator.rules.values import quoted
from orchestrator.rules.words import is_french

COUNT = 5
MOST = 100_000  # instants of one phrase: a second of work


@click.command("when")
@click.argument("words", nargs=-1, metavar="PHRASE")
@click.option("--zone", "zone_name", default="UTC", show_default=True, metavar="ZONE", help="Such as Europe/Paris.")
@click.option(
    "--from", "start", metavar="MOMENT", help=f"The first moment that counts; now, if not given. {MOMENT_HELP}"
)
@click.option("--count", type=click.IntRange(1, MOST), default=COUNT, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help='Print one line: the instants, or {"what","mend"}.')
@click.option("--batch", type=click.File("rb"), metavar="FILE", help="Read JSON lines instead (- is standard input).")
def command(
    words: tuple[str, ...], zone_name: str, start: str | None, count: int, as_json: bool, batch: IO[bytes] | None
) -> int:
    """Tell the next moments of a phrase, such as "every monday at 9h30" or "le premier vendredi du mois à 16h".

    With --batch each line is an object {"phrase","zone","from","count"}; each answer is one line, the instants
    or {"what","mend"}, and the exit status is 0. An unknown PHRASE exits with status 1.
    """
    if batch is not None:
        if words:
            raise click.UsageError("a phrase and --batch exclude each other")
        return answer_lines(batch)
    if not words:
        raise click.UsageError('no phrase is given: write one in quotes, such as "every monday at 9h30"')
    wanted, first = zone(zone_name), moment_or_now(start)
    return answer(" ".join(words), wanted, first, count, as_json)


def answer(phrase: str, wanted: ZoneInfo, first: datetime, count: int, as_json: bool) -> int:
    """Print the moments of one phrase; give the exit status."""
    try:
        found = next_of(phrase, wanted, first, count)
    except Unreadable as unreadable:
        if as_json:
            print_json({"what": unreadable.what, "mend": unreadable.mend})
        else:
            click.echo(f"{unreadable.what}\n  mend: {unreadable.mend}", err=True)
        return 1
    if as_json:
        print_json([instant(one.at) for one in found])
        return 0
    for line in told(phrase, found, wanted):
        click.echo(line)
    return 0


def next_of(phrase: str, wanted: ZoneInfo, first: datetime, count: int) -> list[Occurrence]:
    """Give the first `count` occurrences from `first` on. Raises Unreadable, for a happening too."""
    return list(islice(occurrences([on_calendar(phrase)], wanted, first), count))


def on_calendar(phrase: str) -> Recurring | Once:
    """Read a phrase that has moments of its own. Raises Unreadable for any other."""
    meaning = parse(phrase)
    if isinstance(meaning, Happening):
        what = f"{quoted(phrase)} has no moments of its own: it is due whenever that happens"
        raise Unreadable(what, 'ask about a phrase with a time, such as "every monday at 09:30"')
    return meaning


def told(phrase: str, found: list[Occurrence], wanted: ZoneInfo) -> Iterable[str]:
    """Tell occurrences in the phrase's language: the wall time, the instant, and what the clocks do to it."""
    yield f"{quoted(phrase)} in {wanted.key}:"
    if not found:
        yield "  never again from that moment on"
    shown = [(_in_words(one, wanted, is_french(phrase)), one) for one in found]
    width = max((len(words) for words, _ in shown), default=0)
    for words, one in shown:
        yield f"  {words:<{width}}   {instant(one.at)}{_clock_change(one, wanted)}"


def _in_words(one: Occurrence, wanted: ZoneInfo, french: bool) -> str:
    from babel.dates import format_datetime  # 40 ms, and a program that reads --json needs none

    from orchestrator.render.dates import first

    pattern = "EEEE d MMMM y 'à' HH:mm" if french else "EEEE d MMMM y 'at' HH:mm"
    text = format_datetime(one.at, pattern, tzinfo=wanted, locale="fr" if french else "en")
    return first(text) if french else text


def _clock_change(one: Occurrence, wanted: ZoneInfo) -> str:
    wall = datetime.fromisoformat(one.local)
    if one.at.astimezone(wanted).replace(tzinfo=None) != wall:
        return f"   (there is no {wall:%H:%M} that day)"
    if wall.replace(tzinfo=wanted, fold=1).utcoffset() != one.at.astimezone(wanted).utcoffset():
        return f"   (the first {wall:%H:%M} of two)"
    return ""


def answer_lines(lines: Iterable[bytes]) -> int:
    """Answer each JSON line with one JSON line, as soon as it is read."""
    for line in lines:
        try:
            print_json(_answer_line(line))
        except (Refused, Unreadable) as refused:
            print_json({"what": refused.what, "mend": refused.mend})
    return 0


def _answer_line(line: bytes) -> list[str]:
    asked = _read_line(line)
    phrase, count = asked.get("phrase"), asked.get("count", COUNT)
    zone_name, start = asked.get("zone", "UTC"), asked.get("from")
    if not isinstance(phrase, str):
        raise Refused("the line has no phrase", 'add "phrase", a text')
    if not isinstance(zone_name, str):
        raise Refused("the zone is not a text", 'write it like "Europe/Paris"')
    if not isinstance(start, str | None):
        raise Refused("the moment to start from is not a text", 'write it like "2026-11-30T08:30:00Z"')
    if type(count) is not int or not 0 <= count <= MOST:
        raise Refused("the count is not a whole number we can give", f"write one from 0 to {MOST}")
    return [instant(one.at) for one in next_of(phrase, zone(zone_name), moment_or_now(start), count)]


def _read_line(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused("the line is not JSON", 'write an object like {"phrase": "every monday at 09:30"}') from None
    if not isinstance(asked, dict):
        raise Refused("the line is not an object", 'write an object like {"phrase": "every monday at 09:30"}')
    return asked
