"""Reads on under a key that can only mean one of ours, so that a wrong word hides no other mistake."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.shape import written_keys
from orchestrator.playbook.source import Source, Spot, Way
from orchestrator.playbook.wording import foreign, keys_of, unknown_key
from orchestrator.rituals import prompt
from orchestrator.rules.values import nearest, plain

SURE = 0.8  # likeness from which a mistyped key means ours: "promt" and "prompt" are 0.91 alike


def put_right(source: Source) -> None:
    """Tell each wrong key of a playbook that has one meaning, and give its value to the key it means."""
    if not isinstance(source.value, dict):
        return
    _keys(source, (), source.value, keys_of(Playbook), "a playbook")
    rituals = source.value.get("rituals")
    for name, ritual in rituals.items() if isinstance(rituals, dict) else ():
        if not isinstance(ritual, dict):
            continue
        _keys(source, ("rituals", name), ritual, written_keys(), "a ritual")
        if isinstance(asked := ritual.get(prompt.NAME), dict):
            _keys(source, ("rituals", name, prompt.NAME), asked, keys_of(prompt.Model), f'"{prompt.NAME}"')


def _keys(source: Source, way: Way, body: dict[str, Any], allowed: Sequence[str], where: str) -> None:
    for word in [key for key in body if key not in allowed]:
        ours = _sure(str(word), allowed)
        if ours is None or ours in body or source.gap_above((*way, word), allowed):
            continue
        problem = unknown_key(source, (*way, word), allowed, where)
        if problem.line not in source.broken:
            source.problems.append(problem)
        body[ours] = body.pop(word)
        source.keys = _moved(source.keys, (*way, word), ours)
        source.values = _moved(source.values, (*way, word), ours)


def _sure(word: str, allowed: Sequence[str]) -> str | None:
    """The one key that a word can mean; None: nobody can be sure."""
    ours = foreign(word, allowed)
    near = nearest(word, allowed)
    if ours or near is None:
        return ours
    return near if SequenceMatcher(None, plain(word), near).ratio() >= SURE else None


def _moved(places: dict[Way, Spot], old: Way, ours: str) -> dict[Way, Spot]:
    end = len(old)
    return {(*way[: end - 1], ours, *way[end:]) if way[:end] == old else way: spot for way, spot in places.items()}
