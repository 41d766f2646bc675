"""A rehearsal's messages as scenes of a page: by week, day, run and stage, side by side for each platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orchestrator.commands.retelling import Asked, Said, Tale
from orchestrator.commands.retelling_words import LONG, spell_day, spell_moment, stage_word, title, words

#: Names that are told, and direct messages that stand open; the rest is counted, or folded.
NAMES, OPEN = 3, 2


@dataclass(frozen=True, slots=True)
class Panel:
    """What one platform shows of a scene: a place, or direct messages alike in kind."""

    platform: str
    title: str
    open: Sequence[Said]
    folded: Sequence[Said]


@dataclass(frozen=True, slots=True)
class Scene:
    """One stage of one run, as it was seen."""

    at: datetime
    run_id: int
    title: str
    stage: str
    panels: Sequence[Panel]
    asked: Sequence[str]
    first: bool


def chapters(tale: Tale) -> Iterator[tuple[str, list[tuple[str, list[Scene]]]]]:
    """Weeks that hold something: (label, [(day, scenes)])."""
    weeks: dict[date, dict[date, list[Scene]]] = defaultdict(lambda: defaultdict(list))
    for scene in _scenes(tale):
        day = tale.local(scene.at).date()
        weeks[day - timedelta(days=day.weekday())][day].append(scene)
    for monday, days in weeks.items():
        label = words(tale.language)["week_of"].format(day=spell_day(monday, LONG, tale.language))
        yield label, [(spell_day(day, "EEEE d MMMM", tale.language), scenes) for day, scenes in days.items()]


def _scenes(tale: Tale) -> Iterator[Scene]:
    grouped: dict[tuple[int, str], list[Said]] = defaultdict(list)
    for one in tale.said:
        if not (one.for_hosts and one.stage in ("approval", "decided")):
            grouped[one.run_id, one.stage].append(one)
    asked: dict[int, list[Asked]] = defaultdict(list)
    for request in tale.asked:
        asked[request.run_id].append(request)
    known: set[int] = set()
    for (run_id, stage), said in sorted(grouped.items(), key=lambda item: item[1][0].at):
        first = run_id not in known
        known.add(run_id)
        yield Scene(
            at=said[0].at,
            run_id=run_id,
            title=title(said[0].ritual),
            stage=stage_word(stage, tale.language),
            panels=list(_panels(tale, said)),
            asked=[_decision(tale, request) for request in asked[run_id]] if first else [],
            first=first,
        )


def _panels(tale: Tale, said: Sequence[Said]) -> Iterator[Panel]:
    w = words(tale.language)
    grouped: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for one in said:
        grouped[one.platform, "" if not one.space else w["for_hosts"] if one.for_hosts else one.space].append(one)
    for (platform, space), group in grouped.items():
        if space:
            yield Panel(platform, space, group, ())
        else:
            yield Panel(platform, w["direct_to"].format(names=_names(tale, group)), group[:OPEN], group[OPEN:])


def _names(tale: Tale, said: Sequence[Said]) -> str:
    names = list(dict.fromkeys(one.member.split()[0] if one.member else "?" for one in said))
    if len(names) <= NAMES + 1:
        return ", ".join(names)
    return words(tale.language)["more_names"].format(names=", ".join(names[:NAMES]), n=len(names) - NAMES)


def _decision(tale: Tale, request: Asked) -> str:
    w = words(tale.language)
    state = w.get(request.state if request.state != "asked" else "waiting", request.state)
    if request.decided_at is not None:
        state = state.format(at=spell_moment(tale.local(request.decided_at), tale.language))
    return f"{w['asked'].format(at=spell_moment(tale.local(request.asked_at), tale.language))} · {state}"
