"""The numbers of a rehearsal, ritual by ritual: what was counted of whom, and what is too little to say."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.commands.retelling import Held, Tale
from orchestrator.commands.retelling_words import spell_day, title, words
from orchestrator.rules.difference import difference

#: Fewer runs than this are no trend.
FEW = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """A ritual's numbers over the rehearsal.

    fates: how often it was held. bars: (percent, what it says), one a run. note: what limits what is `told`.
    """

    title: str
    fates: str
    bars: Sequence[tuple[int, str]]
    told: Sequence[str]
    note: str


def measures(tale: Tale) -> Iterator[Measure]:
    """One for each ritual, in the order in which they were first due."""
    by_ritual: dict[str, list[Held]] = defaultdict(list)
    for run in tale.held:
        by_ritual[run.path].append(run)
    for runs in by_ritual.values():
        yield _measure(tale, runs)


def _measure(tale: Tale, runs: Sequence[Held]) -> Measure:
    w = words(tale.language)
    done = [run for run in runs if run.outcome == "done" and run.numbers.get("of")]
    told, note = TOLD.get(runs[0].kind, _shares)(done, w) if done else ([], w["none"])
    bars = [_bar(tale, run) for run in done] if runs[0].kind not in ONE_BY_ONE else []
    return Measure(title(runs[0].ritual), ", ".join(_fates(w, runs)), bars, told, note)


def _bar(tale: Tale, run: Held) -> tuple[int, str]:
    counted, of = run.numbers["counted"], run.numbers["of"]
    day = spell_day(tale.local(run.due_at).date(), "d MMM", tale.language)
    return min(100, round(100 * counted / of)), f"{day}: {counted} / {of}"


def _fates(w: Mapping[str, str], runs: Sequence[Held]) -> Iterator[str]:
    skipped = sum(run.is_skipped for run in runs)
    coming = sum(run.outcome in ("made", "open", "closed") for run in runs)
    called_off = sum(run.is_called_off for run in runs)
    held = len(runs) - skipped - coming - called_off
    if held or not coming:
        yield w["held"].format(n=held) if held > 1 else w["held_once"] if held else w["never_held"]
    if called_off:
        yield w["called_off"].format(n=called_off) if called_off > 1 else w["called_off_once"]
    if skipped:
        yield w["skipped"].format(n=skipped) if skipped > 1 else w["skipped_once"]
    if coming:
        yield w["coming"].format(n=coming)


# --- by kind: (sentences, note)

Told = tuple[list[str], str]


def _shares(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    """Those who took part, of the active members."""
    part = statistics.median(100 * run.numbers["counted"] / run.numbers["of"] for run in runs)
    of = round(statistics.median(run.numbers["of"] for run in runs))
    return [w["median"].format(part=round(part), of=of)], w["few"] if len(runs) < FEW else ""


def _nudged(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    """Those who came back beside those left alone, with the uncertainty, or the word that there are too few."""
    back, of = _sum(runs, "counted"), _sum(runs, "of")
    by_themselves, alone = _more(runs, "came back by themselves"), _more(runs, "left alone")
    told = [w["nudged"].format(back=back, of=of)]
    told += [w["alone"].format(back=by_themselves, of=alone)] if alone else []
    found = difference(back, of, by_themselves, alone)
    if found is None:
        return told, w["too_few"]
    points = {name: round(100 * value) for name, value in (("low", found.low), ("high", found.high))}
    return [*told, w["difference"].format(points=round(100 * found.value), **points)], ""


def _welcomed(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    told = [w["welcomed"].format(spoke=_sum(runs, "counted"), of=_sum(runs, "of"))]
    if any("accepted the charter" in run.numbers.get("more", {}) for run in runs):
        told.append(w["accepted"].format(n=_more(runs, "accepted the charter")))
    return told, w["few"] if len(runs) < FEW else ""


def _thanked(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    return [w["thanked"].format(n=_sum(runs, "counted"), first=_more(runs, "for the first time"))], ""


def _revived(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    return [w["revived"].format(n=_sum(runs, "counted"), of=_sum(runs, "of"))], w["few"] if len(runs) < FEW else ""


def _debated(runs: Sequence[Held], w: Mapping[str, str]) -> Told:
    voices, twice = _more(runs, "voices"), _more(runs, "voted twice")
    told = [w["debated"].format(spoke=_sum(runs, "counted"), of=_sum(runs, "of"), voices=voices)]
    told += [w["moved"].format(twice=twice, moved=_more(runs, "moved"))] if twice else []
    return told, w["few"] if len(runs) < FEW else ""


def _sum(runs: Sequence[Held], name: str) -> int:
    return sum(int(run.numbers[name]) for run in runs)


def _more(runs: Sequence[Held], name: str) -> int:
    return sum(int(run.numbers.get("more", {}).get(name, 0)) for run in runs)


TOLD: Mapping[str, Callable[[Sequence[Held], Mapping[str, str]], Told]] = {
    "nudge": _nudged,
    "welcome": _welcomed,
    "shout_out": _thanked,
    "relaunch": _revived,
    "debate": _debated,
}

#: Kinds whose runs are about one member, question or post each: a bar a run would say nothing.
ONE_BY_ONE = frozenset({"welcome", "shout_out", "relaunch", "debate"})
