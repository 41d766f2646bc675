"""A rehearsal as one self-contained page: the calendar, the numbers, every silence, every message."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestrator.commands.retelling import Held, Tale
from orchestrator.commands.retelling_measures import measures
from orchestrator.commands.retelling_scenes import chapters
from orchestrator.commands.retelling_words import LONG, sentence, spell_day, spell_time, title, words

#: Links in messages: they lead to posts that never were, and the page leads nowhere outside.
LINK = re.compile(r'<a href="[^"]*"')


@dataclass(frozen=True, slots=True)
class Chip:
    """A run in the calendar."""

    name: str
    state: str  # held, skipped, coming
    run_id: int
    told: str
    linked: bool


def as_page(tale: Tale) -> str:
    """One self-contained page in the playbook's language; no script, no outside address."""
    folder = Path(__file__).parent
    pages = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["unlinked"] = partial(LINK.sub, "<a")
    page = pages.get_template("retelling.html")
    w = words(tale.language)
    return page.render(
        tale=tale,
        w=w,
        css=Markup((folder / "retelling.css").read_text(encoding="utf-8")),
        period=_period(tale),
        weeks_played=round((tale.end - tale.start) / timedelta(weeks=1)),
        figures=list(_figures(tale)),
        weekdays=_weekdays(tale),
        calendar=list(_calendar(tale)),
        measures=list(measures(tale)),
        silences=list(_silences(tale)),
        chapters=list(chapters(tale)),
        clock=lambda at: spell_time(tale.local(at), tale.language),
    )


# --- the head


def _period(tale: Tale) -> str:
    days = (tale.local(tale.start).date(), _last_day(tale))
    return " – ".join(spell_day(day, LONG, tale.language) for day in days)


def _last_day(tale: Tale) -> date:
    """The last whole day."""
    return max(tale.local(tale.start).date(), tale.local(tale.end).date() - timedelta(days=1))


def _figures(tale: Tale) -> Iterator[tuple[int, str]]:
    ours = [one for one in tale.said if not one.for_hosts]
    figures = {
        "posts": sum(1 for one in ours if one.space),
        "direct": sum(1 for one in ours if not one.space),
        "answers": sum(run.answers + run.votes for run in tale.held),
        "asked": len(tale.asked),
        "silences": sum(run.is_skipped for run in tale.held) + len(tale.withheld),
    }
    w = words(tale.language)
    for name, n in figures.items():
        yield n, w[f"figure_{name}" if n != 1 else f"figure_{name}_one"]


# --- the calendar


def _weekdays(tale: Tale) -> list[str]:
    return [spell_day(date(2024, 1, n), "EEE", tale.language) for n in range(1, 8)]  # a Monday first


def _calendar(tale: Tale) -> Iterator[tuple[str, list[tuple[date, str, list[Chip]]]]]:
    """Weeks, Monday first: (label, days), a day being (date, label for phones, chips)."""
    seen = {one.run_id for one in tale.said if not one.for_hosts}
    chips: dict[date, list[Chip]] = defaultdict(list)
    for run in tale.held:
        chips[tale.local(run.due_at).date()].append(_chip(tale, run, run.id in seen))
    first, last = tale.local(tale.start).date(), _last_day(tale)
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        days = [monday + timedelta(days=n) for n in range(7)]
        shown = [(day, spell_day(day, "EEE d MMM", tale.language), chips.get(day, [])) for day in days]
        yield spell_day(monday, "d MMM", tale.language), shown
        monday += timedelta(weeks=1)


def _chip(tale: Tale, run: Held, linked: bool) -> Chip:
    if run.is_skipped:
        return Chip(title(run.ritual), "skipped", run.id, sentence(run.reason or "failed", tale.language), linked)
    if run.outcome == "made":
        return Chip(title(run.ritual), "coming", run.id, words(tale.language)["still"], linked)
    return Chip(title(run.ritual), "held", run.id, "", linked)


# --- the silences


def _silences(tale: Tale) -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """By reason: (sentence, [(ritual, how often, when and to whom)]), the most frequent first."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for run in tale.held:
        if run.is_skipped:
            found[run.reason or "failed"].append((title(run.ritual), _short(tale, run.due_at)))
    for one in tale.withheld:
        found[one.reason].append((title(one.path.partition("/")[2]), f"{_short(tale, one.at)}, {one.to}"))
    for reason, silences in sorted(found.items(), key=lambda item: -len(item[1])):
        counts = Counter(ritual for ritual, _ in silences)
        rows = [(ritual, n, " · ".join(at for name, at in silences if name == ritual)) for ritual, n in counts.items()]
        yield sentence(reason, tale.language), rows


def _short(tale: Tale, moment: datetime) -> str:
    return spell_day(tale.local(moment).date(), "d MMM", tale.language)
