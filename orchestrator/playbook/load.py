"""Reads playbooks: the only reader of YAML, by YAML 1.2 rules, keeping the place of everything written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml import CSafeLoader
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from orchestrator.playbook.banks import is_bank
from orchestrator.playbook.banks import read as read_bank
from orchestrator.playbook.community import groups, name_of, same_names, shared
from orchestrator.playbook.crosscheck import crosscheck
from orchestrator.playbook.draft import Draft
from orchestrator.playbook.files import LARGEST, files_of, refused_size, siblings, text_of
from orchestrator.playbook.look import Look, Texts
from orchestrator.playbook.meant import put_right
from orchestrator.playbook.mends import Mends
from orchestrator.playbook.problems import Problem, in_order
from orchestrator.playbook.punctuation import explain
from orchestrator.playbook.reading import BrokenOff, Reading, Token
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shape import shape
from orchestrator.playbook.source import Source, Spot, split_lines

# What YAML forbids, and lone halves of characters: https://yaml.org/spec/1.2.2/#51-character-set
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The playbooks without a mistake in their community, every mistake, every remark, each sorted by place."""

    playbooks: list[Playbook]
    problems: list[Problem]
    notes: list[Problem]


def load(paths: Sequence[Path], now: datetime | None = None, texts: Texts | None = None) -> Loaded:
    """Read playbooks from files and folders (their *.yaml and *.yml, not banks/).

    now: what lies before it is remarked upon, and coming days are looked at from it (None: neither).
    texts: the renderer's rules for texts and templates (None: names and signs are checked alone).
    Raises Refused for a path that is not there; everything else is a problem.
    """
    files = files_of(paths)
    sources = [read_file(path) for path in files]
    beside = _of_the_same_community(sources, files)
    return _judged(sources, beside, Look(now, texts))


def load_text(
    text: str, file: str = "playbook.yaml", now: datetime | None = None, texts: Texts | None = None
) -> Loaded:
    """Read one playbook from its text; `file` names it, and banks are looked for beside that path."""
    too_large = len(text.encode("utf-8", "surrogatepass")) > LARGEST
    source = refused_size(Path(file)) if too_large else read_text(text, file)
    return _judged([source], [], Look(now, texts))


@lru_cache(maxsize=256)
def from_body(body: str) -> Playbook:
    """The playbook of a stored version: what `model_dump_json` wrote."""
    return Playbook.model_validate_json(body, by_alias=False, by_name=True)


def _of_the_same_community(sources: Sequence[Source], files: Sequence[Path]) -> list[Source]:
    """Files that were not named but share a community with some that were: they are read, not judged."""
    named = {name_of(s) for s in sources if isinstance(s.value, dict) and "community" in s.value}
    return [s for s in map(read_file, siblings(files)) if name_of(s) in named] if named else []


def _judged(sources: Sequence[Source], beside: Sequence[Source], look: Look) -> Loaded:
    banks = [s for s in sources if is_bank(s.value)]
    playbooks = [s for s in sources if not is_bank(s.value)]
    for source in (*playbooks, *beside):
        put_right(source)
    found = [problem for bank in banks for problem in read_bank(bank, look).problems]
    found += same_names(playbooks)
    clean: list[Playbook] = []
    for group in groups([*playbooks, *beside]):
        drafts, problems = _together(group, look)
        judged = [p for p in problems if p.file not in {source.file for source in beside}]
        found += judged
        if all(problem.code.startswith("N") for problem in judged):
            clean += [d.playbook for d in drafts if d.playbook is not None and d.source in playbooks]
    problems = in_order(p for p in found if p.code.startswith("P"))
    return Loaded(clean, problems, in_order(p for p in found if p.code.startswith("N")))


def _together(group: Sequence[Source], look: Look) -> tuple[list[Draft], list[Problem]]:
    """The files of one community: what is missing in all of them is told at the first."""
    values, found = shared(group)
    drafts = [shape(source, values, read_file, look) for source in group]
    told: set[str] = set()
    for draft in drafts:
        crosscheck(draft, drafts)
        found += [p for p in draft.problems if not (p.code == "P101" and p.what in told)]
        told |= {p.what for p in draft.problems if p.code == "P101" and p.what.startswith("a playbook")}
    return drafts, found


def read_file(path: Path) -> Source:
    """A file as plain values with their places; whatever is wrong with it is in its problems."""
    text = text_of(path)
    return text if isinstance(text, Source) else read_text(text, str(path))


def read_text(text: str, file: str) -> Source:
    """A file's text as plain values with their places. Every mistake of punctuation is in `problems`."""
    lines = split_lines(text)
    source = Source(file, lines)
    strange = next(((n, m) for n, line in enumerate(lines, 1) if (m := _STRANGE.search(line))), None)
    if strange:
        spot = Spot(strange[0], strange[1].start() + 1, 1)
        what = f"there is an invisible character here (number {ord(strange[1][0])})"
        source.problems.append(source.at(spot, "P007", what, "delete it and type the text around it again"))
        source.whole = False
        return source
    return _mended(source)


def _mended(source: Source) -> Source:
    """Read; where punctuation is broken, note it, mend it in memory and read again."""
    mends = Mends(source.lines)
    while True:
        reading = Reading(_tokens("\n".join(mends.now)), Source(source.file, list(mends.now)))
        broken = reading.run()
        if broken is None or not mends.take(explain(mends.now, broken)):
            reading.source.whole = reading.source.whole and broken is None
            return mends.settle(reading.source)


def _tokens(text: str) -> Iterator[Token]:
    """What YAML finds in a text. Raises BrokenOff where it cannot go on."""
    try:
        for event in yaml.parse(text, Loader=CSafeLoader):
            token = _token(event)
            if token is not None:
                yield token
    except yaml.MarkedYAMLError as error:
        since = _place(error.context_mark) if error.context_mark else None
        place = _place(error.problem_mark) if error.problem_mark else since or (1, 1)
        raise BrokenOff(*place, f"{error.context or ''} {error.problem or ''}", since) from None


def _token(event: Event) -> Token | None:
    where = (*_place(event.start_mark), *_place(event.end_mark))
    if isinstance(event, ScalarEvent):
        return Token("text", *where, event.value, event.style or "", event.implicit[0], False, event.anchor, event.tag)
    if isinstance(event, CollectionStartEvent):
        return Token(
            "keys" if isinstance(event, MappingStartEvent) else "list",
            *where,
            brackets=bool(event.flow_style),
            name=event.anchor,
            tag=event.tag,
        )
    if isinstance(event, CollectionEndEvent):
        return Token("end", *where, brackets=where[:2] != where[2:])
    if isinstance(event, AliasEvent):
        return Token("copy", *where, name=event.anchor)
    return Token("document", *where) if isinstance(event, DocumentStartEvent) else None


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
