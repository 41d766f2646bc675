"""Puts together the files that belong to one community: what they share stands in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.playbook.problems import Problem
from orchestrator.playbook.source import Source
from orchestrator.rules.values import quoted

SHARED = (
    *("language", "tone", "timezone", "holidays", "topics", "people", "spaces", "hosts", "segments", "archetypes"),
    *("signature", "pace"),
)


def name_of(source: Source) -> str:
    """The community a file belongs to: its `community`, else its `playbook`, else itself alone."""
    value = source.value if isinstance(source.value, dict) else {}
    for key in ("community", "playbook"):
        if isinstance(value.get(key), str | int):
            return str(value[key])
    return "\0" + source.file


def groups(sources: Sequence[Source]) -> list[list[Source]]:
    """The files by community, in the order given."""
    found: dict[str, list[Source]] = {}
    for source in sources:
        found.setdefault(name_of(source), []).append(source)
    return list(found.values())


def shared(group: Sequence[Source]) -> tuple[dict[str, Any], list[Problem]]:
    """What the files of a community share, and each key that stands in a second file."""
    values: dict[str, Any] = {}
    owners: dict[str, Source] = {}
    problems = []
    for source in group:
        for key in SHARED:
            if not isinstance(source.value, dict) or source.value.get(key) is None:
                continue
            if key in owners:
                problems.append(_second(source, key, owners[key]))
            else:
                owners[key], values[key] = source, source.value[key]
    return values, problems


def _second(source: Source, key: str, owner: Source) -> Problem:
    first = owner.keys[(key,)]
    community = quoted(name_of(source))
    what = f"{quoted(key)} of the community {community} stands already in {owner.file}, line {first.line}"
    return source.at_key((key,), "P310", what, "keep it in one of the two files")


def same_names(sources: Sequence[Source]) -> list[Problem]:
    """Each playbook whose name another file has taken."""
    first: dict[str, Source] = {}
    problems = []
    for source in sources:
        name = source.value.get("playbook") if isinstance(source.value, dict) else None
        if not isinstance(name, str | int):
            continue
        owner = first.setdefault(str(name), source)
        if owner is not source:
            line = owner.spot(("playbook",), owner.values).line
            what = f"a playbook {quoted(name)} stands already in {owner.file}, line {line}"
            problems.append(source.at_value(("playbook",), "P311", what, "give this one another name"))
    return problems
